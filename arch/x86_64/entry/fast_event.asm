; SPDX-License-Identifier: BSD-2-Clause
; The fast paths of events: signal, and a wait that finds bits or leaves the CPU to the one thread that fast signals have
; woken. Both are on an event of this CPU, and write the books themselves but for the end of the woken thread's wait,
; which comes with the switch to it or with the next slow entry (fast_settle). docs/ipc.md has the instruction counts.
;
; Found in entry_fast: rcx = slot, of an event, r11 = the caller's activation, rax = tag, a call's with no flags and no
; words in memory; rdx = bits. Free: rbx, rdi, rsi, rsp. A thread that waits is known by its receiver node (N_*).

%include "offsets.inc"
%include "arch/x86_64/entry/fast.inc"

global event_fast
global event_switch
extern slow
extern slow_record
extern answer_ok
extern null_activation
extern fpu_clear_mask
extern fpu_initial

section .text progbits alloc exec nowrite align=64
bits 64

; The event of the slot, for which RIGHT is needed, to rdi; and whether anybody waits, to the flags: below, equal, above
; as its shape is EVENT_SLOW, EVENT_IDLE, EVENT_ONE.
%macro FIND_EVENT 1
    test    byte [rcx + C_RIGHTS], %1
    jz      slow_record
    mov     rdi, [rcx + C_OBJECT]
    mov     ebx, [abs CPU_NUMBER]
    cmp     bl, [rdi + E_CPU]
    jne     slow_record
    test    rdx, rdx                    ; no bits are an error
    jz      slow_record
    cmp     byte [rdi + E_SHAPE], EVENT_IDLE
%endmacro

; --- signal: 42 instructions where nobody waits, 67 where somebody does who is to run when the caller stops ---
align 64
event_fast:
    mov     rbx, rax
    shr     rbx, TAG_LABEL_SHIFT
    cmp     ebx, LABEL_SIGNAL
    jne     not_signal
    FIND_EVENT RIGHT_CALL
    je      .pend
    jb      slow_record
    mov     rsp, [rdi + E_WAITERS]
    mov     rbx, [rdi + E_PENDING]
    or      rbx, rdx
    test    rbx, [rsp + N_MASK]
    jz      .pend                       ; it waits for others
    cmp     qword [abs CPU_WOKEN], 0
    jne     slow_record
    mov     rbx, [abs CPU_THREAD]
    cmp     rbx, [r11 + A_THREAD]       ; nothing that the books do not know is under way
    jne     slow_record
    mov     bl, [rbx + T_PRIORITY]
    cmp     bl, [rsp + N_PRIORITY]
    jb      slow_record                 ; it is better than the caller: it runs at once
    ja      .not_better
    mov     rbx, [abs CPU_TIMER_AT]     ; it is as good: the caller's slice must end
    cmp     rbx, [abs CPU_SLICE_END]
    ja      slow_record
.not_better:
    movzx   ebx, byte [rsp + N_PRIORITY]
    cmp     rbx, [abs CPU_TOP]          ; and it is better than all others
    jbe     slow_record
.commit:
    mov     [abs CPU_WOKEN], rsp
    mov     rsp, [abs CPU_TOP]
    mov     [abs CPU_TOP_BELOW], rsp
    mov     [abs CPU_TOP], rbx
.pend:
    or      [rdi + E_PENDING], rdx
    jmp     answer_ok

; --- wait: 48 instructions where bits are there, 145 with the switch to the thread that has been woken ---
align 16
not_signal:
    cmp     ebx, LABEL_WAIT
    jne     slow_record                 ; rbx is as good as any: it is not an argument
    FIND_EVENT RIGHT_WAIT
    jne     slow_record                 ; the first to wait is the first to get
    mov     rbx, [rdi + E_PENDING]
    and     rbx, rdx
    jz      .nothing
    xor     [rdi + E_PENDING], rbx
    mov     rdx, rbx
    jmp     answer_ok
.nothing:
    mov     rsp, [abs CPU_WOKEN]
    test    rsp, rsp
    jz      slow_record
    mov     rbx, [abs CPU_THREAD]
    cmp     r11, [rbx + T_BASE]         ; at home, and nothing that the books do not know is under way
    jne     slow_record
    cmp     qword [rbx + T_SPECIAL], 0
    jne     slow_record
    cmp     qword [r11 + A_LINK], null_activation ; nobody in hand, which nobody finds in a link then
    jne     slow_record
    mov     bl, [rbx + T_PRIORITY]
    cmp     bl, [rdi + E_LEVEL]         ; the event's timer is fired early enough for it
    ja      slow_record
    cmp     bl, [rsp + N_PRIORITY]      ; the same timers and ready threads are below both
    jne     slow_record
    cmp     qword [rsp + N_SPECIAL], 0
    jne     slow_record
    cmp     byte [rsp + N_DEADLINE], 0
    jne     slow_record
    mov     rsi, [rsp + N_BASE]
    cmp     rsi, [rsp + N_CURRENT]
    jne     slow_event
    cmp     qword [rsi + A_LINK], 0
    jne     slow_event
    cmp     qword [rsi + A_KUTCB], 0
    je      slow_event
    mov     r11, [rsi + A_SPACE]
    mov     ebx, [abs CPU_NUMBER]
    cmp     bl, [rsp + N_MOVE_TO]
    jne     slow_event
    cmp     byte [r11 + S_STOPPED], 0
    jne     slow_event
    bt      [r11 + S_CPUS], rbx
    jnc     slow_event
.commit:                                ; the caller waits
    mov     rcx, [r11 + S_ROOT + rbx * 8]
    mov     r11, [abs CPU_CURRENT]
    mov     rbx, [abs CPU_THREAD]
    mov     word [rbx + T_STATE], STATE_BLOCKED | WAIT_EVENT << 8
    mov     [rbx + T_WAIT_ON], rdi
    mov     [rbx + T_WAIT_MASK], rdx
    lea     rbx, [rbx + T_RECEIVER]
    mov     [rdi + E_WAITERS], rbx
    mov     [rdi + E_WAITERS + 8], rbx
    mov     byte [rdi + E_SHAPE], EVENT_ONE
    add     rdi, E_WAITERS
    mov     [rbx], rdi
    mov     [rbx + 8], rdi
    and     qword [r11 + A_LIVE], 0
    and     qword [r11 + A_LINK], 0
    mov     byte [r11 + A_FULL], 0
    or      byte [r11 + A_FLAGS], ACT_FORGOT
.switch:                                ; the other one waits no more
    mov     rdi, [rsp + N_WAIT_ON]
    lea     rbx, [rdi + E_WAITERS]
    mov     [rbx], rbx
    mov     [rbx + 8], rbx
    mov     [rsp], rsp
    mov     [rsp + 8], rsp
    mov     byte [rdi + E_SHAPE], EVENT_IDLE
    and     qword [rsp + N_WAIT_ON], 0
    mov     word [rsp + N_STATE], STATE_READY | WAIT_NOTHING << 8
    mov     r8, [rdi + E_PENDING]
    and     r8, [rsp + N_MASK]
    xor     [rdi + E_PENDING], r8
    and     qword [abs CPU_WOKEN], 0    ; it runs
    mov     rbx, [abs CPU_TOP_BELOW]
    mov     [abs CPU_TOP], rbx
    sub     rsp, T_RECEIVER
    mov     [abs CPU_THREAD], rsp
    mov     [abs CPU_VECTOR_THREAD], rsp
    mov     [abs CPU_CURRENT], rsi
    inc     qword [abs CPU_SWITCHES]
    mov     qword [rsi + A_LINK], null_activation
    mov     byte [rsi + A_DEPTH], FAST_NESTED
    mov     rbx, [rsi + A_UTCB]
    mov     [rsi + A_LIVE], rbx
    mov     [abs CPU_USER_WORD], rbx
    mov     [rsi + A_CR3], rcx
    cmp     rcx, [r11 + A_CR3]
    je      .same
    mov     cr3, rcx
.same:
    xor     eax, eax                    ; it finds nothing of the caller's: see user_state_switch
    xor     edx, edx
    mov     ds, eax
    mov     es, eax
    mov     fs, eax
    mov     gs, eax
    wrfsbase rax
    wrgsbase rax
    or      eax, [abs fpu_clear_mask]
    js      not_signal.pointers
.clear:
    xrstor64 [abs fpu_initial]
    mov     rsp, [rsi + A_RSP]
    mov     rcx, [rsi + A_RIP]
    mov     eax, TAG_OK
    mov     rdx, r8
    xor     esi, esi
    xor     edi, edi
    xor     ebp, ebp
    xor     r8d, r8d
    xor     r9d, r9d
    xor     r10d, r10d
    xor     r12d, r12d
    xor     r13d, r13d
    xor     r14d, r14d
    xor     r15d, r15d
    TO_USER

; void event_switch(struct list *node)
align 16
event_switch:
    mov     rsp, rdi
    mov     rsi, [rsp + N_BASE]
    mov     rcx, [rsi + A_SPACE]
    mov     ebx, [abs CPU_NUMBER]
    mov     rcx, [rcx + S_ROOT + rbx * 8]
    mov     r11, [abs CPU_CURRENT]
    jmp     not_signal.switch

not_signal.pointers:
    fninit                              ; XRSTOR leaves FIP and FDP as they are: see overwrite_fp_pointers
    jmp     not_signal.clear

slow_event:
    xor     esi, esi
    mov     r11, [abs CPU_CURRENT]
    jmp     slow_record
event_fast_end:
