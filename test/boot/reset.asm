; SPDX-License-Identifier: BSD-2-Clause
; A kernel that resets the machine by a triple fault as soon as the PVH or multiboot2 loader starts it.
; test/boot/statuses.py boots it to see that scripts/run calls that a reset.
bits 32

section .header align=8
header:
    dd 0xe85250d6, 0, header_end - header, -(0xe85250d6 + (header_end - header))
    dw 0, 0 ; end of tags
    dd 8
header_end:

section .note.pvh note alloc noexec nowrite align=4
    dd 4, 4, 18 ; name "Xen", type XEN_ELFNOTE_PHYS32_ENTRY
    db "Xen", 0
    dd start

section .text
global start
start:
    lidt [no_table]
    int3
    jmp start

section .rodata
no_table:
    dw 0
    dd 0
