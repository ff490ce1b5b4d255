; SPDX-License-Identifier: BSD-2-Clause
; 32-bit code for a machine that cannot run the kernel: what is missing, said on COM1 and on the VGA text screen, then
; the emulator's exit where the argument debug-exit= names its port, else a halt. Needs a stack, flat segments and the
; two words start32.asm stored; nothing here returns.

%include "offsets.inc"

%define PHYS(symbol) ((symbol) - KERNEL_BASE)

MB2_LOADED  equ 0x36d76289
STATUS_PANIC equ 120
STATUS_UNSUPPORTED equ 123

COM1        equ 0x3f8
LSR         equ COM1 + 5
LSR_THRE    equ 0x20
SPINS       equ 100000                  ; bound of the wait for the transmitter

VGA_TEXT    equ 0xb8000
VGA_CELLS   equ 80
VGA_WHITE   equ 0x0f00

global early_panic32
global early_refuse32

extern boot_magic
extern boot_loader_info
extern boot_stack_top

section .init.text progbits alloc exec nowrite align=16
bits 32

; esi = what is missing
early_refuse32:
    mov     ebp, STATUS_UNSUPPORTED
    mov     edi, PHYS(text_unsupported)
    jmp     report

; esi = reason
early_panic32:
    mov     ebp, STATUS_PANIC
    mov     edi, PHYS(text_panic)

; edi = first half of the line, esi = second half, ebp = status
report:
    mov     esp, PHYS(boot_stack_top)
    push    esi
    push    edi
    call    serial_on
    mov     ebx, VGA_TEXT
    pop     esi
    call    put_text
    pop     esi
    call    put_text
    mov     al, 10
    call    put_serial
    call    blank_line
    mov     esi, PHYS(text_debug_exit)
    call    find_argument
    jc      .halt
    call    parse_number                ; edx = port
    test    edx, edx
    jz      .halt
    mov     eax, ebp
    out     dx, al
.halt:
    cli
    hlt
    jmp     .halt

; Text at esi to both devices; ebx = next VGA cell.
put_text:
    lodsb
    test    al, al
    jz      .done
    call    put_serial
    movzx   ax, al
    or      ax, VGA_WHITE
    mov     [ebx], ax
    add     ebx, 2
    jmp     put_text
.done:
    ret

; The rest of the screen's first line.
blank_line:
    cmp     ebx, VGA_TEXT + 2 * VGA_CELLS
    jae     .done
    mov     word [ebx], VGA_WHITE | ' '
    add     ebx, 2
    jmp     blank_line
.done:
    ret

; Sets COM1 up and [serial] = 1, unless the port is missing or the argument serial=off was given.
serial_on:
    mov     esi, PHYS(text_serial)
    call    find_argument
    jc      .wanted
    cmp     word [edi], "of"
    je      .done
.wanted:
    mov     edx, LSR
    in      al, dx
    cmp     al, 0xff                    ; nothing there
    je      .done
    mov     esi, PHYS(uart_settings)
.next:
    movzx   edx, word [esi]
    test    edx, edx
    jz      .ready
    mov     al, [esi + 2]
    out     dx, al
    add     esi, 3
    jmp     .next
.ready:
    mov     byte [PHYS(serial)], 1
.done:
    ret

; Byte in al to COM1; keeps all registers; gives up waiting after SPINS reads.
put_serial:
    cmp     byte [PHYS(serial)], 0
    je      .done
    pusha
    mov     ah, al
    mov     ecx, SPINS
    mov     edx, LSR
.wait:
    in      al, dx
    test    al, LSR_THRE
    loopz   .wait
    mov     edx, COM1
    mov     al, ah
    out     dx, al
    popa
.done:
    ret

; The command line in eax, 0 when there is none.
command_line:
    mov     ecx, [PHYS(boot_loader_info)]
    cmp     dword [PHYS(boot_magic)], MB2_LOADED
    je      .multiboot2
    xor     eax, eax
    cmp     dword [PHYS(boot_magic)], 0x336ec578
    jne     .done
    mov     eax, [ecx + 24]             ; hvm_start_info.cmdline_paddr
    ret
.multiboot2:
    mov     edx, ecx
    add     edx, [ecx]                  ; end of the tags
    add     ecx, 8
.tag:
    xor     eax, eax
    cmp     ecx, edx
    jae     .done
    cmp     dword [ecx], 0              ; tag 0: the last
    je      .done
    cmp     dword [ecx + 4], 8          ; a tag smaller than its head would not end
    jb      .done
    lea     eax, [ecx + 8]
    cmp     dword [ecx], 1              ; tag 1: command line
    je      .done
    mov     eax, [ecx + 4]
    add     eax, 7
    and     eax, ~7
    add     ecx, eax
    jmp     .tag
.done:
    ret

; Looks for the argument whose "name=" stands at esi: CF clear and edi = its value, else CF set.
find_argument:
    call    command_line
    mov     edi, eax
    test    eax, eax
    jz      .none
.word:
    mov     ecx, esi
    mov     edx, edi
.compare:
    mov     al, [ecx]
    test    al, al
    jz      .found                      ; all of the name matched
    cmp     al, [edx]
    jne     .skip
    inc     ecx
    inc     edx
    jmp     .compare
.skip:
    mov     al, [edi]
    test    al, al
    jz      .none
    inc     edi
    cmp     al, ' '
    jne     .skip
    jmp     .word
.found:
    mov     edi, edx
    clc
    ret
.none:
    stc
    ret

; Decimal or 0x hexadecimal number at edi in edx; ends at the first character that is no digit.
parse_number:
    xor     edx, edx
    mov     ecx, 10
    cmp     word [edi], "0x"
    jne     .digit
    mov     ecx, 16
    add     edi, 2
.digit:
    movzx   eax, byte [edi]
    inc     edi
    sub     eax, '0'
    cmp     eax, 10
    jb      .add
    or      eax, 0x20                   ; 'A'-'0' = 0x11, 'a'-'0' = 0x31
    sub     eax, 0x31 - 10
    cmp     eax, 10
    jb      .done
.add:
    cmp     eax, ecx
    jae     .done
    imul    edx, ecx
    add     edx, eax
    jmp     .digit
.done:
    ret

section .init.rodata progbits alloc noexec nowrite align=8

; port, value: 115200 baud, 8 data bits, no parity, 1 stop bit, no interrupts, FIFO on
uart_settings:
    dw      COM1 + 1
    db      0x00
    dw      COM1 + 3
    db      0x80
    dw      COM1 + 0
    db      0x01
    dw      COM1 + 1
    db      0x00
    dw      COM1 + 3
    db      0x03
    dw      COM1 + 2
    db      0x07
    dw      COM1 + 4
    db      0x03
    dw      0

text_unsupported: db "UNSUPPORTED: ", 0
text_panic:       db "PANIC: ", 0
text_debug_exit:  db "debug-exit=", 0
text_serial:      db "serial=", 0

section .init.bss nobits alloc noexec write align=4

serial:     resb 1
