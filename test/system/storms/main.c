// SPDX-License-Identifier: BSD-2-Clause
// Storms against the kernel, on all CPUs at once; each is a part with its own file:
//   storms cycles COUNT                 objects of each kind come and go so often
//   storms trees SECONDS SEED [STEPS]   spaces that call each other while killers destroy; with STEPS each
//   killer
//                                       does so many and no more, so that the same happens each time under
//                                       --icount
//   storms named [CASE]                 cases with a name
// Started by test/system/storms_*.py; without an argument it skips. The counters of the kernel are the same
// after each part as before it, and so is what this space has left of its quota.
#include "storm.h"

#include <l4/string.h>
#include <l4/tap.h>
#include "test/system/support/crowd.h"

#define VISITORS 64 // of the manifest

unsigned cpus;

uint64_t storm_random(uint64_t *state)
{
    uint64_t x = *state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    *state = x;
    return (x * 0x2545f4914f6cdd1dull) >> 24;
}

void rest(uint64_t ns)
{
    struct l4_msg m;
    l4_msg_init(&m, L4_HANDLE_NONE, 0);
    l4_msg_deadline(&m, ns == L4_DEADLINE_NEVER ? ns : l4_clock() + ns);
    m.tag |= L4_OP_WAIT | L4_FLAG_SHIELD;
    l4_ipc_kernel(&m);
}

void rest_for_ever(void)
{
    for (;;)
        rest(L4_DEADLINE_NEVER);
}

void forget(l4_handle_t *handle)
{
    int error = *handle ? l4_cap_delete(L4_CAP_SPACE, *handle) : L4_OK;
    (void)error; // revoked meanwhile, perhaps
    *handle = L4_HANDLE_NONE;
}

bool reached(atomic_uint *word, unsigned value)
{
    uint64_t end = l4_clock() + PATIENCE_NS;
    while (atomic_load(word) < value && l4_clock() < end)
        rest(MS);
    return atomic_load(word) >= value;
}

static uint64_t number(const char *text)
{
    uint64_t n = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        n = n * 10 + (uint64_t)(*text - '0');
    return n;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        tap_ok(true, "# SKIP started without a part, see test/system/lib/storms.py");
        return tap_end();
    }
    cpus = l4_info()->cpus < CPUS_MAX ? l4_info()->cpus : CPUS_MAX;
    nest_touch();
    crowd(L4_POOL_VISITORS, VISITORS);
    if (strcmp(argv[1], "cycles") == 0)
        cycles(argc > 2 ? number(argv[2]) : 1000);
    else if (strcmp(argv[1], "trees") == 0)
        trees(argc > 2 ? number(argv[2]) : 5, argc > 3 ? number(argv[3]) : 1, argc > 4 ? number(argv[4]) : 0);
    else if (strcmp(argv[1], "named") == 0)
        named(argc > 2 ? argv[2] : NULL);
    else
        tap_ok(false, "no part %s", argv[1]);
    return tap_end();
}
