; SPDX-License-Identifier: BSD-2-Clause
; What runs in the spaces of this test: one page of code at the same address in both. rdi = argument, rbx = UTCB.
        default rel

global child_touch:function
global child_wait:function
global child_page:data

        section .text.child progbits alloc exec nowrite align=4096
child_page:

; Writes its UTCB address to the word at rdi (a page that has to be asked for), reads it back into the next one,
; uses its stack, then waits.
child_touch:
        mov     [rdi], rbx
        mov     rax, [rdi]
        push    rax
        pop     rcx
        mov     [rdi + 8], rcx
        mov     [rdi + 16], rsp

; Waits for its pending word, for ever; counts its wake-ups in r12 only.
child_wait:
        mov     eax, 0x80000003         ; WAIT, native
        xor     edi, edi
        syscall
        jmp     child_wait

        align   4096, int3

        section .note.GNU-stack noalloc noexec nowrite progbits
