// SPDX-License-Identifier: BSD-2-Clause
// Opcodes, after the opcode maps of the processor manuals. Prefixes, then a REX prefix, then one, two or
// three bytes of opcode, then ModRM where there is one; nothing behind that matters here. VEX and EVEX code
// is in no class.
#include "test/bench/plugin/opcode.h"

#include <stdbool.h>

struct bytes {
    const uint8_t *at, *end;
    bool lock, operand, rep, repne;
    uint8_t rex;
};

// What is behind the end reads as 0, which is the opcode of no class.
static uint8_t peek(const struct bytes *b)
{
    return b->at < b->end ? *b->at : 0;
}

static uint8_t next(struct bytes *b)
{
    uint8_t byte = peek(b);
    if (b->at < b->end)
        b->at++;
    return byte;
}

static bool legacy_prefix(struct bytes *b, uint8_t byte)
{
    switch (byte) {
    case 0xf0:
        b->lock = true;
        return true;
    case 0xf2:
        b->repne = true;
        return true;
    case 0xf3:
        b->rep = true;
        return true;
    case 0x66:
        b->operand = true;
        return true;
    case 0x26:
    case 0x2e:
    case 0x36:
    case 0x3e:
    case 0x64:
    case 0x65:
    case 0x67:
        return true;
    default:
        return false;
    }
}

// A REX prefix counts only right before the opcode.
static void prefixes(struct bytes *b)
{
    while (b->at < b->end) {
        uint8_t byte = peek(b);
        if ((byte & 0xf0) == 0x40)
            b->rex = byte;
        else if (legacy_prefix(b, byte))
            b->rex = 0;
        else
            return;
        b->at++;
    }
}

static bool has_modrm(const struct bytes *b)
{
    return b->at < b->end;
}

static unsigned field(const struct bytes *b)
{
    return peek(b) >> 3 & 7;
}

static bool of_memory(const struct bytes *b)
{
    return has_modrm(b) && peek(b) >> 6 != 3;
}

static uint32_t group_ff(const struct bytes *b)
{
    switch (field(b)) {
    case 2:
    case 3:
        return OPCODE_BIT(CALL);
    case 4:
    case 5:
        return OPCODE_BIT(JUMP);
    case 6:
        return OPCODE_BIT(PUSH);
    default:
        return 0;
    }
}

static bool is_string(uint8_t op)
{
    return (op >= 0x6c && op <= 0x6f) || (op >= 0xa4 && op <= 0xa7) || (op >= 0xaa && op <= 0xaf);
}

static uint32_t one_byte(const struct bytes *b, uint8_t op)
{
    if (is_string(op))
        return b->rep || b->repne ? OPCODE_BIT(REP) : 0;
    if (op >= 0x50 && op <= 0x5f)
        return op < 0x58 ? OPCODE_BIT(PUSH) : OPCODE_BIT(POP);
    switch (op) {
    case 0x68:
    case 0x6a:
    case 0x9c:
    case 0xc8:
        return OPCODE_BIT(PUSH);
    case 0x8f: // other values of the field begin XOP code
        return has_modrm(b) && field(b) == 0 ? OPCODE_BIT(POP) : 0;
    case 0x9d:
    case 0xc9:
        return OPCODE_BIT(POP);
    case 0x86:
    case 0x87:
        return of_memory(b) ? OPCODE_BIT(LOCK) : 0;
    case 0xc2:
    case 0xc3:
    case 0xca:
    case 0xcb:
        return OPCODE_BIT(RET);
    case 0xcf:
        return OPCODE_BIT(IRET);
    case 0xe8:
        return OPCODE_BIT(CALL);
    case 0xff:
        return group_ff(b);
    default:
        return 0;
    }
}

// 0f 01: the tables of the processor, and in the forms without memory a mixture.
static uint32_t group_01(const struct bytes *b)
{
    if (of_memory(b))
        return field(b) == 7 ? OPCODE_BIT(INVLPG) : 0;
    return peek(b) == 0xf8 ? OPCODE_BIT(SWAPGS) : 0;
}

// 0f ae: with a prefix, or without memory, these are FS and GS base, fences and cache lines.
static uint32_t group_ae(const struct bytes *b)
{
    if (!of_memory(b) || b->rep || b->repne || b->operand)
        return 0;
    switch (field(b)) {
    case 0:
    case 1:
        return OPCODE_BIT(FXSAVE);
    case 4:
    case 5:
    case 6:
        return OPCODE_BIT(XSAVE);
    default:
        return 0;
    }
}

static uint32_t two_bytes(struct bytes *b)
{
    switch (next(b)) {
    case 0x01:
        return group_01(b);
    case 0x05:
        return OPCODE_BIT(SYSCALL);
    case 0x07:
        return OPCODE_BIT(SYSRET);
    case 0x22: // ModRM names registers whatever its upper bits are; REX.R would make it CR11
        return field(b) == 3 && !(b->rex & 4) ? OPCODE_BIT(CR3) : 0;
    case 0x30:
        return OPCODE_BIT(WRMSR);
    case 0x38:
        return b->operand && next(b) == 0x82 ? OPCODE_BIT(INVLPG) : 0;
    case 0xa0:
    case 0xa8:
        return OPCODE_BIT(PUSH);
    case 0xa1:
    case 0xa9:
        return OPCODE_BIT(POP);
    case 0xae:
        return group_ae(b);
    case 0xc7: // XRSTORS, XSAVEC, XSAVES; CMPXCHG16B is /1
        return of_memory(b) && field(b) >= 3 && field(b) <= 5 ? OPCODE_BIT(XSAVE) : 0;
    default:
        return 0;
    }
}

uint32_t opcode_classes(const uint8_t *code, size_t size)
{
    struct bytes b = {.at = code, .end = code + size};
    prefixes(&b);
    uint32_t locked = b.lock ? OPCODE_BIT(LOCK) : 0;
    uint8_t op = next(&b);
    return locked | (op == 0x0f ? two_bytes(&b) : one_byte(&b, op));
}
