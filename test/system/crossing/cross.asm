; SPDX-License-Identifier: BSD-2-Clause
; What runs on both sides of a crossing: pages of code at the same address in all spaces, each with data of its
; own at DATA (cross.inc). Nobody has a stack but the program itself.
%include "test/system/crossing/cross.inc"

        default rel

global cross_code:data
global cross_code_end:data
global cross_main:function
global cross_features:function
global cross_entry:function
global cross_queue:function
global cross_stranger:function
global cross_spinner:function

        section .text.cross progbits alloc exec nowrite align=4096
cross_code:

; void cross_main(void): BLOCK_OUT of this program, which is the caller; BLOCK_IN is what came back.
cross_main:
        push    rbx
        push    rbp
        push    r12
        push    r13
        push    r14
        push    r15
        mov     [abs STACK], rsp
        GO      BLOCK_OUT
        DUMP    BLOCK_IN
        mov     rsp, [abs STACK]
        push    2
        popfq                           ; C code expects what follows
        xor     eax, eax
        mov     ds, eax
        mov     es, eax
        mov     fs, eax
        mov     gs, eax
        fninit
        ldmxcsr [default_mxcsr]
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     rbp
        pop     rbx
        ret

; unsigned cross_features(void): bit 0 AVX, enabled by the kernel; bit 1 WRFSBASE.
cross_features:
        push    rbx
        xor     r8d, r8d
        mov     eax, 7
        xor     ecx, ecx
        cpuid
        and     ebx, 1
        lea     r8d, [rbx + rbx]
        mov     eax, 1
        xor     ecx, ecx
        cpuid
        and     ecx, (1 << 27) | (1 << 28)
        cmp     ecx, (1 << 27) | (1 << 28)
        jne     .done
        xor     ecx, ecx
        xgetbv
        and     eax, 6
        cmp     eax, 6
        jne     .done
        or      r8d, 1
.done:
        mov     eax, r8d
        pop     rbx
        ret

; Entry of a gate: an attempt, if there is to be one, then the answer.
cross_entry:
        DUMP    BLOCK_IN
        mov     rcx, [abs SKIP]
        add     [rbx + 128 + 64 + B_RIP], rcx   ; of an exception: RIP in the memory words
        inc     qword [abs COUNT]
        cmp     qword [abs TRYING], 0
        je      .answer
        mov     qword [abs TRYING], 0
        GO      BLOCK_TRY
        DUMP    BLOCK_ERR
.answer:
        GO      BLOCK_OUT
        ud2                             ; an answer does not come back

; A queue server: the same, over and over. After the first attempt a second one, if there are to be two.
cross_queue:
        DUMP    BLOCK_START
        GO      BLOCK_WAIT
.request:
        DUMP    BLOCK_IN
        mov     rcx, [abs SKIP]
        add     [rbx + 128 + 64 + B_RIP], rcx
        inc     qword [abs COUNT]
        cmp     qword [abs TRYING], 0
        je      .answer
        GO      BLOCK_TRY
        DUMP    BLOCK_ERR
        dec     qword [abs TRYING]
        jz      .answer
        mov     qword [abs TRYING], 0
        mov     rax, [abs BLOCK_ERR + 24]       ; rdx: the handle that came of the first attempt
        mov     [abs BLOCK_WAIT + 40], rax
        GO      BLOCK_WAIT
        DUMP    BLOCK_START
.answer:
        GO      BLOCK_OUT
        jmp     .request

; Leaves its values in all registers and makes the call of BLOCK_OUT, over and over.
cross_stranger:
        inc     qword [abs COUNT]
        GO      BLOCK_OUT
        DUMP    BLOCK_IN
        jmp     cross_stranger

; Has its values in all registers for a time, then looks at them; waits for its pending word.
cross_spinner:
        VECTORS_LOAD BLOCK_OUT
        GENERAL_LOAD BLOCK_OUT
        mov     rsp, [abs BLOCK_OUT + B_RSP]
        mov     qword [abs BLOCK_WAIT], 0
.spin:
        inc     qword [abs BLOCK_WAIT]
        cmp     qword [abs BLOCK_WAIT], SPINS
        jne     .spin
        DUMP    BLOCK_IN
        inc     qword [abs COUNT]
        mov     eax, 0x80000003         ; WAIT, native
        xor     edi, edi
        syscall
        jmp     cross_spinner

        align   8
default_mxcsr:
        dd      0x1f80

        align   4096, int3
cross_code_end:

        section .note.GNU-stack noalloc noexec nowrite progbits
