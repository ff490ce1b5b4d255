; SPDX-License-Identifier: BSD-2-Clause
; The loops of queue servers: int NAME(l4_handle_t gate, handler *handler) waits, has each request handled and answers it
; while it waits for the next, until the kernel says something: its error is the result. Only rip and rsp survive a
; system call, so gate and handler lie on the stack. A handler leaves the callee-saved registers as it finds them, so
; what they hold when it has answered is what came with the request: nothing of this program.
%include "message.inc"

        default rel

; On the stack, rsp 16-aligned. The controls are those of the caller of the loop.
GATE     equ MSG_SIZE
HANDLER  equ MSG_SIZE + 8
CONTROLS equ MSG_SIZE + 16
FRAME    equ MSG_SIZE + 32              ; after SAVE, rsp is 8 from a multiple of 16; so is this
%if FRAME % 16 != 8
%error "a handler is called with an unaligned stack"
%endif

%macro LOOP_BEGIN 1                     ; variant
        ASSERT_NO_LOCK
        SAVE
        sub     rsp, FRAME
        mov     [rsp + GATE], rdi
        mov     [rsp + HANDLER], rsi
        CONTROLS_SAVE %1, rsp + CONTROLS
        VECTORS_CLEAR %1
        mov     eax, TAG_WAIT
        xor     edx, edx
        xor     esi, esi
        xor     ebp, ebp
        xor     r8d, r8d
        xor     r9d, r9d
        xor     r10d, r10d
        xor     r12d, r12d
        xor     r13d, r13d
        xor     r14d, r14d
        xor     r15d, r15d
        syscall
        cmp     al, OP_KERNEL
        je      .end
%endmacro

%macro LOOP_END 1                       ; variant
        syscall
        cmp     al, OP_KERNEL
        jne     .request
.end:
        CONTROLS_RESTORE %1, rsp + CONTROLS
        add     rsp, FRAME
        RESTORE
        shr     rax, TAG_LABEL_SHIFT
        ret
%endmacro

%macro SERVE 1                          ; variant
        section .text.l4_serve_requests_%1 progbits alloc exec nowrite align=16
        global  l4_serve_requests_%1:function
l4_serve_requests_%1:
        LOOP_BEGIN %1
.request:
        CONTROLS_RESTORE %1, rsp + CONTROLS
        REQUEST_STORE rsp
        xor     ebp, ebp                ; backtraces end here
        mov     rdi, rsp
        mov     rsi, rbx
        call    [rsp + HANDLER]
        ASSERT_NO_LOCK
        VECTORS_CLEAR %1
        mov     rax, [rsp + MSG_TAG]
        mov     al, OP_REPLY_WAIT       ; whatever the handler made of the tag
        mov     rsi, [rsp + MSG_DEADLINE]
        MSG_LOAD rsp
        mov     rdi, [rsp + GATE]
        LOOP_END %1
%endmacro

        SERVE general
        SERVE vectors

; The same with a handler that answers a word.
%macro SERVE_SHORT 1                    ; variant
        section .text.l4_serve_short_requests_%1 progbits alloc exec nowrite align=16
        global  l4_serve_short_requests_%1:function
l4_serve_short_requests_%1:
        LOOP_BEGIN %1
.request:
        CONTROLS_RESTORE %1, rsp + CONTROLS
        xor     ebp, ebp                ; backtraces end here
        mov     rsi, rax
        mov     rcx, rbx
        call    [rsp + HANDLER]
%ifidn %1, vectors
        mov     [rsp + MSG_TAG], rax
        mov     [rsp + MSG_W], rdx
        VECTORS_CLEAR %1
        mov     rax, [rsp + MSG_TAG]
        mov     rdx, [rsp + MSG_W]
%endif
%if ASSERT_ON
        mov     [rsp + MSG_TAG], rax
        ASSERT_NO_LOCK
        mov     rax, [rsp + MSG_TAG]
%endif
        mov     al, OP_REPLY_WAIT
        mov     rdi, [rsp + GATE]
        xor     esi, esi
        xor     r8d, r8d
        xor     r9d, r9d
        xor     r10d, r10d
        LOOP_END %1
%endmacro

        SERVE_SHORT general
        SERVE_SHORT vectors

        section .note.GNU-stack noalloc noexec nowrite progbits
