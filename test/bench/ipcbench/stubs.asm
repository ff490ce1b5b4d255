; SPDX-License-Identifier: BSD-2-Clause
; Bare stubs: what is measured lies between SAMPLE_BEGIN and SAMPLE_END, and nothing else does. Everything a client
; needs again lies in its block (party.h), since a call leaves nothing in registers but the answer.
        default rel

%define BLOCK    0x50000000
%define HANDLE   BLOCK
%define EVENT    BLOCK + 8
%define ROUNDS   BLOCK + 16
%define TAG      BLOCK + 24
%define BEGIN    BLOCK + 32
%define ANSWER   BLOCK + 40
%define NEXT     BLOCK + 64
%define WRONG    BLOCK + 72
%define OTHER    BLOCK + 80
%define WORD     BLOCK + 88

%define CALL         0x80000001
%define WAIT         0x80000003
%define REPLY        0x80000004
%define REPLY_WAIT   0x80000005
%define KERNEL       0x40
%define W64          56 << 8          ; memory words
%define NOP          0x01 << 32       ; labels of operations
%define EVENT_SIGNAL 0x51 << 32
%define EVENT_WAIT   0x52 << 32

%macro SAMPLE_BEGIN 0
        rdtsc
        shl     rdx, 32
        or      rax, rdx
        mov     [abs BEGIN], rax
%endmacro

; The answer is kept to be looked at; the same is done where nothing is measured (client_empty).
%macro SAMPLE_END 0
        mov     [abs ANSWER], rax
        mov     [abs ANSWER + 8], rdx
        mov     [abs ANSWER + 16], r15
        rdtsc
        shl     rdx, 32
        or      rax, rdx
        sub     rax, [abs BEGIN]
        mov     rcx, [abs NEXT]
        mov     [rcx], rax
        add     qword [abs NEXT], 8
%endmacro

; The answer is a partner's (REPLY, REPLY_WAIT) or the kernel's, and its words are those of the request.
%macro CHECK 2                          ; operation byte of the answer, 1 = with words
        mov     al, [abs ANSWER]
%if %2
        and     al, ~1                  ; the two differ in bit 0
%endif
        cmp     al, %1
        jne     %%wrong
%if %2
        mov     rax, [abs WORD]
        cmp     rax, [abs ANSWER + 8]
        jne     %%wrong
%endif
        jmp     %%next
%%wrong:
        inc     qword [abs WRONG]
%%next:
        inc     qword [abs WORD]
%endmacro

%macro NEXT_ROUND 1
        dec     qword [abs ROUNDS]
        jnz     %1
        jmp     finish
%endmacro

        section .text.bench progbits alloc exec nowrite align=64

global finish:function
finish:
        mov     rax, EVENT_SIGNAL | CALL
        mov     rdi, [abs EVENT]
        mov     edx, 1
        syscall
rest:
        mov     eax, WAIT
        xor     edi, edi
        syscall
        jmp     rest

global reader:function
reader:
        mov     rax, [abs WORD]
        mov     rax, [rax]
        inc     qword [abs WRONG]
        jmp     rest

global client_empty:function
        align   64
client_empty:
        SAMPLE_BEGIN
        SAMPLE_END
        NEXT_ROUND client_empty

global client_w0:function
        align   64
client_w0:
        SAMPLE_BEGIN
        mov     eax, CALL
        mov     rdi, [abs HANDLE]
        mov     rdx, [abs WORD]
        syscall
        SAMPLE_END
        CHECK   REPLY & 0xff, 1
        NEXT_ROUND client_w0

global client_w8:function
        align   64
client_w8:
        mov     rbp, [abs WORD]
        SAMPLE_BEGIN
        mov     eax, CALL
        mov     rdi, [abs HANDLE]
        mov     rdx, [abs WORD]
        mov     r8, [abs WORD]
        mov     r9, [abs WORD]
        mov     r10, [abs WORD]
        mov     r12, [abs WORD]
        mov     r13, [abs WORD]
        mov     r14, [abs WORD]
        mov     r15, [abs WORD]
        syscall
        SAMPLE_END
        mov     rax, [abs WORD]
        cmp     rax, [abs ANSWER + 16]
        je      .right
        inc     qword [abs WRONG]
.right:
        CHECK   REPLY & 0xff, 1
        NEXT_ROUND client_w8

; 56 words lie in the UTCB, where the last answer has left them: what comes back is what went.
global client_w64:function
        align   64
client_w64:
        SAMPLE_BEGIN
        mov     eax, CALL | W64
        mov     rdi, [abs HANDLE]
        mov     rdx, [abs WORD]
        syscall
        SAMPLE_END
        CHECK   REPLY & 0xff, 1
        NEXT_ROUND client_w64

global client_null:function
        align   64
client_null:
        SAMPLE_BEGIN
        mov     rax, NOP | CALL
        mov     rdi, [abs HANDLE]
        syscall
        SAMPLE_END
        CHECK   KERNEL, 0
        NEXT_ROUND client_null

global client_event:function
        align   64
client_event:
        SAMPLE_BEGIN
        mov     rax, EVENT_SIGNAL | CALL
        mov     rdi, [abs OTHER]
        mov     edx, 1
        syscall
        mov     rax, EVENT_WAIT | CALL
        mov     rdi, [abs HANDLE]
        mov     edx, 1
        syscall
        SAMPLE_END
        CHECK   KERNEL, 0
        NEXT_ROUND client_event

global partner_event:function
        align   64
partner_event:
        mov     rax, EVENT_WAIT | CALL
        mov     rdi, [abs OTHER]
        mov     edx, 1
        syscall
        mov     rax, EVENT_SIGNAL | CALL
        mov     rdi, [abs HANDLE]
        mov     edx, 1
        syscall
        jmp     partner_event

global server_entry:function
        align   64
server_entry:
        mov     eax, REPLY
        syscall

global server_entry_w64:function
        align   64
server_entry_w64:
        mov     eax, REPLY | W64
        syscall

global server_entry_chain:function
        align   64
server_entry_chain:
        mov     eax, CALL
        mov     rdi, [abs HANDLE]
        syscall
        mov     eax, REPLY
        syscall

global server_queue:function
        align   64
server_queue:
        mov     eax, WAIT
        mov     rdi, [abs HANDLE]
        syscall
.next:
        mov     eax, REPLY_WAIT
        mov     rdi, [abs HANDLE]
        syscall
        jmp     .next

global server_queue_w64:function
        align   64
server_queue_w64:
        mov     eax, WAIT
        mov     rdi, [abs HANDLE]
        syscall
.next:
        mov     eax, REPLY_WAIT | W64
        mov     rdi, [abs HANDLE]
        syscall
        jmp     .next

; Through libl4, as a C function is called: l4_call_short (tag and words in registers), and l4_call (the message ready
; before) with eight words.
extern l4_ipc_short_general
extern l4_ipc_short_vectors
extern l4_entry_short_vectors
extern l4_call_general
extern lib_message
extern handle_short

%macro CLIENT_SHORT 2                   ; name, function
global %1:function
        align   64
%1:
        SAMPLE_BEGIN
        mov     rdi, [abs HANDLE]
        mov     esi, CALL
        mov     rdx, [abs WORD]
        call    %2
        SAMPLE_END
        CHECK   REPLY & 0xff, 1
        NEXT_ROUND %1
%endmacro

        CLIENT_SHORT client_lib, l4_ipc_short_general
        CLIENT_SHORT client_lib_vectors, l4_ipc_short_vectors

; What L4_ENTRY_SHORT makes in a program with vector registers.
global server_entry_vectors:function
        align   64
server_entry_vectors:
        lea     r11, [rel handle_short]
        jmp     l4_entry_short_vectors

global client_lib_w8:function
        align   64
client_lib_w8:
        mov     rdi, lib_message
        mov     rcx, [abs HANDLE]
        mov     rdx, [abs WORD]
        mov     qword [rdi], 0          ; tag: no label, no words
        mov     [rdi + 8], rcx
        %assign i 24
        %rep 8
        mov     [rdi + i], rdx
        %assign i i + 8
        %endrep
        SAMPLE_BEGIN
        mov     rdi, lib_message
        call    l4_call_general
        SAMPLE_END
        mov     rdi, lib_message
        mov     rax, [rdi]
        mov     rdx, [rdi + 24]
        mov     [abs ANSWER], rax
        mov     [abs ANSWER + 8], rdx
        cmp     rdx, [rdi + 24 + 56]
        je      .right
        inc     qword [abs WRONG]
.right:
        CHECK   REPLY & 0xff, 1
        NEXT_ROUND client_lib_w8

        section .note.GNU-stack noalloc noexec nowrite progbits
