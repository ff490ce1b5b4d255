; SPDX-License-Identifier: BSD-2-Clause
; The system calls as C functions: void l4_ipc*(struct l4_msg *m). The operation is in the tag. Callee-saved
; registers lie on the stack during the call, because the kernel promises nothing but return address, stack
; pointer and the registers of the answer.
%include "message.inc"

        default rel
        section .text

global l4_ipc:function
global l4_ipc_kernel:function
global l4_ipc_trusted:function

%macro SAVE 0
        push    rbx
        push    rbp
        push    r12
        push    r13
        push    r14
        push    r15
        push    rdi                     ; the message, wanted again after the call
%endmacro

%macro RESTORE 0
        pop     rdi
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     rbp
        pop     rbx
        ret
%endmacro

; Registers of the call from the message in rdi; what is no part of it is 0.
%macro CALL_REGISTERS 0
        mov     rax, [rdi + MSG_TAG]
        mov     rsi, [rdi + MSG_DEADLINE]
        MSG_LOAD rdi
        mov     rdi, [rdi + MSG_HANDLE]
%endmacro

; To a server that must not see what the vector registers hold.
l4_ipc:
        SAVE
        push    rax                     ; room for MXCSR and the x87 control word
        stmxcsr [rsp]
        fnstcw  [rsp + 4]
        VECTORS_CLEAR
        CALL_REGISTERS
        xor     ebx, ebx
        xor     ebp, ebp
        syscall
        mov     rcx, [rsp + 8]
        MSG_STORE rcx
        fninit                          ; a server may have left its x87 stack full
        fldcw   [rsp + 4]
        ldmxcsr [rsp]
        add     rsp, 8
        RESTORE

; To the kernel, in calls that may block: other threads' MXCSR may be in force afterwards.
l4_ipc_kernel:
        SAVE
        push    rax                     ; room for MXCSR
        stmxcsr [rsp]
        CALL_REGISTERS
        syscall
        mov     rcx, [rsp + 8]
        MSG_STORE rcx
        ldmxcsr [rsp]
        add     rsp, 8
        RESTORE

; To the kernel or a trusted server: vector registers are not looked at, so fault handlers may use it.
l4_ipc_trusted:
        SAVE
        CALL_REGISTERS
        syscall
        mov     rcx, [rsp]
        MSG_STORE rcx
        RESTORE

        section .note.GNU-stack noalloc noexec nowrite progbits
