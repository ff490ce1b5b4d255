; SPDX-License-Identifier: BSD-2-Clause
; The system calls as C functions on a struct l4_msg: see l4/ipc.h. Callee-saved registers lie on the stack during the
; call, because the kernel promises nothing but return address, stack pointer and the registers of the answer. rbx needs
; no clearing: the other side finds its own UTCB's address there.
%include "message.inc"

        default rel

; The call itself: SAVE has been done, the message is at rdi, rax is its tag. Its address waits on the stack.
%macro EXCHANGE 1                       ; variant
        push    rdi
%ifidn %1, vectors
        sub     rsp, 8
        CONTROLS_SAVE %1, rsp
        mov     rbx, rax
        VECTORS_CLEAR %1
        mov     rax, rbx
%endif
        mov     rsi, [rdi + MSG_DEADLINE]
        MSG_LOAD rdi
        mov     rdi, [rdi + MSG_HANDLE]
        xor     ebp, ebp
        syscall
%ifidn %1, vectors
        CONTROLS_RESTORE %1, rsp
        add     rsp, 8
%endif
        pop     rcx
        MSG_STORE rcx
%endmacro

; int NAME(struct l4_msg *m): the kernel's error, which its operation byte tells from a partner's answer, or 0.
%macro IPC_FUNCTION 4                   ; name, variant, operation, 1 = a request may come back: its badge is stored
        section .text.%1_%2 progbits alloc exec nowrite align=16
        global  %1_%2:function
%1_%2:
        ASSERT_NO_LOCK
        SAVE
        mov     rax, [rdi + MSG_TAG]
        mov     al, %3
        bts     rax, TAG_NATIVE_BIT
        EXCHANGE %2
%if %4
        mov     [rcx + MSG_HANDLE], rdi
%endif
        RESTORE
        cmp     al, OP_KERNEL
        je      %%error
        xor     eax, eax
        ret
%%error:
        shr     rax, TAG_LABEL_SHIFT
        ret
%endmacro

        IPC_FUNCTION l4_call, general, OP_CALL, 0
        IPC_FUNCTION l4_call, vectors, OP_CALL, 0
        IPC_FUNCTION l4_send, general, OP_SEND, 0
        IPC_FUNCTION l4_send, vectors, OP_SEND, 0
        IPC_FUNCTION l4_reply_wait, general, OP_REPLY_WAIT, 1
        IPC_FUNCTION l4_reply_wait, vectors, OP_REPLY_WAIT, 1
        IPC_FUNCTION l4_forward, general, OP_FORWARD, 0
        IPC_FUNCTION l4_forward, vectors, OP_FORWARD, 0

; void NAME(struct l4_msg *m): the operation is in the tag.
%macro IPC_AS_IT_IS 2                   ; name, variant
        section .text.%1 progbits alloc exec nowrite align=16
        global  %1:function
%1:
        SAVE
        mov     rax, [rdi + MSG_TAG]
        EXCHANGE %2
        mov     [rcx + MSG_HANDLE], rdi
        RESTORE
        ret
%endmacro

        IPC_AS_IT_IS l4_ipc, vectors
        IPC_AS_IT_IS l4_ipc_trusted, general ; fault handlers may use it

; To the kernel: others may run before it comes back, whose controls, or those of a new thread, are in force then. x87
; registers are not this thread's either if its control word is not, and exceptions may wait there: fninit asks for none.
; While a thread that faulted is answered its x87 registers are kept by the kernel, and stay as they are here.
        section .text.l4_ipc_kernel progbits alloc exec nowrite align=16
        global  l4_ipc_kernel:function
l4_ipc_kernel:
        sub     rsp, 8
        stmxcsr [rsp]
        fnstcw  [rsp + 4]
        call    l4_ipc_trusted
        ldmxcsr [rsp]
        fnstcw  [rsp + 6]
        mov     ax, [rsp + 4]
        cmp     ax, [rsp + 6]
        je      .same
        fninit
        fldcw   [rsp + 4]
.same:
        add     rsp, 8
        ret

        section .note.GNU-stack noalloc noexec nowrite progbits
