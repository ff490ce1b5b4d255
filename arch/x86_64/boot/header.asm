; SPDX-License-Identifier: BSD-2-Clause
; What boot loaders read before they load the kernel: the multiboot2 header (GRUB) and the PVH note (an emulator's
; -kernel). Both lead to 32-bit entries in start32.asm. Data only; conf/kernel.ld keeps the header at the front.

%include "offsets.inc"

MB2_MAGIC equ 0xe85250d6
MB2_ARCH  equ 0                         ; 32-bit protected mode of i386

extern boot_multiboot2
extern boot_pvh
global multiboot2_header_end

section .init.header progbits alloc noexec nowrite align=8

header:
    dd      MB2_MAGIC
    dd      MB2_ARCH
    dd      header_end - header
    dd      -(MB2_MAGIC + MB2_ARCH + (header_end - header)) & 0xffffffff

    ; tag 3: physical entry address
    align   8
    dw      3, 0
    dd      12
    dd      boot_multiboot2 - KERNEL_BASE

    ; tag 5: a framebuffer, best 1024 x 768 with 32 bits; flag 1: it may be missing or another
    align   8
    dw      5, 1
    dd      20
    dd      1024, 768, 32

    ; tag 6: modules on page boundaries
    align   8
    dw      6, 0
    dd      8

    ; tag 0: end
    align   8
    dw      0, 0
    dd      8
header_end:
multiboot2_header_end:

section .note.Xen note align=4

XEN_ELFNOTE_PHYS32_ENTRY equ 18

    dd      4                           ; length of the name
    dd      8                           ; length of the address
    dd      XEN_ELFNOTE_PHYS32_ENTRY
    db      "Xen", 0
    dq      boot_pvh - KERNEL_BASE
