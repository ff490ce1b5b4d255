/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Panics on purpose, so that tests can see that a panic is reported and how it ends. Callers: boot, for the
 * argument panic-test=NAME, which is init code, and the power capability, which can ask for the recursion
 * only.
 */
#include "kernel/arch/trap.h"
#include "kernel/base/assert.h"
#include "kernel/base/compiler.h"
#include "kernel/base/log.h"
#include "kernel/base/string.h"

#define FRAME_BYTES 256

/* Eats the stack until the guard page stops it; the bytes written keep the compiler from making a loop of it.
 */
static NOINLINE int recurse(volatile int *outer, int depth)
{
    volatile int here[FRAME_BYTES / sizeof(int)];

    here[0] = depth + *outer;
    if (depth < 0)
        return *outer;
    return recurse(here, depth + 1) + here[0];
}

static INIT void test_assert(void)
{
    ASSERT(sizeof(int) == 0);
    PANIC("assertions are not compiled in");
}

static INIT void test_null(void)
{
    volatile int *volatile nowhere = NULL;

    *nowhere = 1;
}

void panic_by_recursion(void)
{
    volatile int start = 0;

    recurse(&start, 0);
}

/* #GP: the address is not canonical, so there is no page to name. */
static INIT void test_gp(void)
{
    volatile int *volatile nowhere = (volatile int *)(uintptr_t)UINT64_C(0x8000000000000000);

    *nowhere = 1;
}

/* W^X: the kernel's text cannot be written, its data cannot be executed. */
static INIT void test_text_write(void)
{
    volatile uint8_t *volatile text = (volatile uint8_t *)(uintptr_t)panic;

    *text = 0;
}

static INIT void test_data_exec(void)
{
    static volatile uint8_t code = 0xc3;
    void (*volatile call)(void) = (void (*)(void))(uintptr_t)&code;

    call();
}

/* Called when it is no longer there. */
static INIT void test_init(void)
{
    PANIC("init code can still be executed");
}

static INIT_RODATA const struct {
    const char *name;
    panic_test_fn run;
    bool late; /* not at once, but when the boot is over */
} tests[] = {
    {"assert", test_assert, false},
    {"null", test_null, false},
    {"recursion", panic_by_recursion, false},
    {"gp", test_gp, false},
    {"text-write", test_text_write, false},
    {"data-exec", test_data_exec, false},
    {"init", test_init, true},
};

static INIT_DATA panic_test_fn late_test;

INIT void panic_test(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
        if (strcmp(tests[i].name, name) != 0)
            continue;
        if (tests[i].late) {
            late_test = tests[i].run;
            return;
        }
        tests[i].run();
    }
    LOG(LOG_WARN, "boot: no panic test is called \"%s\"", name);
}

INIT panic_test_fn panic_test_late(void)
{
    return late_test;
}
