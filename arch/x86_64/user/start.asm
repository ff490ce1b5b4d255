; SPDX-License-Identifier: BSD-2-Clause
; First instructions of threads started by l4_thread_start (rdi = struct l4_thread), and what the stubs need to know of
; vector registers. rsp is the top of the stack, 16-aligned: a call aligns it as C expects.
        default rel

global l4_thread_entry:function
global l4_vectors_probe:function
global l4_has_xsave:data
global l4_vectors_initial:data
global l4_default_mxcsr:data
extern l4_thread_main

        section .text.l4_thread_entry progbits alloc exec nowrite align=16
l4_thread_entry:
        xor     ebp, ebp                ; backtraces end here
        call    l4_thread_main
        ud2                             ; l4_thread_main does not return

; Sets l4_has_xsave where the processor has XSAVE and the kernel has enabled it.
        section .text.l4_vectors_probe progbits alloc exec nowrite align=16
l4_vectors_probe:
        push    rbx                     ; cpuid writes it
        mov     eax, 1
        xor     ecx, ecx
        cpuid
        shr     ecx, 27                 ; OSXSAVE
        and     ecx, 1
        mov     [l4_has_xsave], cl
        pop     rbx
        ret

        section .bss
l4_has_xsave:
        resb    1

; Vector and x87 state as after a reset, in the format of FXRSTOR and XRSTOR, with all of AVX: XSTATE_BV (at 512) is 0.
        section .rodata.l4_vectors_initial progbits alloc noexec nowrite align=64
l4_vectors_initial:
        dw      0x37f                   ; control word: all exceptions masked, 64 bits of mantissa
        times 22 db 0
l4_default_mxcsr:
        dd      0x1f80                  ; all exceptions masked, round to nearest
        times 832 - ($ - l4_vectors_initial) db 0

        section .note.GNU-stack noalloc noexec nowrite progbits
