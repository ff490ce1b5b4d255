// SPDX-License-Identifier: BSD-2-Clause
// sources: test/bench/plugin/opcode.c
// Instructions of which the plugin counts some, by their bytes as assemblers write them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test/bench/plugin/opcode.h"

struct sample {
    const char *text;
    uint32_t classes;
    uint8_t size;
    uint8_t code[15];
};
#define BYTES(...)                    \
    sizeof((uint8_t[]){__VA_ARGS__}), \
    {                                 \
        __VA_ARGS__                   \
    }
#define IS(text, class, ...)                        \
    {                                               \
        text, OPCODE_BIT(class), BYTES(__VA_ARGS__) \
    }
#define NO(text, ...)               \
    {                               \
        text, 0, BYTES(__VA_ARGS__) \
    }

static void check(const struct sample *samples, size_t count)
{
    for (size_t n = 0; n < count; n++) {
        uint32_t got = opcode_classes(samples[n].code, samples[n].size);
        if (got != samples[n].classes)
            fail_msg("%s: 0x%x != 0x%x", samples[n].text, got, samples[n].classes);
    }
}
#define CHECK(samples) check(samples, sizeof(samples) / sizeof((samples)[0]))

static void system_instructions(void **state)
{
    static const struct sample samples[] = {
        IS("syscall", SYSCALL, 0x0f, 0x05),
        IS("sysretq", SYSRET, 0x48, 0x0f, 0x07),
        IS("sysretl", SYSRET, 0x0f, 0x07),
        IS("mov cr3, rax", CR3, 0x0f, 0x22, 0xd8),
        IS("mov cr3, r11", CR3, 0x41, 0x0f, 0x22, 0xdb),
        NO("mov cr4, rax", 0x0f, 0x22, 0xe0),
        NO("mov cr0, rax", 0x0f, 0x22, 0xc0),
        NO("mov cr8, rax", 0x44, 0x0f, 0x22, 0xc0),
        NO("mov rax, cr3", 0x0f, 0x20, 0xd8),
        IS("wrmsr", WRMSR, 0x0f, 0x30),
        NO("rdmsr", 0x0f, 0x32),
        NO("rdtsc", 0x0f, 0x31),
        IS("swapgs", SWAPGS, 0x0f, 0x01, 0xf8),
        NO("rdtscp", 0x0f, 0x01, 0xf9),
        NO("lgdt [rax]", 0x0f, 0x01, 0x10),
        IS("invlpg [rax]", INVLPG, 0x0f, 0x01, 0x38),
        IS("invpcid rax, [rcx]", INVLPG, 0x66, 0x0f, 0x38, 0x82, 0x01),
        NO("crc32 eax, byte [rcx]", 0xf2, 0x0f, 0x38, 0xf0, 0x01),
        IS("iretq", IRET, 0x48, 0xcf),
        IS("iretd", IRET, 0xcf),
    };
    (void)state;
    CHECK(samples);
}

static void vector_state(void **state)
{
    static const struct sample samples[] = {
        IS("fxsave [rdi]", FXSAVE, 0x0f, 0xae, 0x07),
        IS("fxsave64 [rdi]", FXSAVE, 0x48, 0x0f, 0xae, 0x07),
        IS("fxrstor64 [rdi]", FXSAVE, 0x48, 0x0f, 0xae, 0x0f),
        IS("xsave [rdi]", XSAVE, 0x0f, 0xae, 0x27),
        IS("xsave64 [rdi]", XSAVE, 0x48, 0x0f, 0xae, 0x27),
        IS("xrstor64 [rdi]", XSAVE, 0x48, 0x0f, 0xae, 0x2f),
        IS("xsaveopt64 [rdi]", XSAVE, 0x48, 0x0f, 0xae, 0x37),
        IS("xsavec64 [rdi]", XSAVE, 0x48, 0x0f, 0xc7, 0x27),
        IS("xsaves64 [rdi]", XSAVE, 0x48, 0x0f, 0xc7, 0x2f),
        IS("xrstors64 [rdi]", XSAVE, 0x48, 0x0f, 0xc7, 0x1f),
        NO("ldmxcsr [rdi]", 0x0f, 0xae, 0x17),
        NO("stmxcsr [rdi]", 0x0f, 0xae, 0x1f),
        NO("lfence", 0x0f, 0xae, 0xe8),
        NO("mfence", 0x0f, 0xae, 0xf0),
        NO("clflush [rdi]", 0x0f, 0xae, 0x3f),
        NO("clwb [rdi]", 0x66, 0x0f, 0xae, 0x37),
        NO("rdfsbase rax", 0xf3, 0x48, 0x0f, 0xae, 0xc0),
        NO("wrfsbase rdi", 0xf3, 0x48, 0x0f, 0xae, 0xd7),
        NO("wrgsbase rdi", 0xf3, 0x48, 0x0f, 0xae, 0xdf),
        NO("rdrand rax", 0x48, 0x0f, 0xc7, 0xf0),
        NO("cmpxchg16b [rdi]", 0x48, 0x0f, 0xc7, 0x0f),
    };
    (void)state;
    CHECK(samples);
}

static void atomic_instructions(void **state)
{
    static const struct sample samples[] = {
        IS("lock inc dword [rdi]", LOCK, 0xf0, 0xff, 0x07),
        IS("lock cmpxchg [rdi], rcx", LOCK, 0xf0, 0x48, 0x0f, 0xb1, 0x0f),
        IS("lock cmpxchg16b [rdi]", LOCK, 0xf0, 0x48, 0x0f, 0xc7, 0x0f),
        IS("gs lock xadd [rdi], eax", LOCK, 0x65, 0xf0, 0x0f, 0xc1, 0x07),
        IS("lock or dword [rsp], 0", LOCK, 0xf0, 0x83, 0x0c, 0x24, 0x00),
        IS("xchg [rdi], rax", LOCK, 0x48, 0x87, 0x07),
        IS("xchg [rdi + 8], al", LOCK, 0x86, 0x47, 0x08),
        NO("xchg rdi, rcx", 0x48, 0x87, 0xcf),
        NO("xchg cl, dl", 0x86, 0xca),
        NO("xchg rax, rcx", 0x48, 0x91),
        NO("inc dword [rdi]", 0xff, 0x07),
        NO("cmpxchg [rdi], rcx", 0x48, 0x0f, 0xb1, 0x0f),
    };
    (void)state;
    CHECK(samples);
}

static void jumps_and_returns(void **state)
{
    static const struct sample samples[] = {
        IS("call near", CALL, 0xe8, 0x00, 0x01, 0x00, 0x00),
        IS("call rax", CALL, 0xff, 0xd0),
        IS("call r11", CALL, 0x41, 0xff, 0xd3),
        IS("call [rax + 8]", CALL, 0xff, 0x50, 0x08),
        IS("call far [rax]", CALL, 0x48, 0xff, 0x18),
        IS("ret", RET, 0xc3),
        IS("rep ret", RET, 0xf3, 0xc3),
        IS("ret 8", RET, 0xc2, 0x08, 0x00),
        IS("retf", RET, 0x48, 0xcb),
        IS("retf 8", RET, 0xca, 0x08, 0x00),
        IS("jmp rax", JUMP, 0xff, 0xe0),
        IS("notrack jmp rax", JUMP, 0x3e, 0xff, 0xe0),
        IS("jmp [rax*8 + table]", JUMP, 0xff, 0x24, 0xc5, 0x00, 0x00, 0x00, 0x80),
        IS("jmp far [rax]", JUMP, 0xff, 0x28),
        NO("jmp near", 0xe9, 0x00, 0x01, 0x00, 0x00),
        NO("jmp short", 0xeb, 0xfe),
        NO("jne short", 0x75, 0x02),
        NO("jne near", 0x0f, 0x85, 0x00, 0x01, 0x00, 0x00),
        NO("dec rax", 0x48, 0xff, 0xc8),
    };
    (void)state;
    CHECK(samples);
}

static void stack_instructions(void **state)
{
    static const struct sample samples[] = {
        IS("push rax", PUSH, 0x50),
        IS("push r15", PUSH, 0x41, 0x57),
        IS("push 8", PUSH, 0x6a, 0x08),
        IS("push 0x1000", PUSH, 0x68, 0x00, 0x10, 0x00, 0x00),
        IS("push qword [rdi]", PUSH, 0xff, 0x37),
        IS("pushfq", PUSH, 0x9c),
        IS("push fs", PUSH, 0x0f, 0xa0),
        IS("push gs", PUSH, 0x0f, 0xa8),
        IS("enter 16, 0", PUSH, 0xc8, 0x10, 0x00, 0x00),
        IS("pop rdi", POP, 0x5f),
        IS("pop r12", POP, 0x41, 0x5c),
        IS("pop qword [rdi]", POP, 0x8f, 0x07),
        IS("popfq", POP, 0x9d),
        IS("pop fs", POP, 0x0f, 0xa1),
        IS("pop gs", POP, 0x0f, 0xa9),
        IS("leave", POP, 0xc9),
        NO("mov [rsp - 8], rax", 0x48, 0x89, 0x44, 0x24, 0xf8),
        NO("vprotb, XOP", 0x8f, 0xe8, 0x78, 0xc0, 0xc1, 0x01),
    };
    (void)state;
    CHECK(samples);
}

static void repeated_instructions(void **state)
{
    static const struct sample samples[] = {
        IS("rep movsq", REP, 0xf3, 0x48, 0xa5),
        IS("rep movsb", REP, 0xf3, 0xa4),
        IS("rep stosq", REP, 0xf3, 0x48, 0xab),
        IS("repe cmpsb", REP, 0xf3, 0xa6),
        IS("repne scasb", REP, 0xf2, 0xae),
        IS("rep outsb", REP, 0xf3, 0x6e),
        NO("movsq", 0x48, 0xa5),
        NO("stosb", 0xaa),
        NO("test eax, 1", 0xa9, 0x01, 0x00, 0x00, 0x00),
        NO("pause", 0xf3, 0x90),
        NO("endbr64", 0xf3, 0x0f, 0x1e, 0xfa),
        NO("popcnt eax, ecx", 0xf3, 0x0f, 0xb8, 0xc1),
    };
    (void)state;
    CHECK(samples);
}

// Bytes that look like an opcode but are an operand, another map, or not there.
static void other_bytes(void **state)
{
    static const struct sample samples[] = {
        NO("nop", 0x90),
        NO("mov rax, 0x0f05", 0x48, 0xc7, 0xc0, 0x05, 0x0f, 0x00, 0x00),
        NO("mov [rdi], rax", 0x48, 0x89, 0x07),
        NO("vzeroupper", 0xc5, 0xf8, 0x77),
        NO("vmovups [rdi], ymm0", 0xc5, 0xfc, 0x11, 0x07),
        NO("vmovdqu64 [rdi], zmm0", 0x62, 0xf1, 0xfe, 0x48, 0x7f, 0x07),
        NO("nothing but prefixes", 0x66, 0x48),
        NO("0f alone", 0x0f),
        NO("group without ModRM", 0x0f, 0xae),
        NO("xchg without ModRM", 0x48, 0x87),
        NO("a string instruction's second byte", 0x0f, 0xa5, 0xc1),
        IS("a REX prefix before another prefix does not count", CR3, 0x44, 0x66, 0x0f, 0x22, 0xd8),
    };
    (void)state;
    CHECK(samples);
    assert_int_equal(opcode_classes(samples[0].code, 0), 0);
}

static void several_at_once(void **state)
{
    static const uint8_t code[] = {0xf0, 0x48, 0x87, 0x07};                 // lock xchg [rdi], rax
    static const uint8_t both[] = {0xf0, 0xff, 0x30};                       // lock push [rax]: not valid
    static const uint8_t prefixed[] = {0x2e, 0x67, 0x66, 0xf3, 0x48, 0xa5}; // all that can stand before it
    (void)state;
    assert_int_equal(opcode_classes(code, sizeof(code)), OPCODE_BIT(LOCK));
    assert_int_equal(opcode_classes(both, sizeof(both)), OPCODE_BIT(LOCK) | OPCODE_BIT(PUSH));
    assert_int_equal(opcode_classes(prefixed, sizeof(prefixed)), OPCODE_BIT(REP));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(system_instructions), cmocka_unit_test(vector_state),
        cmocka_unit_test(atomic_instructions), cmocka_unit_test(jumps_and_returns),
        cmocka_unit_test(stack_instructions),  cmocka_unit_test(repeated_instructions),
        cmocka_unit_test(other_bytes),         cmocka_unit_test(several_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
