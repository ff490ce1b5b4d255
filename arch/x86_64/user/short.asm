; SPDX-License-Identifier: BSD-2-Clause
; Short calls: see l4/short.h. What the caller gives is where the kernel wants it; every other register the server would
; see is cleared. The answer's tag and word 0 are the two words of the struct that is returned, as they come.
%include "message.inc"

        default rel

; struct l4_short NAME(l4_handle_t handle, uint64_t tag, uint64_t w0[, uint64_t w1, uint64_t w2])
%macro SHORT_CALL 3                     ; name, variant, number of words
        section .text.%1_%2 progbits alloc exec nowrite align=16
        global  %1_%2:function
%1_%2:
        ASSERT_NO_LOCK
        SAVE
%ifidn %2, vectors
        sub     rsp, 8
        CONTROLS_SAVE %2, rsp
        mov     rbx, rdx
        VECTORS_CLEAR %2
        mov     rdx, rbx
%endif
        mov     rax, rsi
%if %3 = 3
        mov     r9, r8
        mov     r8, rcx
%else
        xor     r8d, r8d
        xor     r9d, r9d
%endif
        xor     esi, esi
        xor     ebp, ebp
        xor     r10d, r10d
        xor     r12d, r12d
        xor     r13d, r13d
        xor     r14d, r14d
        xor     r15d, r15d
        syscall
%ifidn %2, vectors
        CONTROLS_RESTORE %2, rsp
        add     rsp, 8
%endif
        RESTORE
        ret
%endmacro

        SHORT_CALL l4_ipc_short, general, 1
        SHORT_CALL l4_ipc_short, vectors, 1
        SHORT_CALL l4_ipc_short3, general, 3
        SHORT_CALL l4_ipc_short3, vectors, 3

        section .note.GNU-stack noalloc noexec nowrite progbits
