; SPDX-License-Identifier: BSD-2-Clause
; Where entry gates enter a program. The macros of l4/gate.h put the handler's address into a register and jump here.
; At entry: rsp = top of the activation's stack, 16-aligned, nothing on it; rbx = UTCB, rdi = badge, rax = tag, words in
; their registers; rcx and r11 are free. A handler leaves the callee-saved registers as it finds them, so what they hold
; when it has answered is what came with the request: nothing of this program.
%include "message.inc"

        default rel

FRAME   equ (MSG_SIZE + 15) & ~15       ; keeps rsp 16-aligned for the call

; void handler(struct l4_msg *, struct l4_utcb *), its address in rcx: a message on the stack, handled there, its words
; into the registers again.
%macro ENTRY 1                          ; variant
        section .text.l4_entry_%1 progbits alloc exec nowrite align=16
        global  l4_entry_%1:function
l4_entry_%1:
        sub     rsp, FRAME
        REQUEST_STORE rsp
        CONTROLS_DEFAULT %1
        xor     ebp, ebp                ; backtraces end here
        mov     rdi, rsp
        mov     rsi, rbx
        call    rcx
        VECTORS_CLEAR %1
        mov     rax, [rsp + MSG_TAG]
        mov     al, OP_REPLY            ; whatever the handler made of the tag, this is a reply
        MSG_LOAD rsp
        xor     edi, edi
        xor     esi, esi
        syscall
        jmp     undelivered
%endmacro

        ENTRY   general
        ENTRY   vectors

; struct l4_short handler(badge, tag, w0, utcb, w1, w2), its address in r11: rdi, rdx, r8 and r9 have what it expects.
%macro ENTRY_SHORT 1                    ; variant
        section .text.l4_entry_short_%1 progbits alloc exec nowrite align=16
        global  l4_entry_short_%1:function
l4_entry_short_%1:
        CONTROLS_DEFAULT %1
        xor     ebp, ebp                ; backtraces end here
        mov     rsi, rax
        mov     rcx, rbx
        call    r11
%ifidn %1, vectors
        mov     rdi, rax
        mov     rsi, rdx
        VECTORS_CLEAR %1
        mov     rax, rdi
        mov     rdx, rsi
%endif
        mov     al, OP_REPLY
        xor     edi, edi
        xor     esi, esi
        xor     r8d, r8d
        xor     r9d, r9d
        xor     r10d, r10d
        syscall
        jmp     undelivered
%endmacro

        ENTRY_SHORT general
        ENTRY_SHORT vectors

; A reply that comes back was not delivered and has changed nothing (the kernel's label says why: for example
; the receiver's quota does not pay for a mapping). The caller gets that error, without words and items; a
; second refusal cannot be answered and is an exception.
        section .text.l4_undelivered progbits alloc exec nowrite align=16
undelivered:
        shr     rax, TAG_LABEL_SHIFT
        shl     rax, TAG_LABEL_SHIFT
        mov     ecx, TAG_NATIVE
        or      rax, rcx
        or      rax, OP_REPLY
        xor     edi, edi
        xor     esi, esi
        syscall
        ud2

        section .note.GNU-stack noalloc noexec nowrite progbits
