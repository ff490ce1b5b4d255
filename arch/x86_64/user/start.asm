; SPDX-License-Identifier: BSD-2-Clause
; First instructions of threads started by l4_thread_start (rdi = struct l4_thread), and the probe for vector
; registers. rsp is the top of the stack, 16-aligned: a call aligns it as C expects.
        default rel

global l4_thread_entry:function
global l4_vectors_probe:function
global l4_has_avx:data
extern l4_thread_main

        section .text.l4_thread_entry progbits alloc exec nowrite align=16
l4_thread_entry:
        xor     ebp, ebp                ; backtraces end here
        call    l4_thread_main
        ud2                             ; l4_thread_main does not return

; Sets l4_has_avx where the processor has AVX and the kernel has enabled it (XCR0 bits 1 and 2).
        section .text.l4_vectors_probe progbits alloc exec nowrite align=16
l4_vectors_probe:
        push    rbx                     ; cpuid writes it
        mov     eax, 1
        xor     ecx, ecx
        cpuid
        and     ecx, (1 << 27) | (1 << 28)
        cmp     ecx, (1 << 27) | (1 << 28)
        jne     .done                   ; no OSXSAVE or no AVX: xgetbv would be #UD
        xor     ecx, ecx
        xgetbv
        and     eax, 6
        cmp     eax, 6
        jne     .done
        mov     byte [l4_has_avx], 1
.done:
        pop     rbx
        ret

        section .bss
l4_has_avx:
        resb    1

        section .note.GNU-stack noalloc noexec nowrite progbits
