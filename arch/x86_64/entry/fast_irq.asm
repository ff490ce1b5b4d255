; SPDX-License-Identifier: BSD-2-Clause
; The fast path of a device's interrupt: from the instruction of a program to the first one of the better thread that
; waits for it. irq_hand_over says whether that can be done; the way on is event_switch, in fast_event.asm.

%include "offsets.inc"
%include "arch/x86_64/cpu/patch.inc"

global irq_try
extern irq_hand_over
extern trap_ordinary

section .text progbits alloc exec nowrite align=16
bits 64

; On the kernel stack: vector - 128 of IRQ_VECTOR_FIRST or above, then what the processor pushed. The program's registers
; are kept in its activation, and are what they were again where there is no fast way.
align 16
irq_try:
    cmp     qword [rsp], IRQ_VECTOR_LAST - 128
    jg      trap_ordinary
    test    byte [rsp + 16], 3          ; CS: a program was interrupted
    jz      trap_ordinary
    push    rbx
    mov     rbx, [abs CPU_CURRENT]
    mov     [rbx + A_RAX], rax
    mov     [rbx + A_RCX], rcx
    mov     [rbx + A_RDX], rdx
    mov     [rbx + A_RSI], rsi
    mov     [rbx + A_RDI], rdi
    mov     [rbx + A_RBP], rbp
    mov     [rbx + A_R8], r8
    mov     [rbx + A_R9], r9
    mov     [rbx + A_R10], r10
    mov     [rbx + A_R11], r11
    mov     [rbx + A_R12], r12
    mov     [rbx + A_R13], r13
    mov     [rbx + A_R14], r14
    mov     [rbx + A_R15], r15
    pop     rax
    mov     [rbx + A_RBX], rax
    mov     edi, [rsp]
    add     edi, 128 - IRQ_VECTOR_FIRST
    lea     rsi, [rsp + 8]
    cld
    PATCH_CLAC                          ; the user's AC would switch SMAP off
    xor     ebp, ebp                    ; end of the backtrace
    call    irq_hand_over               ; does not return where it can
    mov     rax, [rbx + A_RAX]          ; of the others, C keeps what it does not use
    mov     rcx, [rbx + A_RCX]
    mov     rdx, [rbx + A_RDX]
    mov     rsi, [rbx + A_RSI]
    mov     rdi, [rbx + A_RDI]
    mov     rbp, [rbx + A_RBP]
    mov     r8, [rbx + A_R8]
    mov     r9, [rbx + A_R9]
    mov     r10, [rbx + A_R10]
    mov     r11, [rbx + A_R11]
    mov     rbx, [rbx + A_RBX]
    jmp     trap_ordinary
