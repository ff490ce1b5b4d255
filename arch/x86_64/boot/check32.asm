; SPDX-License-Identifier: BSD-2-Clause
; 32-bit code that looks whether the processor can run the kernel at all. Called by start32.asm on the boot stack; the
; features the kernel can do without are looked for later, in C.

%include "offsets.inc"

%define PHYS(symbol) ((symbol) - KERNEL_BASE)

global early_check_cpu32

extern early_refuse32

section .init.text progbits alloc exec nowrite align=16
bits 32

; Returns when the processor has all that the kernel cannot do without; else reports the first thing that is missing.
early_check_cpu32:
    mov     esi, PHYS(text_cpuid)
    pushfd
    pop     eax
    mov     ecx, eax
    xor     eax, 1 << 21                ; EFLAGS.ID can be changed where there is CPUID
    push    eax
    popfd
    pushfd
    pop     eax
    xor     eax, ecx
    test    eax, 1 << 21
    jz      early_refuse32
    mov     eax, 0x80000000
    cpuid
    mov     esi, PHYS(text_long_mode)
    cmp     eax, 0x80000001
    jb      early_refuse32
    mov     eax, 0x80000001
    cpuid
    mov     edi, PHYS(needed_extended)
    call    check_bits
    mov     eax, 1
    cpuid
    mov     edi, PHYS(needed_basic)

; edx = feature word, edi = list of pairs mask, text; mask 0 ends
check_bits:
    mov     eax, [edi]
    test    eax, eax
    jz      .done
    mov     esi, [edi + 4]
    add     edi, 8
    test    eax, edx
    jnz     check_bits
    jmp     early_refuse32
.done:
    ret

section .init.rodata progbits alloc noexec nowrite align=8

%macro needed 3
    dd      1 << %1
    dd      PHYS(%2)
    [section .init.rodata.text progbits alloc noexec nowrite align=1]
%2: db      %3, 0
    __?SECT?__
%endmacro

align 4
needed_extended:
    needed 29, text_long_mode, "64-bit mode"
    needed 20, text_nx, "nx (pages without execution)"
    dd      0

needed_basic:
    needed 0, text_fpu, "fpu (floating point)"
    needed 4, text_tsc, "tsc (time stamp counter)"
    needed 5, text_msr, "msr (model-specific registers)"
    needed 6, text_pae, "pae (64-bit page tables)"
    needed 8, text_cx8, "cx8 (compare and exchange)"
    needed 13, text_pge, "pge (global pages)"
    needed 16, text_pat, "pat (page attributes)"
    needed 24, text_fxsr, "fxsr (saving of vector registers)"
    needed 25, text_sse, "sse"
    needed 26, text_sse2, "sse2"
    dd      0

text_cpuid: db "the cpuid instruction", 0
