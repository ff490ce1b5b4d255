; SPDX-License-Identifier: BSD-2-Clause
; First 64-bit code in the high half. Called from start32.asm on the boot stack with the temporary page tables.

%include "offsets.inc"

global start64
extern boot_stack_top
extern boot_magic
extern boot_loader_info
extern boot_start
extern kernel_main
extern gdt_pointer64

section .init.text progbits alloc exec nowrite align=16
bits 64

start64:
    mov     rsp, boot_stack_top
    lgdt    [gdt_pointer64]             ; the low addresses go away with the temporary page tables
    mov     eax, SELECTOR_KERNEL_DATA
    mov     ss, eax
    xor     eax, eax                    ; 64-bit code needs no other segment
    mov     ds, eax
    mov     es, eax
    mov     fs, eax
    mov     gs, eax
    xor     ebp, ebp                    ; end of every backtrace
    mov     edi, [boot_magic]
    mov     esi, [boot_loader_info]
    call    boot_start                  ; builds the real page tables; answers the top of this CPU's stack
    mov     rsp, rax
    xor     ebp, ebp
    call    kernel_main
    ud2                                 ; kernel_main does not return
