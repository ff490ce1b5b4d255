; SPDX-License-Identifier: BSD-2-Clause
; One stub per vector: makes the frame uniform (struct trap_frame in kernel/arch/trap.h, pushed here and nowhere else),
; calls trap_entry, returns from the frame. Interrupts are off throughout. A stub runs on the CPU's kernel stack or on
; one of the own stacks of #DB #DF NMI #MC; nothing before the call touches memory outside that stack.

%include "offsets.inc"
%include "arch/x86_64/cpu/patch.inc"

global trap_stub_addresses
global trap_switch_stack
extern trap_entry
%if QUIRE_FASTPATH
global trap_ordinary
extern irq_try
%endif

; vectors for which the processor pushes an error code: 8, 10-14, 17, 21, 29, 30
%define HAS_ERROR ((1 << 8) | (31 << 10) | (1 << 17) | (1 << 21) | (1 << 29) | (1 << 30))

section .text progbits alloc exec nowrite align=16
bits 64

; Where the processor pushes an error code the stub adds the vector. All others push one byte, vector - 128, and
; `without_error` makes two words of it; a jump of two bytes leads there by way of the nearest `trap_over`, so that a stub
; is 4 bytes long.
%define HAS_ERROR_CODE(v) ((v) < 32 && ((HAS_ERROR >> (v)) & 1))
%define CHUNK 32                        ; stubs around one trap_over, all of them within 127 bytes

%assign vector 0
%assign chunk 0
%rep 256                                ; found by trap_stub_addresses: no alignment
%if vector % CHUNK == CHUNK / 2
trap_over_%+chunk:
    jmp     without_error
%endif
trap_stub_%+vector:
%if HAS_ERROR_CODE(vector)
    push    vector
    jmp     trap_common
%else
    push    byte vector - 128
    jmp     short trap_over_%+chunk
%endif
%assign vector vector + 1
%assign chunk vector / CHUNK
%endrep

; One word, vector - 128, becomes two: error code 0, vector.
without_error:
%if QUIRE_FASTPATH
    cmp     qword [rsp], IRQ_VECTOR_FIRST - 128
    jge     irq_try                     ; of a device: entry/fast_irq.asm
%endif
trap_ordinary:
    push    qword [rsp]
    sub     qword [rsp], -128
    and     qword [rsp + 8], 0
    jmp     short trap_common

align 16
trap_common:
    push    rax
    push    rbx
    push    rcx
    push    rdx
    push    rsi
    push    rdi
    push    rbp
    push    r8
    push    r9
    push    r10
    push    r11
    push    r12
    push    r13
    push    r14
    push    r15
    cld
    PATCH_CLAC                          ; the user's AC would switch SMAP off
    mov     rdi, rsp                    ; the frame
    xor     ebp, ebp                    ; end of the backtrace of the handler
    call    trap_entry
    pop     r15
    pop     r14
    pop     r13
    pop     r12
    pop     r11
    pop     r10
    pop     r9
    pop     r8
    pop     rbp
    pop     rdi
    pop     rsi
    pop     rdx
    pop     rcx
    pop     rbx
    pop     rax
    add     rsp, 16                     ; vector and error code
    iretq

; void trap_switch_stack(struct trap_frame *frame, void (*next)(struct trap_frame *)): goes to next with frame, on the
; stack whose topmost thing is that frame. Does not return. Called when a handler leaves an own stack for good.
trap_switch_stack:
    mov     rsp, rdi
    xor     ebp, ebp
    call    rsi
    ud2                                 ; next does not return

section .init.rodata progbits alloc noexec nowrite align=8

trap_stub_addresses:
%assign vector 0
%rep 256
    dq      trap_stub_%+vector
%assign vector vector + 1
%endrep
