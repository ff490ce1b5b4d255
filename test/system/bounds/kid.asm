; SPDX-License-Identifier: BSD-2-Clause
; What runs in the spaces of this test: one page of code at the same address there. No stack: none is mapped.
; Whoever is done counts itself in the word at KID_DATA and waits for ever.
        default rel

global kid_sleep:function
global kid_event:function
global kid_call:function
global kid_visit:function
global kid_answer:function
global kid_touch:function
global kid_page:data

%define KID_DATA   0x50000000
%define CALL       0x80000001
%define WAIT       0x80000003
%define WAIT_TIMED 0x81000003
%define EVENT_WAIT 0x52

        section .text.kid progbits alloc exec nowrite align=4096
kid_page:

; Sleeps until the deadline rdi.
kid_sleep:
        lock inc qword [abs KID_DATA + 8]
        mov     eax, WAIT_TIMED
        mov     rsi, rdi
        xor     edi, edi
        syscall
        jmp     done

; Waits for bit 0 of event rdi.
kid_event:
        lock inc qword [abs KID_DATA + 8]
        mov     rax, EVENT_WAIT << 32 | CALL
        mov     edx, 1
        syscall
        jmp     done

; Calls gate rdi, telling it the number in the word at KID_DATA + 16 and the handle at KID_DATA + 24. The tag of
; this call and those below is the word at KID_DATA + 32.
kid_call:
        lock inc qword [abs KID_DATA + 8]
        mov     rdx, [abs KID_DATA + 16]
        mov     r8, [abs KID_DATA + 24]
        mov     rax, [abs KID_DATA + 32]
        syscall
        jmp     done

; Touches the address rdi.
kid_touch:
        lock inc qword [abs KID_DATA + 8]
        mov     al, [rdi]
        jmp     done

; Entry of gates: rdx = how often to call the gate r8 from here, one visit in the other.
kid_visit:
        test    rdx, rdx
        jz      done
        dec     rdx
        mov     rdi, r8
        mov     rax, [abs KID_DATA + 32]
        syscall

done:
        lock inc qword [abs KID_DATA]
.wait:
        mov     eax, WAIT
        xor     edi, edi
        syscall
        jmp     .wait

; Entry of gates: answers with the tag at KID_DATA + 40.
kid_answer:
        mov     rax, [abs KID_DATA + 40]
        syscall
        jmp     done

        align   4096, int3

        section .note.GNU-stack noalloc noexec nowrite progbits
