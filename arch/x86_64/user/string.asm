; SPDX-License-Identifier: BSD-2-Clause
; Memory functions of C. In assembly because a compiler may turn a C loop that copies or fills back into a call of
; the very function it stands in. Only general registers are used; DF is clear by the ABI.
        default rel

global memcpy:function
global memmove:function
global memset:function
global memcmp:function
global strlen:function

; void *memmove(void *to, const void *from, size_t n)
        section .text.memmove progbits alloc exec nowrite align=16
memmove:
        mov     rax, rdi
        sub     rax, rsi                ; to - from: below n, as an unsigned number, if the end would be overwritten
        cmp     rax, rdx
        jae     memcpy
        mov     rax, rdi
        lea     rsi, [rsi + rdx - 1]
        lea     rdi, [rdi + rdx - 1]
        mov     rcx, rdx
        std
        rep movsb
        cld
        ret

; void *memcpy(void *to, const void *from, size_t n)
        section .text.memcpy progbits alloc exec nowrite align=16
memcpy:
        mov     rax, rdi
        mov     rcx, rdx
        shr     rcx, 3
        rep movsq
        mov     ecx, edx
        and     ecx, 7
        rep movsb
        ret

; void *memset(void *to, int value, size_t n)
        section .text.memset progbits alloc exec nowrite align=16
memset:
        mov     r8, rdi
        movzx   eax, sil
        mov     rcx, 0x0101010101010101
        imul    rax, rcx
        mov     rcx, rdx
        shr     rcx, 3
        rep stosq
        mov     ecx, edx
        and     ecx, 7
        rep stosb
        mov     rax, r8
        ret

; int memcmp(const void *a, const void *b, size_t n)
        section .text.memcmp progbits alloc exec nowrite align=16
memcmp:
        mov     rcx, rdx
        xor     eax, eax
        cmp     rcx, rcx                ; equal, if n is 0
        repe cmpsb
        je      .equal
        movzx   eax, byte [rdi - 1]
        movzx   ecx, byte [rsi - 1]
        sub     ecx, eax
        mov     eax, ecx
.equal:
        ret

; size_t strlen(const char *s)
        section .text.strlen progbits alloc exec nowrite align=16
strlen:
        mov     rax, rdi
.next:
        cmp     byte [rax], 0
        je      .end
        inc     rax
        jmp     .next
.end:
        sub     rax, rdi
        ret

        section .note.GNU-stack noalloc noexec nowrite progbits
