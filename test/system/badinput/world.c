// SPDX-License-Identifier: BSD-2-Clause
// See world.h.
#include "world.h"
#include <stdatomic.h>
#include <l4/cap.h>
#include <l4/event.h>
#include <l4/gate.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/string.h>
#include <l4/thread.h>
#include <l4/utcb.h>

#define QUOTA   (256u << 10)
#define LOOKS   200
#define LOOK_NS 1000000ull
#define SECOND  1000000000ull
#define NO_SLOT 60000u // far from every slot that is used

uint64_t things[THINGS];
static char pages[3 * L4_PAGE_SIZE] __attribute__((aligned(L4_PAGE_SIZE)));
static const char constants[2 * L4_PAGE_SIZE] __attribute__((aligned(L4_PAGE_SIZE))) = {1};

static bool copy(enum thing of, unsigned rights, enum thing to)
{
    return l4_cap_copy(L4_CAP_SPACE, things[of], L4_SLOT_ANY, rights, &things[to]) == L4_OK;
}

static bool spaces_make(void)
{
    static const struct l4_space_area area = {0x10000000, 0x20000000, 0x4000, BOX_INDICES, 0, 0, 0, 0};
    uint64_t done;
    return l4_space_create(L4_CAP_SPACE, QUOTA, L4_CPU_ALL, BOX_MAX, L4_RIGHT_ALL, &things[BOX], NULL) ==
               L4_OK &&
           l4_space_create(L4_CAP_SPACE, QUOTA, L4_CPU_ALL, BOX_MAX, L4_RIGHT_ALL, &things[BARE], NULL) ==
               L4_OK &&
           l4_space_set_area(things[BOX], &area) == L4_OK &&
           l4_activations_add(things[BOX], L4_POOL_HOME, 0, 1) == L4_OK &&
           l4_space_map(things[BOX], things[OTHER], TAKEN, L4_PAGE_SIZE, L4_READ, &done) == L4_OK &&
           l4_space_map(things[BARE], things[OTHER], BARE_MAPPED, L4_PAGE_SIZE, L4_READ, &done) == L4_OK &&
           l4_space_thread(things[BOX], L4_RIGHT_ALL, L4_SLOT_ANY, 1, &things[THREAD], NULL) == L4_OK;
}

static bool gates_make(void (*entry)(void))
{
    struct l4_gate_options elsewhere = {.mode = L4_GATE_QUEUE, .pool = l4_cpu() == 0, .rights = L4_RIGHT_ALL};
    if (l4_info()->cpus > 1 && l4_gate_create(L4_CAP_SPACE, &elsewhere, &things[ELSEWHERE], NULL))
        return false;
    return l4_gate_create_entry(L4_CAP_SPACE, entry, L4_POOL_VISITORS, false, &things[ENTRY]) == L4_OK &&
           l4_gate_create_entry(L4_CAP_SPACE, entry, L4_POOL_VISITORS, true, &things[ITEMS]) == L4_OK &&
           l4_gate_create_queue(L4_CAP_SPACE, false, &things[QUEUE]) == L4_OK &&
           copy(QUEUE, L4_RIGHT_ALL & ~L4_RIGHT_CALL, QUEUE_NO_CALL) &&
           copy(QUEUE, L4_RIGHT_ALL & ~L4_RIGHT_WAIT, QUEUE_NO_WAIT) &&
           copy(QUEUE, L4_RIGHT_ALL & ~L4_RIGHT_MANAGE, QUEUE_NO_MANAGE);
}

// Handles that name nothing, or something that is gone.
static bool ruins_make(void)
{
    things[EMPTY] = L4_HANDLE_FIRST(NO_SLOT);
    things[BEYOND] = L4_HANDLE_FIRST(L4_SLOT_COUNT);
    return copy(EVENT, L4_RIGHT_ALL, STALE) && l4_cap_delete(L4_CAP_SPACE, things[STALE]) == L4_OK &&
           l4_event_create(L4_CAP_SPACE, &things[DEAD], NULL) == L4_OK &&
           l4_event_destroy(things[DEAD]) == L4_OK &&
           l4_gate_create_queue(L4_CAP_SPACE, false, &things[DEAD_GATE]) == L4_OK &&
           l4_gate_destroy(things[DEAD_GATE]) == L4_OK;
}

static struct l4_thread caller;
static atomic_int told = -1;

static void call_queue(void *argument)
{
    struct l4_msg m;
    (void)argument;
    l4_msg_init(&m, things[QUEUE], 1);
    int error = l4_call(&m);
    atomic_store(&told, error);
}

static bool caller_keep(void)
{
    struct l4_msg m;
    l4_msg_init(&m, things[QUEUE], 0);
    l4_msg_deadline(&m, l4_clock() + SECOND);
    return l4_thread_create(&caller, 1) == L4_OK &&
           l4_thread_start(&caller, call_queue, NULL, l4_cpu()) == L4_OK && l4_wait(&m) == L4_OK &&
           l4_defer_caller(L4_SLOT_ANY, &things[REPLY_CAP]) == L4_OK;
}

int world_end(void)
{
    uint64_t end = l4_clock() + SECOND;
    int error = l4_cap_delete(L4_CAP_SPACE, things[REPLY_CAP]);
    while (atomic_load(&told) < 0 && l4_clock() < end)
        l4_sleep_until(l4_clock() + LOOK_NS);
    return error ? error : atomic_load(&told);
}

bool world_make(void (*entry)(void))
{
    static const char *const names[] = {"info", "irq", "ports", "phys", "pool", "cpus", "log", "power"};
    uintptr_t first = (uintptr_t)pages;
    memset(pages, 7, sizeof(pages));
    things[OWN] = L4_CAP_SPACE;
    things[SELF] = L4_CAP_THREAD;
    things[PAGE] = first;
    things[OTHER] = first + L4_PAGE_SIZE;
    things[READONLY] = (uintptr_t)constants + (*(const volatile char *)constants - 1);
    things[INDEX] = l4_utcb()->index;
    for (unsigned i = 0; i < L4_ARRAY_SIZE(names); i++) {
        things[INFO + i] = l4_cap(names[i]);
        if (things[INFO + i] == L4_HANDLE_NONE)
            return false;
    }
    return spaces_make() && l4_event_create(L4_CAP_SPACE, &things[EVENT], NULL) == L4_OK &&
           gates_make(entry) && copy(EVENT, L4_RIGHT_ALL & ~L4_RIGHT_CALL, EVENT_NO_CALL) &&
           copy(EVENT, L4_RIGHT_ALL & ~L4_RIGHT_GIVE, EVENT_NO_GIVE) && ruins_make() && caller_keep();
}

uint64_t world_word(uint64_t word)
{
    if (word >> 48 != T(0) >> 48)
        return word;
    return things[word & 0xff] + (word >> 8 & 0xffffffffff);
}

// Counters of a space, but for those that grow by themselves.
static void counters(l4_handle_t space, uint64_t out[static 16])
{
    uint64_t w[8] = {0};
    for (unsigned first = 0; first < 16; first += 8) {
        if (l4_space_counters(space, first, w))
            memset(w, 0xff, sizeof(w));
        memcpy(out + first, w, sizeof(w));
    }
    out[L4_SPACE_SWITCH_FAULTS_COUNT] = 0;
    out[L4_SPACE_PAGE_FAULTS_COUNT] = 0;
}

void world_look(struct snapshot *out)
{
    *out = (struct snapshot){0};
    counters(L4_CAP_SPACE, out->own);
    counters(things[BOX], out->box);
    counters(things[BARE], out->bare);
    if (l4_thread_state(things[THREAD], (struct l4_thread_info *)out->thread))
        out->thread[0] = ~0ull;
    for (unsigned i = OWN; i < PAGE; i++) {
        struct l4_identity is = {0};
        int error = l4_identify(things[i], &is);
        out->identities[i] =
            error ? (uint64_t)error : is.kind | is.rights << 8 | is.badge << 16 | is.id << 32;
    }
    out->page[0] = *(const uint64_t *)(uintptr_t)things[PAGE];
    out->page[1] = *(const uint64_t *)(uintptr_t)things[OTHER];
}

bool world_same(const struct snapshot *before)
{
    struct snapshot now;
    for (unsigned i = 0; i < LOOKS; i++) {
        world_look(&now);
        if (memcmp(before, &now, sizeof(now)) == 0)
            return true;
        l4_sleep_until(l4_clock() + LOOK_NS);
    }
    return false;
}
