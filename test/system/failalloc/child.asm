; SPDX-License-Identifier: BSD-2-Clause
; What runs in the child: one page of code at the same address in both spaces. rdi = argument.
        default rel

global child_touch:function
global child_call:function
global child_reply:function
global child_serve:function
global child_page:data

        section .text.child progbits alloc exec nowrite align=4096
child_page:

; Writes to the address rdi, then waits for ever.
child_touch:
        mov     [rdi], rdi
        jmp     idle

; Calls the gate with the handle rdi, then waits for ever.
child_call:
        mov     eax, 0x80000001         ; CALL, native
        syscall

idle:
        mov     eax, 0x80000003         ; WAIT, native
        xor     edi, edi
        syscall
        jmp     idle

; Entry of a gate: answers at once.
child_reply:
        mov     eax, 0x80000004         ; REPLY, native
        xor     edi, edi
        syscall
        int3                            ; a reply does not come back

; Serves the queue gate with the handle rdi.
child_serve:
        push    rdi
        mov     eax, 0x80000003
.next:
        syscall
        mov     rdi, [rsp]
        mov     eax, 0x80000005         ; REPLY_WAIT, native
        jmp     .next

        align   4096, int3

        section .note.GNU-stack noalloc noexec nowrite progbits
