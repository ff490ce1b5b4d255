// SPDX-License-Identifier: BSD-2-Clause
// The instructions behind a general-protection fault. See fault_decode.h. Encodings: SDM vol. 2, chapter 2.
#include "roottask/fault_decode.h"

bool fault_canonical(uint64_t address)
{
    return address < 1ull << 47 || address >= ~0ull << 47;
}

static bool prefix(uint8_t byte)
{
    static const uint8_t prefixes[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3};

    for (unsigned i = 0; i < sizeof(prefixes); i++)
        if (byte == prefixes[i])
            return true;
    return false;
}

// Register number of the processor -> of the exception message.
static uint64_t register_value(const struct fault *fault, unsigned number)
{
    static const uint8_t order[16] = {L4_REG_RAX, L4_REG_RCX, L4_REG_RDX, L4_REG_RBX, L4_REG_RSP, L4_REG_RBP,
                                      L4_REG_RSI, L4_REG_RDI, L4_REG_R8,  L4_REG_R9,  L4_REG_R10, L4_REG_R11,
                                      L4_REG_R12, L4_REG_R13, L4_REG_R14, L4_REG_R15};

    return fault->registers[order[number & 15]];
}

static uint64_t code_byte(const struct fault *fault, unsigned at)
{
    return at < fault->code.count ? fault->code.byte[at] : 0;
}

static void decode_indirect(const struct fault *fault, unsigned at, unsigned rex, struct decoded *decoded)
{
    unsigned modrm = (unsigned)code_byte(fault, at);
    unsigned what = modrm >> 3 & 7;

    // FF /2 call and FF /4 jmp, register form; through memory the fault may be the operand's.
    if ((what != 2 && what != 4) || modrm >> 6 != 3)
        return;
    decoded->kind = DECODED_JUMP;
    decoded->operand = register_value(fault, (modrm & 7) | (rex & 1) << 3);
}

static void decode_two_byte(uint64_t opcode, struct decoded *decoded)
{
    // 0F 00/01 tables, 06 clts, 08 invd, 09 wbinvd, 20-23 control and debug registers, 30 wrmsr, 32 rdmsr,
    // 33 rdpmc
    static const uint8_t privileged[] = {0x00, 0x01, 0x06, 0x08, 0x09, 0x20,
                                         0x21, 0x22, 0x23, 0x30, 0x32, 0x33};

    for (unsigned i = 0; i < sizeof(privileged); i++)
        if (opcode == privileged[i])
            decoded->kind = DECODED_PRIVILEGED;
}

static void decode_port(enum decoded_kind kind, uint64_t port, struct decoded *decoded)
{
    decoded->kind = kind;
    decoded->operand = port;
}

static void decode_one_byte(const struct fault *fault, unsigned at, unsigned rex, struct decoded *decoded)
{
    uint64_t opcode = code_byte(fault, at);
    uint64_t dx = fault->registers[L4_REG_RDX] & 0xffff;

    if (opcode == 0xfa)
        decoded->kind = DECODED_CLI;
    else if (opcode == 0xfb)
        decoded->kind = DECODED_STI;
    else if (opcode == 0xf4)
        decoded->kind = DECODED_HLT;
    else if (opcode == 0xe4 || opcode == 0xe5)
        decode_port(DECODED_IN, code_byte(fault, at + 1), decoded);
    else if (opcode == 0xec || opcode == 0xed || opcode == 0x6c || opcode == 0x6d)
        decode_port(DECODED_IN, dx, decoded);
    else if (opcode == 0xe6 || opcode == 0xe7)
        decode_port(DECODED_OUT, code_byte(fault, at + 1), decoded);
    else if (opcode == 0xee || opcode == 0xef || opcode == 0x6e || opcode == 0x6f)
        decode_port(DECODED_OUT, dx, decoded);
    else if (opcode == 0xc3 || opcode == 0xc2)
        decode_port(DECODED_JUMP, fault->back, decoded);
    else if (opcode == 0xff)
        decode_indirect(fault, at + 1, rex, decoded);
    else if (opcode == 0x0f)
        decode_two_byte(code_byte(fault, at + 1), decoded);
}

void fault_decode(const struct fault *fault, struct decoded *decoded)
{
    unsigned at = 0, rex = 0;

    *decoded = (struct decoded){.kind = DECODED_OTHER};
    while (at < fault->code.count && prefix(fault->code.byte[at]))
        at++;
    if (at < fault->code.count && fault->code.byte[at] >> 4 == 4)
        rex = fault->code.byte[at++];
    if (at < fault->code.count)
        decode_one_byte(fault, at, rex, decoded);
}

uint64_t fault_call_before(const struct fault *fault)
{
    const uint8_t *end = fault->before.byte + FAULT_CODE;

    if (fault->before.count != FAULT_CODE)
        return fault->back - 1;
    if (end[-2] == 0xff && (end[-1] & 0xf8) == 0xd0) // call *%reg
        return fault->back - (end[-3] == 0x41 ? 3 : 2);
    if (end[-5] == 0xe8) // call near
        return fault->back - 5;
    if (end[-6] == 0xff && end[-5] == 0x15) // call *disp(%rip)
        return fault->back - 6;
    return fault->back - 1;
}
