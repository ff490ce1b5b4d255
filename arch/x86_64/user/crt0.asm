; SPDX-License-Identifier: BSD-2-Clause
; First instructions of a program: rdi = address of the start-up block or 0, rsp = top of the stack, 16-aligned.
        default rel

global _start:function
extern l4_program_start

        section .text.start progbits alloc exec nowrite align=16
_start:
        xor     ebp, ebp                ; backtraces end here
        call    l4_program_start
        ud2                             ; l4_program_start does not return

        section .note.GNU-stack noalloc noexec nowrite progbits
