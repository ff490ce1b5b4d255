; SPDX-License-Identifier: BSD-2-Clause
; Where entry gates enter a program. The macros of l4/gate.h put the handler's address into rcx (free at
; entry) and jump here. At entry: rsp = top of the activation's stack, 16-aligned, nothing on it; rbx = UTCB,
; rdi = badge, rax = tag, words in their registers. The handler is void handler(struct l4_msg *, struct l4_utcb *).
%include "message.inc"

        default rel

global l4_entry_common:function
global l4_entry_fault_common:function

FRAME   equ (MSG_SIZE + 15) & ~15       ; keeps rsp 16-aligned for the call

; Message on the stack, handler called on it, its answer into the registers.
%macro HANDLE 0
        mov     rdi, rsp
        mov     rsi, rbx
        call    rcx
        mov     rax, [rsp + MSG_TAG]
        mov     al, OP_REPLY            ; whatever the handler made of the tag, this is a reply
        MSG_LOAD rsp
        xor     edi, edi
        xor     esi, esi
        xor     ebx, ebx
%endmacro

; A reply that comes back was not delivered and has changed nothing (the kernel's label says why: for example
; the receiver's quota does not pay for a mapping). The caller gets that error, without words and items; a
; second refusal cannot be answered and is an exception.
%macro UNDELIVERED 0
        shr     rax, TAG_LABEL_SHIFT
        shl     rax, TAG_LABEL_SHIFT
        mov     ecx, TAG_NATIVE
        or      rax, rcx
        or      rax, OP_REPLY
        xor     edi, edi
        xor     esi, esi
        syscall
        ud2
%endmacro

        section .text.l4_entry_common progbits alloc exec nowrite align=16
l4_entry_common:
        sub     rsp, FRAME
        MSG_STORE rsp
        mov     qword [rsp + MSG_DEADLINE], 0
        xor     ebp, ebp                ; backtraces end here
        fninit                          ; x87 and MXCSR are the caller's: C code expects its own
        ldmxcsr [default_mxcsr]
        HANDLE
        VECTORS_CLEAR
        syscall
        UNDELIVERED

        section .text.l4_entry_fault_common progbits alloc exec nowrite align=16
l4_entry_fault_common:
        sub     rsp, FRAME
        MSG_STORE rsp
        mov     qword [rsp + MSG_DEADLINE], 0
        xor     ebp, ebp
        HANDLE
        syscall
        UNDELIVERED

        section .rodata
        align   4
default_mxcsr:
        dd      0x1f80                  ; all exceptions masked, round to nearest

        section .note.GNU-stack noalloc noexec nowrite progbits
