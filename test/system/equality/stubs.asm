; SPDX-License-Identifier: BSD-2-Clause
; The system call as the processor has it: all registers go in as the caller says and come back into the private page of
; the space (struct regs, world.h). So does what an entry gate is entered with. Nothing before that changes a register.
; Partners have a place of their own there: slices end between them and who is as good.
        default rel

global raw_call:function
global raw_back:function
global raw_partner:function
global raw_partner_back:function
global thread_start:function
global entry_table:data
extern visit
extern thread_run

%define SEEN     0x52000000
%define ENTRY    SEEN + 144
%define PARTNER  SEEN + 1024
%define CPU_PAGE 0xffffffffc0000000

; Everything into the page at the given place, RFLAGS last: they need the stack.
%macro SEE 1
        mov     [abs %1], rax
        mov     [abs %1 + 8], rbx
        mov     [abs %1 + 16], rcx
        mov     [abs %1 + 24], rdx
        mov     [abs %1 + 32], rsi
        mov     [abs %1 + 40], rdi
        mov     [abs %1 + 48], rbp
        mov     [abs %1 + 56], r8
        mov     [abs %1 + 64], r9
        mov     [abs %1 + 72], r10
        mov     [abs %1 + 80], r11
        mov     [abs %1 + 88], r12
        mov     [abs %1 + 96], r13
        mov     [abs %1 + 104], r14
        mov     [abs %1 + 112], r15
        mov     [abs %1 + 128], rsp
        mov     rax, [abs qword CPU_PAGE]
        mov     [abs %1 + 136], rax
        pushfq
        pop     qword [abs %1 + 120]
        cld
%endmacro

        section .text.equality progbits alloc exec nowrite align=16

; void raw_call(const struct regs *in): on top of the stack lies its own address, which tells whether it is this one.
%macro RAW 3
%1:
        push    rbx
        push    rbp
        push    r12
        push    r13
        push    r14
        push    r15
        push    rsp
        mov     rax, [rdi]
        mov     rbx, [rdi + 8]
        mov     rdx, [rdi + 24]
        mov     rsi, [rdi + 32]
        mov     rbp, [rdi + 48]
        mov     r8, [rdi + 56]
        mov     r9, [rdi + 64]
        mov     r10, [rdi + 72]
        mov     r12, [rdi + 88]
        mov     r13, [rdi + 96]
        mov     r14, [rdi + 104]
        mov     r15, [rdi + 112]
        push    qword [rdi + 120]
        mov     rdi, [rdi + 40]
        popfq
        syscall
%2:
        SEE     %3
        pop     rax
        cmp     rax, rsp
        jne     wrong_stack
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     rbp
        pop     rbx
        ret
%endmacro
        RAW     raw_call, raw_back, SEEN
        RAW     raw_partner, raw_partner_back, PARTNER
wrong_stack:
        ud2                             ; a stack pointer that is not the own one

%macro ENTER 1
enter_%1:
        mov     qword [abs ENTRY], %1
        jmp     enter
%endmacro
        ENTER   0
        ENTER   1
        ENTER   2
        ENTER   3
        ENTER   4
        ENTER   5
enter:
        SEE     SEEN
        xor     ebp, ebp
        call    visit
        ud2

thread_start:
        xor     ebp, ebp
        call    thread_run
        ud2

        section .rodata
        align   8
entry_table:
        dq      enter_0, enter_1, enter_2, enter_3, enter_4, enter_5

        section .note.GNU-stack noalloc noexec nowrite progbits
