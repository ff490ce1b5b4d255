// SPDX-License-Identifier: BSD-2-Clause
// What the pager refuses, and with which reason, and what it does not: every kind of region with every
// access.
#include <l4/ipc.h>
#include <l4/pager.h>
#include <l4/probe.h>
#include <l4/program.h>
#include <l4/tap.h>
#include <l4/abi/item.h>
#include <l4/abi/utcb.h>
#include <l4/proto/layout.h>

#define PAGE_FAULT 14

static const char text[] = "read-only data";
static char data[3 * 4096] = "written data";

static void allowed(struct probe probe, const char *what)
{
    tap_ok(!probe.faulted, "%s is possible", what);
    if (probe.faulted)
        tap_note("vector %lu at 0x%lx, reason %lu", probe.vector, probe.address, probe.reason);
}

static void refused(struct probe probe, uint64_t address, int reason, const char *what)
{
    tap_ok(probe.faulted && probe.vector == PAGE_FAULT, "%s faults", what);
    if (!probe.faulted)
        return;
    tap_ok(probe.address == address, "%s: address", what);
    tap_error((int)probe.reason, reason, what);
}

static void check_program(void)
{
    uint64_t code = (uint64_t)(uintptr_t)main;
    uint64_t constant = (uint64_t)(uintptr_t)text;
    uint64_t variable = (uint64_t)(uintptr_t)data + 4096;
    allowed(probe_read(code), "reading text");
    refused(probe_write(code, 0), code, L4_ERR_RIGHTS, "writing text");
    allowed(probe_read(constant), "reading constants");
    refused(probe_write(constant, 0), constant, L4_ERR_RIGHTS, "writing constants");
    refused(probe_execute(constant), constant, L4_ERR_RIGHTS, "executing constants");
    allowed(probe_write(variable, 0xc3), "writing data");
    refused(probe_execute(variable), variable, L4_ERR_RIGHTS, "executing data");
    allowed(probe_read(L4_STARTUP_ADDR), "reading the start-up block");
    refused(probe_write(L4_STARTUP_ADDR, 0), L4_STARTUP_ADDR, L4_ERR_RIGHTS, "writing the start-up block");
}

static void check_nothing_there(void)
{
    static const uint64_t nowhere[] = {0,
                                       1,
                                       4095,
                                       L4_STARTUP_ADDR - 1,
                                       L4_STARTUP_ADDR + 4096,
                                       L4_PROGRAM_END,
                                       L4_ANON_BASE,
                                       L4_ANON_END - 1,
                                       L4_ARCHIVE_BASE,
                                       L4_WINDOW_BASE,
                                       0x7ffffffee000,
                                       L4_UTCB_BASE + (uint64_t)L4_TASK_INDICES * L4_UTCB_SIZE,
                                       L4_STACK_BASE + (uint64_t)L4_TASK_INDICES * L4_STRIDE};
    for (unsigned i = 0; i < L4_ARRAY_SIZE(nowhere); i++) {
        refused(probe_read(nowhere[i]), nowhere[i], L4_ERR_RANGE, "reading where nothing is");
        refused(probe_write(nowhere[i], 1), nowhere[i], L4_ERR_RANGE, "writing where nothing is");
    }
    refused(probe_execute(0), 0, L4_ERR_RANGE, "executing at 0");
}

static void check_areas(void)
{
    uint64_t index = l4_utcb()->index;
    uint64_t own = L4_UTCB_BASE + index * L4_UTCB_SIZE;
    uint64_t guard = L4_STACK_BASE + index * L4_STRIDE;
    uint64_t stack = guard + L4_PAGE_SIZE;
    uint64_t unused = L4_TASK_INDICES - 1;
    allowed(probe_read(own), "reading the own UTCB");
    refused(probe_execute(own), own, L4_ERR_RIGHTS, "executing the own UTCB");
    allowed(probe_write(stack, 0xc3), "writing the lowest page of the own stack");
    refused(probe_execute(stack), stack, L4_ERR_RIGHTS, "executing the stack");
    refused(probe_write(stack - 1, 0), stack - 1, L4_ERR_LIMIT, "writing one byte below the stack");
    refused(probe_write(guard, 0), guard, L4_ERR_LIMIT, "writing the guard page");
    refused(probe_read(guard), guard, L4_ERR_LIMIT, "reading the guard page");
    uint64_t other = L4_UTCB_BASE + unused * L4_UTCB_SIZE;
    refused(probe_read(other), other, L4_ERR_RANGE, "reading a UTCB nobody has");
    uint64_t top = L4_STACK_BASE + (unused + 1) * L4_STRIDE - 8;
    refused(probe_write(top, 0), top, L4_ERR_RANGE, "writing a stack nobody has");
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    tap_error(probe_init(), L4_OK, "the program handles its own exceptions");
    check_program();
    check_nothing_there();
    check_areas();
    return tap_end();
}
