; SPDX-License-Identifier: BSD-2-Clause
; System-call entry and the two ways back to user mode. User registers are saved into and loaded from the current
; activation. Interrupts are off; #DB, #DF, NMI and #MC have own stacks, so RSP may be anything for a few instructions.
; CPU-local data lie at a fixed address: no SWAPGS, no GS.

%include "offsets.inc"
%include "arch/x86_64/cpu/patch.inc"

global entry_slow
global entry_compat
global exit_sysret
global exit_iret
extern entry_syscall_c

section .text progbits alloc exec nowrite align=16
bits 64

; The slow way, for all that fast.asm does not do. SYSCALL: rcx = return RIP, r11 = RFLAGS. SFMASK has cleared TF IF DF IOPL NT RF AC.
align 64
entry_slow:
    mov     [abs CPU_USER_RSP], rsp
    mov     rsp, [abs CPU_CURRENT]
    mov     [rsp + A_RIP], rcx
    mov     [rsp + A_RAX], rax
    mov     [rsp + A_RBX], rbx
    mov     [rsp + A_RCX], rcx
    mov     [rsp + A_RDX], rdx
    mov     [rsp + A_RSI], rsi
    mov     [rsp + A_RDI], rdi
    mov     [rsp + A_RBP], rbp
    mov     [rsp + A_R8], r8
    mov     [rsp + A_R9], r9
    mov     [rsp + A_R10], r10
    mov     [rsp + A_R11], r11
    mov     [rsp + A_R12], r12
    mov     [rsp + A_R13], r13
    mov     [rsp + A_R14], r14
    mov     [rsp + A_R15], r15
    mov     rax, [abs CPU_USER_RSP]
    mov     [rsp + A_RSP], rax
    mov     rsp, [abs CPU_STACK_TOP]
    PATCH_CLAC
    xor     ebp, ebp                    ; end of the backtrace
    call    entry_syscall_c             ; does not return
    ud2

; SYSCALL from compatibility mode: there is no 32-bit code segment, so it cannot come; it gets tag 0 if it does.
align 16
entry_compat:
    xor     eax, eax
    o32 sysret

%macro LOAD_REGISTERS 0                 ; all but rcx, r11, rsp; rdi last
    mov     rax, [rdi + A_RAX]
    mov     rbx, [rdi + A_RBX]
    mov     rdx, [rdi + A_RDX]
    mov     rsi, [rdi + A_RSI]
    mov     rbp, [rdi + A_RBP]
    mov     r8, [rdi + A_R8]
    mov     r9, [rdi + A_R9]
    mov     r10, [rdi + A_R10]
    mov     r12, [rdi + A_R12]
    mov     r13, [rdi + A_R13]
    mov     r14, [rdi + A_R14]
    mov     r15, [rdi + A_R15]
%endmacro

; void exit_sysret(struct activation *a): after a system call. RIP was checked when it was stored (SYSRET faults in
; ring 0 on a RIP that is not canonical: SDM vol. 2, SYSRET), RFLAGS is a constant.
align 64
exit_sysret:
    LOAD_REGISTERS
    mov     rcx, [rdi + A_RIP]
    mov     rsp, [rdi + A_RSP]
    mov     rdi, [rdi + A_RDI]
    mov     r11d, 0x202
    o64 sysret

; void exit_iret(struct activation *a): all registers, after an interrupt or a fault. On the kernel stack.
align 64
exit_iret:
    mov     rsp, [abs CPU_STACK_TOP]
    push    SELECTOR_USER_DATA | 3
    push    qword [rdi + A_RSP]
    push    qword [rdi + A_RFLAGS]
    push    SELECTOR_USER_CODE | 3
    push    qword [rdi + A_RIP]
    or      qword [rdi + A_RIP], -1     ; see save_frame (kernel/sys/trap.c)
    LOAD_REGISTERS
    mov     rcx, [rdi + A_RCX]
    mov     r11, [rdi + A_R11]
    mov     rdi, [rdi + A_RDI]
    iretq
