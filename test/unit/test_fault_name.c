// SPDX-License-Identifier: BSD-2-Clause
// sources: roottask/fault_name.c roottask/fault_decode.c libl4/src/slice.c
// Names of faults: kind, address and instruction, from the words of an exception message and the program's
// bytes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <l4/abi/errors.h>
#include <l4/program.h>

#include "roottask/fault_name.h"

#define TEXT 0x401000ull
#define HOLE 0x0000800000000000ull

static struct fault fault;
static struct fault_name name;

static int setup(void **state)
{
    (void)state;
    memset(&fault, 0, sizeof(fault));
    fault.ip = TEXT;
    fault.sp = 0x61000000fff0;
    fault.ip_region = L4_REGION_TEXT;
    return 0;
}

static void page(uint64_t address, uint64_t code, enum l4_region_kind region, uint64_t reason,
                 const char *kind)
{
    fault.vector = 14;
    fault.address = address;
    fault.error_code = code;
    fault.region = region;
    fault.reason = reason;
    fault_name(&fault, &name);
    assert_string_equal(name.kind, kind);
    assert_int_equal(name.address, address);
}

static void instruction(const char *bytes, size_t count, const char *kind, uint64_t address)
{
    fault.vector = 13;
    memcpy(fault.code.byte, bytes, count);
    fault.code.count = (unsigned)count;
    fault_name(&fault, &name);
    assert_string_equal(name.kind, kind);
    assert_int_equal(name.address, address);
    assert_int_equal(name.ip, fault.ip);
}
#define INSTRUCTION(bytes, kind, address) instruction(bytes, sizeof(bytes) - 1, kind, address)

static void test_page_faults(void **state)
{
    (void)state;
    page(0, 4, L4_REGION_NONE, L4_ERR_RANGE, "null");
    page(0xffff, 6, L4_REGION_NONE, L4_ERR_RANGE, "null");
    page(0x10000, 6, L4_REGION_STARTUP, L4_ERR_RIGHTS, "page-write");
    page(0xffffffff80100000, 5, L4_REGION_NONE, L4_ERR_RANGE, "kernel-read");
    page(0xffffffff80100000, 7, L4_REGION_NONE, L4_ERR_RANGE, "kernel-write");
    page(0xffff800000000000, 21, L4_REGION_NONE, L4_ERR_RANGE, "kernel-exec");
    page(0x00007ffffffff000, 4, L4_REGION_NONE, L4_ERR_RANGE, "kernel-read");
    page(TEXT, 7, L4_REGION_TEXT, L4_ERR_RIGHTS, "text-write");
    page(TEXT, 7, L4_REGION_RODATA, L4_ERR_RIGHTS, "rodata-write");
    page(0x610000000000, 6, L4_REGION_GUARD, L4_ERR_LIMIT, "stack-overflow");
    page(0x610000008000, 6, L4_REGION_STACK, L4_ERR_LIMIT, "stack-overflow");
    page(0x610000008000, 6, L4_REGION_STACK, L4_ERR_QUOTA, "out-of-memory");
    page(0x5000000, 4, L4_REGION_NONE, L4_ERR_RANGE, "page-read");
    page(0x5000000, 6, L4_REGION_NONE, L4_ERR_RANGE, "page-write");
    page(0x5000000, 20, L4_REGION_NONE, L4_ERR_RANGE, "page-exec");
    page(0x600000, 21, L4_REGION_DATA, L4_ERR_RIGHTS, "exec-data");
}

static void test_exec_stack_names_the_call(void **state)
{
    (void)state;
    fault.ip = 0x61000000ff00;
    fault.ip_region = L4_REGION_STACK;
    fault.back = TEXT + 0x22;
    fault.back_region = L4_REGION_TEXT;
    fault.before.count = FAULT_CODE;
    memcpy(fault.before.byte + FAULT_CODE - 2, "\xff\xd0", 2);
    page(fault.ip, 21, L4_REGION_STACK, L4_ERR_RIGHTS, "exec-stack");
    assert_int_equal(name.ip, TEXT + 0x20);
    memcpy(fault.before.byte + FAULT_CODE - 3, "\x41\xff\xd3", 3);
    fault_name(&fault, &name);
    assert_int_equal(name.ip, TEXT + 0x1f);
    memset(fault.before.byte, 0, FAULT_CODE);
    fault_name(&fault, &name);
    assert_int_equal(name.ip, TEXT + 0x21);
    memcpy(fault.before.byte + FAULT_CODE - 5, "\xe8\0\0\0\0", 5);
    fault_name(&fault, &name);
    assert_int_equal(name.ip, TEXT + 0x1d);
    fault.before.count = 3;
    fault_name(&fault, &name);
    assert_int_equal(name.ip, TEXT + 0x21);
    fault.back_region = L4_REGION_STACK; // nothing known: the place itself
    fault_name(&fault, &name);
    assert_int_equal(name.ip, fault.ip);
}

static void test_instructions(void **state)
{
    (void)state;
    INSTRUCTION("\xfa", "cli", 0);
    INSTRUCTION("\xfb", "sti", 0);
    INSTRUCTION("\xf4", "hlt", 0);
    INSTRUCTION("\xe4\x64", "in-port", 0x64);
    INSTRUCTION("\xe6\x80", "out-port", 0x80);
    fault.registers[L4_REG_RDX] = 0xffff000003f8;
    INSTRUCTION("\xec", "in-port", 0x3f8);
    INSTRUCTION("\x66\xed", "in-port", 0x3f8);
    INSTRUCTION("\xf3\x6c", "in-port", 0x3f8);
    INSTRUCTION("\xee", "out-port", 0x3f8);
    INSTRUCTION("\xf3\x6e", "out-port", 0x3f8);
    INSTRUCTION("\x0f\x22\xd8", "privileged-instruction", 0);
    INSTRUCTION("\x0f\x30", "privileged-instruction", 0);
    INSTRUCTION("\x0f\x10", "general-protection", 0);
    INSTRUCTION("\x48\x8b\x00", "general-protection", 0);
    INSTRUCTION("", "general-protection", 0);
    INSTRUCTION("\x66", "general-protection", 0);
    INSTRUCTION("\x48", "general-protection", 0);
    INSTRUCTION("\x0f", "privileged-instruction", 0); // cut short: 0f 00
}

static void test_noncanonical_jump(void **state)
{
    (void)state;
    fault.registers[L4_REG_RAX] = HOLE;
    fault.registers[L4_REG_R11] = HOLE + 5;
    fault.registers[L4_REG_RCX] = TEXT;
    INSTRUCTION("\xff\xe0", "noncanonical-jump", HOLE);         // jmp *%rax
    INSTRUCTION("\xff\xd0", "noncanonical-jump", HOLE);         // call *%rax
    INSTRUCTION("\x41\xff\xd3", "noncanonical-jump", HOLE + 5); // call *%r11
    INSTRUCTION("\xff\xd1", "general-protection", 0);           // call *%rcx: that is canonical
    INSTRUCTION("\xff\x10", "general-protection", 0);           // call *(%rax): the operand is at fault
    INSTRUCTION("\xff\xf0", "general-protection", 0);           // push %rax
    fault.back = HOLE;
    INSTRUCTION("\xc3", "noncanonical-jump", HOLE);

    fault.ip = HOLE + 16; // reported at the target
    fault.ip_region = L4_REGION_NONE;
    fault.back = TEXT + 2;
    fault.back_region = L4_REGION_TEXT;
    fault.before.count = FAULT_CODE;
    memcpy(fault.before.byte + FAULT_CODE - 2, "\xff\xd0", 2);
    fault_name(&fault, &name);
    assert_string_equal(name.kind, "noncanonical-jump");
    assert_int_equal(name.address, HOLE + 16);
    assert_int_equal(name.ip, TEXT);
}

static void test_abort(void **state)
{
    (void)state;
    fault.vector = 6;
    fault_name(&fault, &name);
    assert_string_equal(name.kind, "invalid-opcode");
    fault.registers[L4_REG_RAX] = L4_ABORT_MAGIC;
    fault_name(&fault, &name);
    assert_string_equal(name.kind, "abort");
    memcpy(&fault.registers[L4_REG_RDX], "other-sp", 8);
    memcpy(&fault.registers[L4_REG_R8], "ace-cap\0", 8);
    fault_name(&fault, &name);
    assert_string_equal(name.kind, "other-space-cap");
    memcpy(&fault.registers[L4_REG_R8], "xxxxxxxx", 8);
    memcpy(&fault.registers[L4_REG_R9], "yyyyyyyy", 8);
    fault_name(&fault, &name);
    assert_string_equal(name.kind, "other-spxxxxxxxxyyyyyyyy");
    memcpy(&fault.registers[L4_REG_R8], "a\nFAULT:", 8);
    fault_name(&fault, &name);
    assert_string_equal(name.kind, "other-spa");
    memset(&fault.registers[L4_REG_RDX], 0xff, 8);
    fault_name(&fault, &name);
    assert_string_equal(name.kind, "abort");
}

static void test_vectors(void **state)
{
    (void)state;
    fault.vector = 0;
    fault_name(&fault, &name);
    assert_string_equal(name.kind, "divide-error");
    fault.vector = 9;
    fault_name(&fault, &name);
    assert_string_equal(name.kind, "exception");
    fault.vector = UINT64_MAX;
    fault_name(&fault, &name);
    assert_string_equal(name.kind, "exception");
    assert_int_equal(name.ip, TEXT);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_page_faults, setup),
        cmocka_unit_test_setup(test_exec_stack_names_the_call, setup),
        cmocka_unit_test_setup(test_instructions, setup),
        cmocka_unit_test_setup(test_noncanonical_jump, setup),
        cmocka_unit_test_setup(test_abort, setup),
        cmocka_unit_test_setup(test_vectors, setup),
    };

    (void)argc;
    (void)argv;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
