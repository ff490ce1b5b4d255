; SPDX-License-Identifier: BSD-2-Clause
; See spy.h.
        default rel

%define SECRET  0x5ec2e75e00000000
%define REPLY   0x80000004

global spy_init:function
global spy_fill:function
global spy_spoil:function
global spy_call:function
global spy_ask:function
global spy_entry:function
global spy_controls:function
global spy:data
global spy_kept:data
global spy_avx:data

        section .text.spy progbits alloc exec nowrite align=16
spy_init:
        push    rbx
        mov     eax, 1
        cpuid
        and     ecx, (1 << 27) | (1 << 28)
        cmp     ecx, (1 << 27) | (1 << 28)
        jne     .done                   ; no OSXSAVE or no AVX
        xor     ecx, ecx
        xgetbv
        and     eax, 6
        cmp     eax, 6
        jne     .done
        mov     byte [spy_avx], 1
.done:
        pop     rbx
        ret

; Changes no general register but r11.
%macro FILL 0
        mov     r11, SECRET | 0x77
        %assign i 0
        %rep 16
        movq    xmm %+ i, r11
        punpcklqdq xmm %+ i, xmm %+ i
        %assign i i + 1
        %endrep
        cmp     byte [spy_avx], 0
        je      %%x87
        %assign i 0
        %rep 16
        vinsertf128 ymm %+ i, ymm %+ i, xmm0, 1
        %assign i i + 1
        %endrep
%%x87:
        fninit
        %rep 8
        fild    qword [secret]
        %endrep
%endmacro

spy_fill:
        FILL
        mov     rax, SECRET | 0x11
        mov     rcx, rax
        mov     rdx, rax
        mov     rsi, rax
        mov     rdi, rax
        mov     r8, rax
        mov     r9, rax
        mov     r10, rax
        ret

%macro STORE_ALL 0
        mov     [spy], rax
        mov     [spy + 8], rbx
        mov     [spy + 16], rcx
        mov     [spy + 24], rdx
        mov     [spy + 32], rsi
        mov     [spy + 40], rdi
        mov     [spy + 48], rbp
        mov     [spy + 56], rsp
        %assign i 8
        %rep 8
        mov     [spy + i * 8], r %+ i
        %assign i i + 1
        %endrep
        fxsave64 [spy + 128]
        cmp     byte [spy_avx], 0
        je      %%done
        %assign i 0
        %rep 16
        vextractf128 [spy + 640 + i * 16], ymm %+ i, 1
        %assign i i + 1
        %endrep
%%done:
%endmacro

; The x87 stack is full and an exception waits, which the next instruction that waits would raise; all exceptions of
; MXCSR are unmasked, and it rounds to zero.
%macro HOSTILE 0
        FILL
        fldcw   [hostile_fcw]
        fld1
        ldmxcsr [hostile_mxcsr]
%endmacro

spy_spoil:
        HOSTILE
        ret

spy_entry:
        STORE_ALL
        HOSTILE
        mov     eax, REPLY
        syscall

spy_ask:
        push    rbx
        push    rbp
        push    r12
        push    r13
        push    r14
        push    r15
        HOSTILE
        mov     rax, rsi
        xor     r8d, r8d
        xor     r9d, r9d
        syscall
        STORE_ALL
        fninit
        ldmxcsr [default_mxcsr]
        mov     rax, [spy]
        mov     rdx, [spy + 24]
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     rbp
        pop     rbx
        ret

spy_call:
        push    rbx
        push    rbp
        push    r12
        push    r13
        push    r14
        push    r15
        sub     rsp, 8
        mov     rax, rdi
        mov     rdi, rsi
        mov     rsi, rdx
        mov     rdx, rcx
        mov     rcx, r8
        mov     r8, r9
        FILL
        fldcw   [own_fcw]
        ldmxcsr [own_mxcsr]
        mov     rbx, SECRET | 1
        mov     rbp, SECRET | 2
        mov     r12, SECRET | 3
        mov     r13, SECRET | 4
        mov     r14, SECRET | 5
        mov     r15, SECRET | 6
        mov     r9, SECRET | 7
        mov     r10, SECRET | 8
        mov     r11, SECRET | 9
        call    rax
        fxsave64 [seen]
        xor     ecx, ecx
        xor     edi, edi
%macro KEPT 2
        mov     rsi, SECRET | %2
        cmp     %1, rsi
        setne   cl
        add     edi, ecx
%endmacro
        KEPT    rbx, 1
        KEPT    rbp, 2
        KEPT    r12, 3
        KEPT    r13, 4
        KEPT    r14, 5
        KEPT    r15, 6
        mov     [spy_kept], rdi
        mov     ecx, [seen + 24]
        mov     [spy_kept + 8], ecx
        mov     cx, [seen]
        mov     [spy_kept + 12], cx
        mov     cl, [seen + 4]
        mov     [spy_kept + 14], cl
        fninit
        ldmxcsr [default_mxcsr]
        add     rsp, 8
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     rbp
        pop     rbx
        ret

spy_controls:
        push    rax
        stmxcsr [rsp]
        fnstcw  [rsp + 4]
        mov     word [rsp + 6], 0
        pop     rax
        ret

        section .rodata.spy progbits alloc noexec nowrite align=16
secret:         dq SECRET | 0x88
own_mxcsr:      dd 0x3f80
own_fcw:        dw 0x77f
hostile_fcw:    dw 0xf40
hostile_mxcsr:  dd 0x6000
default_mxcsr:  dd 0x1f80

        section .bss align=64
spy:            resb 896
seen:           resb 512
spy_kept:       resb 16
spy_avx:        resb 1

        section .note.GNU-stack noalloc noexec nowrite progbits
