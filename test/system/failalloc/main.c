// SPDX-License-Identifier: BSD-2-Clause
// Every operation that allocates, with its first allocation failing, its second, and so on until it succeeds:
// memory first, then quota. After each failure the kernel's books are what they were, and the next try of the
// same operation works with them. Needs a build whose allocations can fail (check), and pool, info and phys
// from the manifest.
#include <l4/event.h>
#include <l4/program.h>
#include <l4/system.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include "test/system/failalloc/walk.h"

// Every operation is walked, or says that it allocates nothing: a new one has to be put somewhere.
static const unsigned walked[] = {
    L4_SPACE_CREATE, L4_ACTIVATIONS_ADD,  L4_SPACE_MAP,      L4_CAP_COPY,      L4_CAP_MOVE,
    L4_QUOTA_MOVE,   L4_THREAD_CREATE,    L4_GATE_CREATE,    L4_EVENT_CREATE,  L4_THREAD_START,
    L4_GATE_DEFER,   L4_EVENT_BIND_DEATH, L4_PHYS_MAP,       L4_THREAD_RECALL, L4_SPACE_DESTROY,
    L4_SPACE_UNMAP,  L4_CAP_REVOKE,       L4_SPACE_SET_AREA, L4_SPACE_CPUS,
};
static const unsigned without[] = {
    L4_NOP,
    L4_SPACE_STOP,
    L4_SPACE_FOREIGN,
    L4_SPACE_SET_GATE,
    L4_CAP_DELETE,
    L4_SPACE_COUNTERS,
    L4_SPACE_WAKE,
    L4_SPACE_SUPERVISE,
    L4_THREAD_DESTROY,
    L4_THREAD_SUSPEND,
    L4_THREAD_RESUME,
    L4_THREAD_PRIORITY,
    L4_THREAD_STATE,
    L4_THREAD_CANCEL,
    L4_THREAD_YIELD,
    L4_THREAD_FOREIGN,
    L4_THREAD_MOVE,
    L4_GATE_DESTROY,
    L4_CAP_IDENTIFY,
    L4_EVENT_DESTROY,
    L4_EVENT_SIGNAL,
    L4_EVENT_WAIT,
    L4_EVENT_TIMER,
    L4_EVENT_BIND_THREAD,
    L4_EVENT_UNBIND,
    L4_IRQ_BIND,
    L4_IRQ_ACK,
    L4_IRQ_UNBIND,
    L4_PORT_IN,
    L4_PORT_OUT,
    L4_PORT_OUT_STRING,
    L4_POOL_ADD,
    L4_POOL_FAIL,
    L4_CPU_STATE,
    L4_LOG_READ,
    L4_LOG_WRITE,
    L4_POWER_OFF,
    L4_POWER_RESET,
    L4_POWER_PANIC,
    L4_INFO_COUNTERS,
};

static bool listed(const unsigned *list, unsigned count, unsigned operation)
{
    while (count > 0 && list[count - 1] != operation)
        count--;
    return count > 0;
}

static void check_lists(void)
{
#define L4_X(kind, name, number, right, built, what) {#name, number, built},
    static const struct {
        const char *name;
        unsigned number;
        bool built;
    } operations[] = {L4_OPERATIONS(L4_X)};
#undef L4_X
    unsigned missing = 0;
    for (unsigned i = 0; i < L4_ARRAY_SIZE(operations); i++) {
        unsigned places = listed(walked, L4_ARRAY_SIZE(walked), operations[i].number) +
                          listed(without, L4_ARRAY_SIZE(without), operations[i].number);
        if (places == 1 || (places == 0 && !operations[i].built))
            continue;
        tap_note("%s is in %u lists", operations[i].name, places);
        missing++;
    }
    tap_equal(missing, 0, "every operation is walked, or allocates nothing");
}

static void never_sleep(void *argument)
{
    for (volatile uint64_t *turns = argument;; ++*turns)
        ;
}

// On the next CPU, if there is one: then rounds take their time. It neither calls nor faults in a walk.
static void keep_a_cpu_busy(void)
{
    static struct l4_thread busy;
    static volatile uint64_t turns;
    tap_error(l4_thread_create(&busy, 10), L4_OK, "a thread that never sleeps");
    int error = l4_thread_start(&busy, never_sleep, (void *)(uintptr_t)&turns, 1);
    while (!error && turns == 0)
        l4_sleep_until(l4_clock() + 1000000);
    tap_ok(!error || error == L4_ERR_CPU, "which is on a CPU of its own");
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    pool = l4_cap("pool");
    info = l4_cap("info");
    tap_error(l4_pool_fail(pool, L4_FAIL_OFF, 0, 0, NULL), L4_OK, "allocations of this kernel can fail");
    check_lists();
    pager_open();
    keep_a_cpu_busy();
    walk_objects();
    walk_memory();
    walk_messages();
    walk_faults();
    return tap_end();
}
