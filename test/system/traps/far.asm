; SPDX-License-Identifier: BSD-2-Clause
; Tables of instructions that are tried one by one, and far transfers to any selector. A far transfer that arrives
; notes where it is.
        default rel

global trap_vectors:data
global trap_registers:data
global trap_privileged:data
global trap_privileged_end:data
global trap_movss_int3:function
global trap_movss_int80:function
global trap_movss_icebp:function
global trap_movss_ud2:function
global trap_jump_far:function
global trap_call_far:function
global trap_return_far:function
global trap_iret_code:function
global trap_iret_stack:function
global trap_load_segment_ss:function
global trap_load_segment_ds:function
global trap_load_segment_es:function
global trap_load_segment_fs:function
global trap_load_segment_gs:function
global trap_load_ldt:function
global trap_segments_reset:function
global trap_selector:data
global trap_landed_cs:data
global trap_last_page:data
global trap_last_call:data

%define USER_CODE 0x23
%define USER_DATA 0x1b
%define FLAG_TF   0x100

        section .text.trap_far progbits alloc exec nowrite align=16
; int n; ret: four bytes each
trap_vectors:
        %assign i 0
        %rep 256
        db      0xcd, i, 0xc3, 0x90
        %assign i i + 1
        %endrep

; mov dr0-dr7, rax; mov rax, dr0-dr7; mov cr0-cr7, rax; mov rax, cr0-cr7: four bytes each
trap_registers:
        %assign i 0
        %rep 32
        db      0x0f, 0x23 - 2 * (i / 8 % 2) - i / 16, 0xc0 | (i % 8) << 3, 0xc3
        %assign i i + 1
        %endrep

%macro EIGHT 1+
%%start:
        %1
        ret
        times   8 - ($ - %%start) int3
%endmacro

        align   8
trap_privileged:
        EIGHT   hlt
        EIGHT   cli
        EIGHT   sti
        EIGHT   clts
        EIGHT   invd
        EIGHT   wbinvd
        EIGHT   lgdt [rsp]
        EIGHT   lidt [rsp]
        EIGHT   lldt ax
        EIGHT   ltr ax
        EIGHT   lmsw ax
        EIGHT   invlpg [rsp]
        EIGHT   swapgs
        EIGHT   rdmsr
        EIGHT   wrmsr
        EIGHT   in al, dx
        EIGHT   out dx, al
        EIGHT   o64 sysret
        EIGHT   o64 sysexit
        EIGHT   clac
        EIGHT   stac
        EIGHT   xsetbv
        EIGHT   monitor
        EIGHT   vmcall
        EIGHT   rsm
trap_privileged_end:

; A debug exception that the stack segment holds back, and the kernel's door right behind it.
%macro MOVSS 2+
%1:
        mov     ecx, ss
        pushfq
        or      qword [rsp], FLAG_TF
        popfq
        mov     ss, ecx
        %2
        ret
%endmacro
        MOVSS   trap_movss_int3, int3
        MOVSS   trap_movss_int80, int 0x80
        MOVSS   trap_movss_icebp, db 0xf1
        MOVSS   trap_movss_ud2, ud2

trap_jump_far:
        mov     [stack], rsp
        jmp     dword far [pointer]

trap_call_far:
        mov     [stack], rsp
        call    dword far [pointer]

trap_return_far:
        mov     [stack], rsp
        movzx   eax, word [trap_selector]
        push    rax
        push    landed
        o64 retf

trap_iret_code:
        mov     [stack], rsp
        movzx   eax, word [trap_selector]
        push    USER_DATA
        push    qword [stack]
        pushfq
        push    rax
        push    landed
        iretq

trap_iret_stack:
        mov     [stack], rsp
        movzx   eax, word [trap_selector]
        push    rax
        push    qword [stack]
        pushfq
        push    USER_CODE
        push    landed
        iretq

landed:
        mov     eax, cs
        mov     [trap_landed_cs], rax
        mov     rsp, [stack]
        ret

%macro LOAD 1
trap_load_segment_%1:
        mov     %1, [trap_selector]
        mov     qword [trap_landed_cs], USER_CODE
        ret
%endmacro
        LOAD    ss
        LOAD    ds
        LOAD    es
        LOAD    fs
        LOAD    gs

trap_load_ldt:
        lldt    [trap_selector]
        ret

trap_segments_reset:
        xor     eax, eax
        mov     ds, eax
        mov     es, eax
        mov     fs, eax
        mov     gs, eax
        mov     eax, USER_DATA
        mov     ss, eax
        ret

; A page whose last two bytes are a system call, with the tag and the handle of trap_last_call.
        align   4096
trap_last_page:
        times   4096 - 18 nop
        mov     rax, [abs trap_last_call]
        mov     rdi, [abs trap_last_call + 8]
        syscall

        section .data.trap_far progbits alloc noexec write align=8
pointer:
        dd      landed
trap_selector:
        dw      0
        align   8
trap_last_call:
        dq      0, 0
trap_landed_cs:
        dq      0
stack:
        dq      0

        section .note.GNU-stack noalloc noexec nowrite progbits
