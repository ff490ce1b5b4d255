; SPDX-License-Identifier: BSD-2-Clause
; The four fast paths: calls through entry gates and the replies to them, calls through queue gates and reply_wait. What
; they leave to be written into the books later, and why that is sound, is in kernel/ipc/fast.h; docs/ipc.md has the
; instruction counts.
;
; There is no stack: RSP holds an activation. The scratch registers are rcx, r11, rdi, rbx and rsp, each of which holds a
; value of the user's again before SYSRET, so nothing has to be cleared and no kernel value is left. No path touches
; memory that might not be mapped; #DB, #DF, NMI and #MC have own stacks. Before `commit` nothing is written but the
; caller's own return state and, in the queue call, a depth that counts only once the receiver runs; after it nothing
; can fail.

%include "offsets.inc"
%include "arch/x86_64/entry/fast.inc"

global entry_fast
global answer_ok
global slow
global slow_record
extern entry_slow
extern event_fast
extern null_activation

section .text progbits alloc exec nowrite align=64
bits 64

; The slot that the handle in rdi names, to rcx; to `slow` when it is not there. r11 = the caller's activation.
%macro FIND_SLOT 0
    mov     ecx, edi                    ; slot offset: the low half of the handle
    and     ecx, SLOT_MASK              ; the table is 2 MiB of addresses, holes in it read as null slots
    add     rcx, [r11 + A_CAPS]
    cmp     rdi, [rcx + C_HANDLE]       ; beyond the mask, generation, empty, hole, physical memory: one compare
    jne     slow
%endmacro

; The current activation, to r11, keeps where it goes on.
%macro KEEP_RETURN 0
    mov     r11, [abs CPU_CURRENT]
    mov     [r11 + A_RIP], rcx
    mov     [r11 + A_RSP], rsp
%endmacro

; The first free activation of the record in the slot, or what stands for none, to rsp; what is left of the depth to bl.
%macro FIND_FREE 0
    movsxd  rdi, dword [rcx + C_RECORD] ; the null record for what is no gate, or may not be called
    mov     rsp, [rdi + R_FREE]
    movsx   ebx, byte [r11 + A_DEPTH]
    sub     bl, [rsp + A_COST]          ; 1, or more than any depth: no activation, none that is resident, a receiver
%endmacro

; Loads the table of the space of ACTIVATION unless it is that of r11's, by way of SCRATCH.
%macro ENTER_SPACE 2
    mov     %2, [%1 + A_CR3]
    cmp     %2, [r11 + A_CR3]
    je      %%same
    mov     cr3, %2
%%same:
%endmacro

; Copies the memory words whose number is in ah from the UTCB of FROM to that of TO. To FAIL, with rcx as it was, when
; one of the two is not resident or there are too many. rsi, rdi and rcx are used up.
%macro COPY_WORDS 3
    mov     rsi, [%1 + A_KUTCB]
    test    rsi, rsi
    jz      %3
    mov     rdi, [%2 + A_KUTCB]
    test    rdi, rdi
    jz      %3
    cmp     ah, WORDS_MEM_MAX
    ja      %3
    movzx   ecx, ah
    add     rsi, UTCB_MEMORY
    add     rdi, UTCB_MEMORY
    rep movsq                           ; DF is clear: SFMASK
    xor     esi, esi
%endmacro

; SYSCALL: rcx = return RIP, r11 = RFLAGS, rax = tag: operation, words, items and flags in its low half, the label above.
align 64
entry_fast:
    cmp     eax, TAG_CALL               ; call, no memory words, no items, no flags: at once
    jne     not_call

; --- call through an entry gate: 33 instructions, 32 in one space ---
    KEEP_RETURN
    FIND_SLOT
    FIND_FREE
    jl      not_entry
.commit:
    mov     [rsp + A_DEPTH], bl
    movzx   ebx, word [rcx + C_SLOT]    ; which gate: found by the slot when the visit is put into the books
    mov     [rsp + A_SLOT], bx
    mov     rbx, [rsp + A_LINK]
    mov     [rdi + R_FREE], rbx
    mov     [rsp + A_LINK], r11         ; the way back
    mov     [abs CPU_CURRENT], rsp
    mov     rbx, [rsp + A_LIVE]
    mov     [abs CPU_USER_WORD], rbx    ; what l4_utcb() reads
    ENTER_SPACE rsp, rdi
    mov     rdi, [rcx + C_BADGE]
    mov     rcx, [rcx + C_ENTRY]        ; below the end of user addresses since the gate was made
    mov     rsp, [rsp + A_SP0]
    TO_USER

; --- reply to it: 23 instructions, 22 in one space ---
not_call:
    cmp     eax, TAG_REPLY
    jne     not_reply
    mov     r11, [abs CPU_CURRENT]
    mov     rbx, [r11 + A_LINK]
    cmp     qword [rbx + A_LIVE], 0     ; nobody, or one about whom the books know more than this
    je      slow_reply
.commit:
    movsxd  rcx, dword [r11 + A_RECORD]
    mov     rsp, [rcx + R_FREE]
    mov     [r11 + A_LINK], rsp         ; the way back is gone: there is one reply
    mov     [rcx + R_FREE], r11
    mov     [abs CPU_CURRENT], rbx
    ENTER_SPACE rbx, rcx
    mov     rcx, [rbx + A_RIP]
    mov     rsp, [rbx + A_RSP]
    mov     rbx, [rbx + A_LIVE]
    mov     [abs CPU_USER_WORD], rbx
    TO_USER

; --- call through a queue gate: 39 instructions, 38 in one space; what comes before it is that of entry gates ---
align 16
not_entry:
    cmp     byte [rsp + A_QUEUE], FAST_NONE ; somebody waits there who may run at once: the gate lives, and nobody queues
    je      not_queue
    add     bl, COST_UNUSABLE - 1
    js      slow_record
    mov     [rsp + A_DEPTH], bl
    mov     ebx, [rsp + A_PRIORITY]
    cmp     ebx, [abs CPU_TOP]          ; not worse than who is ready; and the caller may queue
    jb      slow_record
.commit:
    mov     byte [r11 + A_QUEUE], FAST_CALLER
    and     qword [r11 + A_LIVE], 0     ; a plain reply does not take it for its own thread's
    mov     qword [rdi + R_FREE], null_activation
    mov     [rsp + A_LINK], r11
    mov     [abs CPU_CURRENT], rsp
    mov     rbx, [rsp + A_UTCB]
    mov     [abs CPU_USER_WORD], rbx
    ENTER_SPACE rsp, rdi
    mov     rdi, [rcx + C_BADGE]
    mov     rcx, [rsp + A_RIP]
    mov     rsp, [rsp + A_RSP]
    TO_USER

; --- the operation that does nothing, on a kernel object: 35 instructions ---
not_queue:
    cmp     byte [rcx + C_KIND], KIND_EVENT
    je      event_fast                  ; signal and wait: fast_event.asm
    mov     rbx, TAG_NOP
    cmp     rax, rbx
    jne     slow_record
    movzx   ebx, byte [rcx + C_KIND]
    mov     edi, NOP_KINDS
    bt      edi, ebx
    jnc     slow_record
    test    byte [rcx + C_RIGHTS], RIGHT_CALL
    jz      slow_record
answer_ok:                              ; an operation's: the words are as they were, or as they shall be
    mov     eax, TAG_OK
    xor     edi, edi
    mov     rbx, [r11 + A_UTCB]
    mov     rsp, [r11 + A_RSP]
    mov     rcx, [r11 + A_RIP]
    TO_USER

; --- reply_wait: 36 instructions, 35 in one space ---
; A caller in hand who is FAST_CALLER has called since the kernel was left, and the kernel has not been entered in another
; way since. So it ran before the same threads that are ready now, and may again; the gate lives and nobody queues there.
align 16
not_reply:
    cmp     eax, TAG_REPLY_WAIT
    jne     memory_words
    KEEP_RETURN
    FIND_SLOT
    cmp     rdi, [r11 + A_WAIT_HANDLE]  ; the gate it waited on last, with the right to: the slow path has looked
    jne     slow
    mov     rcx, [r11 + A_LINK]
    cmp     byte [rcx + A_QUEUE], FAST_CALLER
    jne     slow
    movsxd  rdi, dword [r11 + A_WAIT_RECORD]
.commit:
    mov     byte [rcx + A_QUEUE], FAST_NONE
    mov     byte [r11 + A_QUEUE], FAST_RECEIVER
    mov     [rdi + R_FREE], r11
    mov     [abs CPU_CURRENT], rcx
    mov     rbx, [rcx + A_UTCB]
    mov     [rcx + A_LIVE], rbx
    mov     [abs CPU_USER_WORD], rbx
    ENTER_SPACE rcx, rdi
    xor     edi, edi
    mov     rsp, [rcx + A_RSP]
    mov     rcx, [rcx + A_RIP]
    TO_USER

; --- the same four with memory words: everything is checked, the words are copied, then what is above goes on ---
align 16
memory_words:
    mov     [abs CPU_USER_RSP], rbx     ; a foreign call wants it back
    mov     ebx, eax
    and     ebx, 0xffffffff & ~TAG_WORDS_MASK ; items and flags are not for here
    cmp     ebx, TAG_CALL
    je      call_words
    cmp     ebx, TAG_REPLY
    je      reply_words
    cmp     ebx, TAG_REPLY_WAIT
    je      reply_wait_words
    mov     rbx, [abs CPU_USER_RSP]
    jmp     entry_slow

call_words:
    KEEP_RETURN
    FIND_SLOT
    FIND_FREE
    jl      queue_words
    mov     [r11 + A_RCX], rcx
    COPY_WORDS r11, rsp, slow_words
    mov     rcx, [r11 + A_RCX]
    movsxd  rdi, dword [rcx + C_RECORD]
    jmp     entry_fast.commit

queue_words:
    cmp     byte [rsp + A_QUEUE], FAST_NONE
    je      slow_record
    add     bl, COST_UNUSABLE - 1
    js      slow_record
    mov     [rsp + A_DEPTH], bl
    mov     ebx, [rsp + A_PRIORITY]
    cmp     ebx, [abs CPU_TOP]
    jb      slow_record
    mov     [r11 + A_RCX], rcx
    COPY_WORDS r11, rsp, slow_words
    mov     rcx, [r11 + A_RCX]
    movsxd  rdi, dword [rcx + C_RECORD]
    jmp     not_entry.commit

reply_words:
    mov     r11, [abs CPU_CURRENT]
    mov     rbx, [r11 + A_LINK]
    cmp     qword [rbx + A_LIVE], 0
    je      slow_reply
    COPY_WORDS r11, rbx, slow_reply_words
    xor     edi, edi
    jmp     not_call.commit

reply_wait_words:
    KEEP_RETURN
    FIND_SLOT
    cmp     rdi, [r11 + A_WAIT_HANDLE]
    jne     slow
    mov     rbx, [r11 + A_LINK]
    cmp     byte [rbx + A_QUEUE], FAST_CALLER
    jne     slow
    COPY_WORDS r11, rbx, slow_wait_words
    mov     rcx, rbx
    movsxd  rdi, dword [r11 + A_WAIT_RECORD]
    jmp     not_reply.commit

; --- ways out: the state at entry again, but for rbx and r11, which no call that comes here has arguments in ---
slow_wait_words:
    xor     esi, esi
    mov     rdi, [r11 + A_WAIT_HANDLE]
    jmp     slow
slow_words:
    xor     esi, esi
slow_record:
    mov     rdi, [rcx + C_HANDLE]       ; emptied meanwhile: then the slow path finds no capability, and rightly
slow:
    mov     rsp, [r11 + A_RSP]
    mov     rcx, [r11 + A_RIP]
    jmp     slow_reply
slow_reply_words:
    xor     esi, esi
    xor     edi, edi
slow_reply:
    mov     r11d, RFLAGS_CLEAN
    xor     ebx, ebx
    jmp     entry_slow
entry_fast_end:
