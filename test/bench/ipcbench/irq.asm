; SPDX-License-Identifier: BSD-2-Clause
; The row irq.user: a thread that makes the HPET interrupt it and marks where it is, and the one that the interrupt wakes.
; The interrupted one reads the clock, then stores 1, 2, 3 … with nothing between: its block tells the other side, which
; sees it at MARKED, when and where it was.
        default rel

%define BLOCK    0x50000000
%define HANDLE   BLOCK
%define ROUNDS   BLOCK + 16
%define BEGIN    32
%define NEXT     BLOCK + 64
%define WORD     BLOCK + 88             ; HPET ticks from the order to the interrupt
%define MARK     96                     ; stores done since the clock was read
%define HANDLED  104                    ; interrupts handled
%define MARKED   0x58000000
%define HPET     0x5a000000
%define COUNTER  HPET + 0xf0
%define COMPARE  HPET + 0x128           ; of timer 1

%define STORES   200
%define BEFORE   4                      ; instructions from the clock read, with it, to the first store

        section .text.bench progbits alloc exec nowrite align=64

extern finish

global client_irq:function
        align   64
client_irq:
        mov     rbx, [abs BLOCK + HANDLED]
        mov     rcx, [abs COUNTER]
        add     rcx, [abs WORD]
        mov     [abs COMPARE], rcx
.pass:
        rdtsc
        shl     rdx, 32
        or      rax, rdx
        mov     [abs BLOCK + BEGIN], rax
%assign store 1
%rep STORES
        mov     dword [abs BLOCK + MARK], store
%assign store store + 1
%endrep
        mov     dword [abs BLOCK + MARK], 0
        cmp     rbx, [abs BLOCK + HANDLED]
        je      .pass
        jmp     client_irq

global handler_irq:function
        align   64
handler_irq:
        mov     rax, 0x52 << 32 | 0x80000001 ; wait for the event
        mov     rdi, [abs HANDLE]
        mov     edx, 1
        syscall
        rdtsc                           ; the first instruction
        shl     rdx, 32
        or      rax, rdx
        mov     ecx, [abs MARKED + MARK]
        sub     rax, [abs MARKED + BEGIN]
        sub     rax, rcx
        sub     rax, BEFORE
        inc     qword [abs MARKED + HANDLED]
        mov     rcx, [abs NEXT]
        mov     [rcx], rax
        add     qword [abs NEXT], 8
        dec     qword [abs ROUNDS]
        jnz     handler_irq
        jmp     finish
