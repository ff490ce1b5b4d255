; SPDX-License-Identifier: BSD-2-Clause
; The handler of foreign system calls, with the conventions of Linux: number in rax, arguments in rdi rsi rdx r10 r8
; r9; all but rax, rcx and r11 are kept, vector registers and FS base among them, which the handler's own calls
; clobber. It runs on the stack of who called.
        default rel

global foreign_entry:function
global foreign_probe:function
global linux_run:function
global linux_leave:function
extern foreign_handle

RED_ZONE equ 128
FRAME_RAX equ 8 * 9                     ; struct frame in main.c

        section .text.foreign progbits alloc exec nowrite align=16
foreign_entry:
        lea     rsp, [rsp - RED_ZONE]
        push    r11
        push    rcx
        push    rax
        push    rdi
        push    rsi
        push    rdx
        push    r10
        push    r8
        push    r9
        push    rbx
        push    rbp
        rdfsbase rax
        push    rax
        mov     rbp, rsp
        sub     rsp, 512
        and     rsp, -64
        fxsave64 [rsp]
        mov     rdi, rbp
        call    foreign_handle
        fxrstor64 [rsp]
        mov     rsp, rbp
        mov     [rsp + FRAME_RAX], rax
        pop     rax
        wrfsbase rax
        pop     rbp
        pop     rbx
        pop     r9
        pop     r8
        pop     r10
        pop     rdx
        pop     rsi
        pop     rdi
        pop     rax
        pop     rcx
        popfq
        lea     rsp, [rsp + RED_ZONE]   ; leaves the flags alone
        jmp     rcx

; uint64_t foreign_probe(uint64_t registers[16]): system call 1000 with a pattern in every register that is not
; rsp, what is there afterwards into the array (order of enum l4_reg, rsp for rip), and a red zone that has to
; stay. 0 = it did.
foreign_probe:
        push    rbx
        push    rbp
        push    r12
        push    r13
        push    r14
        push    r15
        push    rdi
        mov     eax, 1000
        mov     ebx, 0x101
        mov     edx, 0x103
        mov     esi, 0x104
        mov     edi, 0x105
        mov     ebp, 0x106
        mov     r8d, 0x107
        mov     r9d, 0x108
        mov     r10d, 0x109
        mov     r12d, 0x10b
        mov     r13d, 0x10c
        mov     r14d, 0x10d
        mov     r15d, 0x10e
        mov     qword [rsp - 8], 0x77
        mov     qword [rsp - RED_ZONE], 0x78
        stc
        syscall
        mov     rcx, [rsp]              ; the array; rcx is the processor's anyway
        mov     [rcx], rax
        mov     [rcx + 8], rbx
        mov     [rcx + 24], rdx
        mov     [rcx + 32], rsi
        mov     [rcx + 40], rdi
        mov     [rcx + 48], rbp
        mov     [rcx + 56], r8
        mov     [rcx + 64], r9
        mov     [rcx + 72], r10
        mov     [rcx + 88], r12
        mov     [rcx + 96], r13
        mov     [rcx + 104], r14
        mov     [rcx + 112], r15
        setc    al
        movzx   eax, al
        mov     [rcx + 80], rax         ; the carry flag, for r11
        mov     rax, [rsp - 8]
        xor     rax, 0x77
        mov     rdx, [rsp - RED_ZONE]
        xor     rdx, 0x78
        or      rax, rdx
        pop     rdi
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     rbp
        pop     rbx
        ret

; int linux_run(const void *entry, uint64_t *sp): what the program gives to exit.
linux_run:
        push    rbx
        push    rbp
        push    r12
        push    r13
        push    r14
        push    r15
        mov     [left_at], rsp
        mov     rsp, rsi
        xor     edx, edx                ; nothing to be called at exit
        xor     ebp, ebp
        jmp     rdi

; void linux_leave(int status): back to who called linux_run.
linux_leave:
        mov     rsp, [left_at]
        mov     eax, edi
        cld
        fninit
        push    0x1f80
        ldmxcsr [rsp]
        pop     rcx
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     rbp
        pop     rbx
        ret

        section .bss
left_at:
        resq    1

        section .note.GNU-stack noalloc noexec nowrite progbits
