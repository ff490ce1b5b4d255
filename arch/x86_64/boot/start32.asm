; SPDX-License-Identifier: BSD-2-Clause
; From the boot loader to 64-bit mode in the high half. Entered in 32-bit protected mode, flat segments, paging and
; interrupts off: multiboot2 with eax = magic, ebx = information; PVH with ebx = start information.
; Owns the temporary page tables (lowest 4 GiB at 0, at PHYS_WINDOW; lowest GiB at KERNEL_BASE), which live until
; kmap_init, the boot stack and the first descriptor tables. All addresses here are physical: symbol - KERNEL_BASE.
;
; An NMI may come at any instruction. The stack is the first thing set. From the first LIDT on an NMI returns and any
; exception is reported; the few instructions before it run on whatever tables the loader left.

%include "offsets.inc"

%define PHYS(symbol) ((symbol) - KERNEL_BASE)

MB2_LOADED  equ 0x36d76289
PVH_LOADED  equ 0x336ec578

CODE64      equ SELECTOR_KERNEL_CODE
DATA        equ SELECTOR_KERNEL_DATA
CODE32      equ 0x18

VECTORS     equ 32
GATE        equ 0x8e00                  ; present, ring 0, interrupt gate

PTE_P_W     equ 0x003
PTE_P_W_PS  equ 0x083
LOW_GIB     equ 4

CR4_PAE     equ 1 << 5
EFER        equ 0xc0000080
EFER_LME_NXE equ (1 << 8) | (1 << 11)
CR0_KERNEL  equ 0x80010033              ; PG WP NE ET MP PE

global boot_multiboot2
global boot_pvh
global boot_stack_bottom
global boot_stack_top
global boot_magic
global boot_loader_info
global boot_gdt
global boot_pml4

extern early_panic32
extern early_refuse32
extern early_check_cpu32
extern start64
extern early_fault32_low
extern early_fault32_high
extern early_fault64_low
extern early_fault64_high
extern early_nmi32_low
extern early_nmi32_high
extern early_nmi64_low
extern early_nmi64_high

section .init.text progbits alloc exec nowrite align=16
bits 32

boot_pvh:
    mov     esp, PHYS(boot_stack_top)
    mov     eax, PVH_LOADED
    jmp     both_loaders

boot_multiboot2:
    mov     esp, PHYS(boot_stack_top)

both_loaders:
    lgdt    [PHYS(gdt_pointer32)]
    jmp     CODE32:PHYS(own_segments)

own_segments:
    lidt    [PHYS(idt_pointer32)]
    cli
    cld
    mov     [PHYS(boot_magic)], eax
    mov     [PHYS(boot_loader_info)], ebx
    mov     ax, DATA
    mov     ds, ax
    mov     es, ax
    mov     ss, ax
    mov     fs, ax
    mov     gs, ax

    mov     esi, PHYS(text_no_loader)
    cmp     dword [PHYS(boot_magic)], MB2_LOADED
    je      .known
    cmp     dword [PHYS(boot_magic)], PVH_LOADED
    jne     early_refuse32
.known:
    call    early_check_cpu32           ; returns only when all is there
    call    fill_tables

    mov     eax, CR4_PAE
    mov     cr4, eax
    mov     eax, PHYS(pml4)
    mov     cr3, eax
    mov     ecx, EFER
    rdmsr
    or      eax, EFER_LME_NXE
    wrmsr
    mov     eax, CR0_KERNEL
switch_to_64:
    lidt    [PHYS(idt_pointer64)]       ; its entry 1 doubles as 32-bit entry 2: NMI works on both sides of the next line
    mov     cr0, eax
    jmp     CODE64:PHYS(low64)

; The temporary tables; the memory is zero, as everything in .bss. The upper halves of all entries are zero: every
; address fits in 32 bits.
fill_tables:
    mov     dword [PHYS(pml4)], PHYS(pdpt_low) + PTE_P_W
    mov     dword [PHYS(pml4) + 256 * 8], PHYS(pdpt_low) + PTE_P_W
    mov     dword [PHYS(pml4) + 511 * 8], PHYS(pdpt_high) + PTE_P_W
    mov     dword [PHYS(pdpt_high) + 510 * 8], PHYS(pd) + PTE_P_W
    mov     edi, PHYS(pdpt_low)
    mov     eax, PHYS(pd) + PTE_P_W
    mov     ecx, LOW_GIB
.pdpt:
    mov     [edi], eax
    add     edi, 8
    add     eax, 4096
    loop    .pdpt
    mov     edi, PHYS(pd)
    mov     eax, PTE_P_W_PS
    mov     ecx, LOW_GIB * 512
.pd:
    mov     [edi], eax
    add     edi, 8
    add     eax, 0x200000
    loop    .pd
    ret

global early_nmi32
early_nmi32:
    iret

global early_fault32
early_fault32:
    mov     esi, PHYS(text_fault)
    jmp     early_panic32

bits 64

global early_nmi64
early_nmi64:
    iretq

; Back to 32-bit code, where the early console is; its segments are flat and the low 4 GiB are mapped at 0.
global early_fault64
early_fault64:
    mov     esp, PHYS(boot_stack_top)
    push    CODE32
    mov     eax, PHYS(early_fault32)
    push    rax
    retfq

low64:
    mov     rax, start64
    jmp     rax

section .init.rodata progbits alloc noexec nowrite align=8

text_no_loader:
    db      "a boot loader that speaks multiboot2 or PVH", 0
text_fault:
    db      "exception before the kernel was set up", 0

section .init.data progbits alloc noexec write align=16

boot_gdt:                               ; trampoline.asm begins with it
gdt:
    dq      0
    dq      0x00af9b000000ffff          ; CODE64
    dq      0x00cf93000000ffff          ; DATA
    dq      0x00cf9b000000ffff          ; CODE32
gdt_end:

gdt_pointer32:
    dw      gdt_end - gdt - 1
    dd      PHYS(gdt)

global gdt_pointer64
gdt_pointer64:
    dw      gdt_end - gdt - 1
    dq      gdt

idt_pointer32:
    dw      VECTORS * 8 - 1
    dd      PHYS(idt32)

; The first eight bytes of a gate are the same in both formats. conf/kernel.ld takes the addresses apart.
%macro gate 2                           ; handler, segment
    dw      %1_low, %2, GATE, %1_high
%endmacro

align 16
idt32:
    gate    early_fault32, CODE32
    gate    early_fault32, CODE32
    gate    early_nmi32, CODE32
%rep VECTORS - 3
    gate    early_fault32, CODE32
%endrep

; Read as a 32-bit table, the first half of entry 1 is entry 2: the gate of the 32-bit NMI handler. A #DB here would show
; up as #GP; there is none to come.
idt64:
    gate    early_fault64, CODE64
    dq      0
    gate    early_nmi32, CODE32
    dq      0
    gate    early_nmi64, CODE64
    dq      0
%rep VECTORS - 3
    gate    early_fault64, CODE64
    dq      0
%endrep

; read once in 32-bit mode (four bytes of the base count) and kept by the processor in 64-bit mode
idt_pointer64:
    dw      VECTORS * 16 - 1
    dq      PHYS(idt64)

section .init.bss.page nobits alloc noexec write align=4096

boot_pml4:
pml4:       resb 4096
pdpt_low:   resb 4096
pdpt_high:  resb 4096
pd:         resb 4096 * LOW_GIB
boot_stack_bottom:
            resb 16384
boot_stack_top:

section .init.bss nobits alloc noexec write align=4


boot_magic: resd 1
boot_loader_info: resd 1
