// SPDX-License-Identifier: BSD-2-Clause
// Every vector by int n, every debug and control register, privileged instructions, every kind of far
// transfer to every kind of selector: an exception message each, or a result at the same privilege. See
// far.asm.
#include "test/system/traps/traps.h"

#include <l4/probe.h>
#include <l4/tap.h>

extern const char trap_vectors[], trap_registers[], trap_privileged[], trap_privileged_end[];
extern volatile uint16_t trap_selector;
extern volatile uint64_t trap_landed_cs;
void trap_movss_int3(void), trap_movss_int80(void), trap_movss_icebp(void), trap_movss_ud2(void);
void trap_jump_far(void), trap_call_far(void), trap_return_far(void);
void trap_iret_code(void), trap_iret_stack(void), trap_load_ldt(void);
void trap_load_segment_ss(void), trap_load_segment_ds(void), trap_load_segment_es(void);
void trap_load_segment_fs(void), trap_load_segment_gs(void), trap_segments_reset(void);

#define BP        3
#define DB        1
#define UD        6
#define GP        13
#define PF        14
#define USER_CODE 0x20
#define USER_DATA 0x18
#define SMALL     0x100 // every selector below, one in STEP above
#define STEP      251
#define NOTES     8

static unsigned wrong;

static void note(const char *what, uint64_t which, const struct probe *p)
{
    if (wrong++ < NOTES)
        tap_note("%s 0x%lx: faulted %d, vector %lu, error code 0x%lx, CS 0x%lx", what, which, p->faulted,
                 p->vector, p->error_code, trap_landed_cs);
}

static void result(const char *what)
{
    tap_ok(wrong == 0, "%s", what);
    wrong = 0;
}

// The error code of an entry of the interrupt table; QEMU counts in entries of 16 bytes.
static bool names_gate(uint64_t error_code, unsigned n)
{
    return error_code == 8 * n + 2 || error_code == 16 * n + 2;
}

// Only int3 is a program's own; everything else is a general protection fault that names the gate.
void check_vectors(void)
{
    static void (*const held_back[])(void) = {trap_movss_int3, trap_movss_int80, trap_movss_icebp,
                                              trap_movss_ud2};
    static const uint64_t expected[] = {BP, GP, DB, UD};
    for (unsigned n = 0; n < 256; n++) {
        struct probe p = probe_execute((uint64_t)(uintptr_t)trap_vectors + 4 * n);
        if (!p.faulted || (n == BP ? p.vector != BP : p.vector != GP || !names_gate(p.error_code, n)))
            note("int", n, &p);
    }
    result("int n, all 256");
    for (unsigned i = 0; i < L4_ARRAY_SIZE(held_back); i++) {
        struct probe p = probe_execute((uint64_t)(uintptr_t)held_back[i]);
        // the step may be told first, then the instruction is not reached; icebp may be unknown
        if (!p.faulted || (p.vector != expected[i] && p.vector != DB && p.vector != UD))
            note("behind mov ss", i, &p);
    }
    result("exceptions right behind a load of the stack segment");
}

void check_system_registers(void)
{
    unsigned count = (unsigned)(trap_privileged_end - trap_privileged) / 8;
    for (unsigned i = 0; i < 32; i++) {
        struct probe p = probe_execute((uint64_t)(uintptr_t)trap_registers + 4 * i);
        // UD: one that does not exist
        if (!p.faulted || (p.vector != GP && p.vector != UD))
            note(i < 16 ? "debug register" : "control register", i & 7, &p);
    }
    result("debug and control registers");
    for (unsigned i = 0; i < count; i++) {
        struct probe p = probe_execute((uint64_t)(uintptr_t)trap_privileged + 8 * i);
        if (!p.faulted || (p.vector != GP && p.vector != UD))
            note("privileged instruction", i, &p);
    }
    result("privileged instructions");
}

struct transfer {
    void (*code)(void);
    unsigned allowed; // the selector that may work, without its lowest two bits
    bool null, any;   // null selectors may work; any privilege in the selector will do
    const char *what;
};

static const struct transfer transfers[] = {
    {trap_jump_far, USER_CODE, false, true, "a far jump"},
    {trap_call_far, USER_CODE, false, true, "a far call"},
    {trap_return_far, USER_CODE, false, false, "a far return"},
    {trap_iret_code, USER_CODE, false, false, "iret, code"},
    {trap_iret_stack, USER_DATA, false, false, "iret, stack"},
    {trap_load_segment_ss, USER_DATA, false, false, "mov ss"},
    {trap_load_segment_ds, USER_DATA, true, true, "mov ds"},
    {trap_load_segment_es, USER_DATA, true, true, "mov es"},
    {trap_load_segment_fs, USER_DATA, true, true, "mov fs"},
    {trap_load_segment_gs, USER_DATA, true, true, "mov gs"},
    {trap_load_ldt, 0, false, false, "lldt"},
};

static bool may_work(const struct transfer *t, uint16_t selector)
{
    bool data = t->allowed == USER_DATA && t->null;
    if (t->allowed == 0)
        return false;
    if (selector < 4)
        return t->null;
    if ((selector & ~3u) != t->allowed && !(data && (selector & ~3u) == USER_CODE)) // code can be read
        return false;
    return t->any || (selector & 3) == 3;
}

static void try_transfer(const struct transfer *t, unsigned selector)
{
    struct probe p;
    trap_selector = (uint16_t)selector;
    trap_landed_cs = 0;
    p = probe_execute((uint64_t)(uintptr_t)t->code);
    trap_segments_reset();
    // not present, stack segment, protection; PF: QEMU reads the frame of iret as SMAP forbids the kernel
    if (p.faulted ? p.vector < 10 || p.vector > PF
                  : !may_work(t, (uint16_t)selector) || trap_landed_cs != (USER_CODE | 3))
        note(t->what, selector, &p);
}

void check_selectors(void)
{
    for (unsigned i = 0; i < L4_ARRAY_SIZE(transfers); i++) {
        for (unsigned selector = 0; selector < 0x10000; selector += selector < SMALL ? 1 : STEP)
            try_transfer(&transfers[i], selector);
        try_transfer(&transfers[i], 0xffff);
        tap_ok(wrong == 0, "%s to any selector", transfers[i].what);
        wrong = 0;
    }
}
