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

#define CROWD       64 // visitors of the manifest
#define STACK_BYTES 0x4000

static l4_handle_t crowd_gate, crowd_event;
static atomic_uint crowd_inside, crowd_over;

// Writes to all pages of this stack.
static void deep(void)
{
    uint64_t top = l4_utcb()->stack_top, bottom = l4_utcb()->stack_limit;
    for (uint64_t at = top - 8; at > bottom && top - at < STACK_BYTES; at -= L4_PAGE_SIZE)
        *(volatile uint64_t *)(uintptr_t)at = *(volatile uint64_t *)(uintptr_t)at;
}

static void handle_crowd(struct l4_msg *m, struct l4_utcb *utcb)
{
    uint64_t taken;
    (void)utcb;
    deep();
    atomic_fetch_add(&crowd_inside, 1);
    l4_answer(m, (uint32_t)l4_event_wait(crowd_event, 1, L4_DEADLINE_NEVER, &taken), 0, 0);
}
L4_ENTRY_GATE(crowd_entry, handle_crowd);

static void crowd_body(void *argument)
{
    struct l4_msg m;
    (void)argument;
    deep();
    l4_msg_init(&m, crowd_gate, 0);
    if (l4_call(&m) == L4_OK)
        atomic_fetch_add(&crowd_over, 1);
    rest_for_ever();
}

// Uses as many activations, stacks and places of the table at once as anything later does: what they need
// once stays, and nothing may be added to it.
static void crowd(void)
{
    static l4_handle_t threads[CROWD];
    unsigned waiting = 0;
    nest_touch();
    if (l4_event_create(L4_CAP_SPACE, &crowd_event, NULL) ||
        l4_gate_create_entry(L4_CAP_SPACE, crowd_entry, L4_POOL_VISITORS, false, &crowd_gate))
        l4_abort("crowd");
    for (unsigned i = 0; i < CROWD; i++) {
        if (storm_thread(L4_CAP_SPACE, crowd_body, NULL, 90, i % cpus, &threads[i]))
            l4_abort("crowd-thread");
    }
    waiting = reached(&crowd_inside, CROWD) ? CROWD : atomic_load(&crowd_inside);
    int error = l4_event_destroy(crowd_event); // wakes them all
    tap_ok(!error && waiting == CROWD && reached(&crowd_over, CROWD), "%u visitors at once", waiting);
    for (unsigned i = 0; i < CROWD; i++) {
        error = l4_thread_destroy(threads[i]);
        forget(&threads[i]);
    }
    error = l4_gate_destroy(crowd_gate);
    forget(&crowd_gate);
    forget(&crowd_event);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        tap_ok(true, "# SKIP started without a part, see test/system/lib/storms.py");
        return tap_end();
    }
    cpus = l4_info()->cpus < CPUS_MAX ? l4_info()->cpus : CPUS_MAX;
    crowd();
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
