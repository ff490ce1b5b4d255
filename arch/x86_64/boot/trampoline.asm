; SPDX-License-Identifier: BSD-2-Clause
; From the start of a further CPU to C. smp_start.c copies the 16-bit part to a page below 1 MiB, which is where the CPU
; begins: real mode, CS = page * 256, IP = 0. The rest runs where it lies in the image, on the page tables and with the
; descriptors of start32.asm, then on this CPU's own tables. One CPU at a time comes through here.
;
; No NMI can come: after INIT the local APIC's inputs are masked, and nobody sends one to a CPU that is not online.

%include "offsets.inc"

%define PHYS(symbol) ((symbol) - KERNEL_BASE)

CODE64      equ SELECTOR_KERNEL_CODE
DATA        equ SELECTOR_KERNEL_DATA
CODE32      equ 0x18                    ; of boot_gdt
GDT_LIMIT   equ 4 * 8 - 1

CR4_PAE     equ 1 << 5
EFER        equ 0xc0000080
EFER_LME_NXE equ (1 << 8) | (1 << 11)
CR0_PROTECTED equ 0x11                  ; ET PE; caches on, which INIT leaves off or as they were
CR0_KERNEL  equ 0x80010033              ; PG WP NE ET MP PE

global smp_trampoline
global smp_trampoline_end
global smp_next_root

extern boot_gdt
extern boot_pml4
extern gdt_pointer64
extern smp_cpu_main

section .init.text progbits alloc exec nowrite align=16
bits 16

smp_trampoline:
    cli
    cld
    mov     ax, cs
    mov     ds, ax
    o32 lgdt [gdt_pointer16 - smp_trampoline]
    mov     eax, CR0_PROTECTED
    mov     cr0, eax
    jmp     dword CODE32:PHYS(ap_protected)

align 8
gdt_pointer16:
    dw      GDT_LIMIT
    dd      PHYS(boot_gdt)
smp_trampoline_end:

bits 32
ap_protected:
    mov     ax, DATA
    mov     ds, ax
    mov     es, ax
    mov     ss, ax
    mov     fs, ax
    mov     gs, ax
    mov     eax, CR4_PAE
    mov     cr4, eax
    mov     eax, PHYS(boot_pml4)
    mov     cr3, eax
    mov     ecx, EFER
    rdmsr
    or      eax, EFER_LME_NXE
    wrmsr
    mov     eax, CR0_KERNEL
    mov     cr0, eax
    jmp     CODE64:PHYS(ap_low64)

bits 64
ap_low64:
    mov     rax, ap_high64
    jmp     rax

ap_high64:
    lgdt    [gdt_pointer64]             ; the low addresses go away with the temporary page tables
    mov     eax, DATA
    mov     ss, eax
    xor     eax, eax                    ; 64-bit code needs no other segment
    mov     ds, eax
    mov     es, eax
    mov     fs, eax
    mov     gs, eax
    mov     rax, [smp_next_root]
    mov     cr3, rax
    mov     rsp, KERNEL_STACK_TOP
    xor     ebp, ebp                    ; end of every backtrace
    call    smp_cpu_main
    ud2                                 ; smp_cpu_main does not return

section .init.bss nobits alloc noexec write align=8

; physical address of the top-level table of the CPU that starts
smp_next_root: resq 1
