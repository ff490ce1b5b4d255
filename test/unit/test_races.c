// SPDX-License-Identifier: BSD-2-Clause
// sources: kernel/map/mapdb.c kernel/map/map_phys.c kernel/map/node.c kernel/map/vspace.c kernel/map/table.c kernel/map/leaf.c kernel/cap/cap.c kernel/cap/cap_phys.c kernel/cap/cap_slots.c kernel/cap/cap_table.c kernel/cap/cap_tree.c kernel/mem/frame.c kernel/mem/slab.c kernel/mem/limbo.c kernel/mem/quota.c kernel/base/regions.c kernel/smp/round.c kernel/smp/cpus.c
// Quotas, frames, slabs and capability tables used by several host threads at once, each of which is a CPU.
// Sums must be right at the end, and at no time does a handle lead to what was written for another one.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>

#include "kernel/arch/window.h"
#include "kernel/cap/cap.h"
#include "kernel/mem/frame.h"
#include "kernel/mem/limbo.h"
#include "kernel/mem/slab.h"
#include "kernel/smp/round.h"
#include "support/cpu.h"
#include "support/ram.h"
#include "support/random.h"

enum { THREADS = 4, STEPS = 30000, HELD = 64, TABLES = 2, SLOTS = 16, OBJECTS = 3 };

static _Atomic uint64_t wrong; // times a thread saw what must not be
static _Atomic uint64_t done;  // times something happened that was hoped for
static void (*step)(unsigned cpu, uint64_t *seed);

static int group(void **state)
{
    (void)state;
    ram_init_pool(1024);
    window_prepare(vaddr(0));
    return 0;
}

static void *run(void *argument)
{
    uint64_t seed = (uintptr_t)argument + 1;

    cpu_current = (unsigned)(uintptr_t)argument;
    for (unsigned i = 0; i < STEPS; i++) {
        step(cpu_current, &seed);
        round_acknowledge(round_current());
    }
    /* asleep, as far as the others are concerned */
    round_idle_begin();
    return NULL;
}

static void run_all(void (*with)(unsigned cpu, uint64_t *seed))
{
    pthread_t threads[THREADS];

    step = with;
    wrong = 0;
    done = 0;
    cpu_pretend(0, (1 << THREADS) - 1);
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run, (void *)i), 0);
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (unsigned i = 0; i < THREADS; i++) {
        cpu_current = i;
        round_idle_end();
        round_acknowledge(round_current());
    }
    cpu_pretend(0, 1);
    assert_int_equal(wrong, 0);
    assert_true(done > 100);
}

static struct quota quota;
static struct quota child;
static uint64_t charged[THREADS];
static uint64_t moved[THREADS];

static void quota_step(unsigned cpu, uint64_t *seed)
{
    uint64_t bytes = random_next(seed) % 400;
    struct quota *q = random_next(seed) % 2 ? &child : &quota;

    if (random_next(seed) % 64 == 0 && quota_add(&child, 1))
        moved[cpu]++;
    if (quota_charge(q, bytes)) {
        wrong += quota_used(q) > quota_limit(q);
        if (random_next(seed) % 32 == 0 && q == &quota)
            charged[cpu] += bytes;
        else
            quota_refund(q, bytes);
    } else {
        done++;
    }
}

static void quota_is_never_exceeded(void **state)
{
    uint64_t sum = 0;

    (void)state;
    quota = (struct quota){.limit = 100000};
    assert_true(quota_open(&child, &quota, 600));
    run_all(quota_step);
    for (unsigned i = 0; i < THREADS; i++)
        sum += charged[i] + moved[i];
    assert_int_equal(quota.used, sum + 600);
    assert_int_equal(child.used, 0);
    quota_close(&child);
}

static struct slab_cache cache = SLAB_CACHE("race", 96, 32);
static struct {
    unsigned char *object[HELD];
    paddr_t frame[HELD];
} held[THREADS];

static bool filled(const unsigned char *p, size_t size, unsigned char with)
{
    for (size_t i = 0; i < size; i++)
        if (p[i] != with)
            return false;
    return true;
}

static void object_step(unsigned char **o, unsigned cpu)
{
    if (*o) {
        wrong += !filled(*o, cache.size, (unsigned char)(cpu + 1));
        slab_free(&cache, *o);
        *o = NULL;
    } else if ((*o = slab_alloc(&cache)) != NULL) {
        wrong += !filled(*o, cache.size, 0);
        memset(*o, (int)cpu + 1, cache.size);
        done++;
    }
}

static void memory_step(unsigned cpu, uint64_t *seed)
{
    paddr_t *f = &held[cpu].frame[random_next(seed) % HELD];
    uint64_t *word;

    object_step(&held[cpu].object[random_next(seed) % HELD], cpu);
    if (f->v) {
        word = phys_window(*f);
        wrong += *word != cpu;
        frame_free(*f);
        *f = paddr(0);
    } else if (frame_alloc(f)) {
        word = phys_window(*f);
        *word = cpu;
    }
}

static void memory_is_given_to_one(void **state)
{
    uint64_t free = frame_pool_free().v;

    (void)state;
    run_all(memory_step);
    for (unsigned i = 0; i < THREADS * HELD; i++) {
        if (held[i / HELD].object[i % HELD])
            slab_free(&cache, held[i / HELD].object[i % HELD]);
        if (held[i / HELD].frame[i % HELD].v)
            frame_free(held[i / HELD].frame[i % HELD]);
    }
    assert_int_equal(cache.in_use, 0);
    assert_int_equal(frame_pool_free().v, free);
}

static struct cap_table tables[TABLES];
static struct object objects[OBJECTS];

// Fills slot INDEX, which only this thread fills, so that it knows the handle beforehand: the badge says it.
static void create(struct cap_table *t, uint64_t index, struct cap_fill *fill)
{
    struct cap *c;

    fill->badge = ((uint64_t)cap_cold_of(t->hot + index)->generation + 1) << 32 | index * L4_SLOT_SIZE;
    fill->entry = ~fill->badge;
    if (cap_create(t, index, fill, &c) == L4_OK)
        done++;
}

static void look(struct cap_table *t, uint64_t handle)
{
    struct cap *c = cap_lookup(t, handle);

    if (!c || cap_kind(c) != L4_KIND_EVENT)
        return;
    /* however long it takes: the slot is not filled again before this CPU's next quiescent point */
    for (unsigned i = 0; i < 8; i++)
        host_spin();
    wrong += c->badge != handle || c->entry != ~handle;
    wrong += (uint64_t)(cap_object(c) - objects) >= OBJECTS;
}

static void cap_step(unsigned cpu, uint64_t *seed)
{
    struct cap_table *t = &tables[random_next(seed) % TABLES];
    struct cap_table *from = &tables[random_next(seed) % TABLES];
    uint64_t handle = from->hot[1 + random_next(seed) % SLOTS].handle;
    uint64_t own = 1 + random_next(seed) % (SLOTS / THREADS) * THREADS + cpu;
    struct cap_fill fill = {
        .object = &objects[random_next(seed) % OBJECTS], .rights = 1, .kind = L4_KIND_EVENT};
    unsigned what = random_next(seed) % 16;
    unsigned budget = 4;
    struct cap *c = cap_lookup(from, handle);

    if (what < 5)
        look(from, handle);
    else if (what < 12 && cap_fill_from(from, handle, &fill) != L4_ERR_DEAD)
        create(t, own, &fill);
    else if (what < 15 && c)
        (void)cap_delete(c);
    else if (c)
        (void)cap_revoke(c, &budget);
    look(from, handle);
}

static void handle_never_leads_elsewhere(void **state)
{
    struct quota q = {.limit = 1 << 21};
    uint64_t free;

    (void)state;
    assert_int_equal(cap_table_init(&tables[0], &q), L4_OK);
    assert_int_equal(cap_table_init(&tables[1], &q), L4_OK);
    free = frame_pool_free().v;
    for (unsigned i = 0; i < OBJECTS; i++)
        object_init(&objects[i], L4_KIND_EVENT);
    run_all(cap_step);
    assert_int_equal(frame_pool_free().v, free);
    for (unsigned i = 0; i < TABLES; i++) {
        unsigned budget = 100000;

        assert_true(cap_table_fini_step(&tables[i], &budget));
    }
    assert_int_equal(cap_count(), 0);
    assert_int_equal(q.used, 0);
    for (unsigned i = 0; i < OBJECTS; i++)
        assert_null(objects[i].caps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quota_is_never_exceeded),
        cmocka_unit_test(memory_is_given_to_one),
        cmocka_unit_test(handle_never_leads_elsewhere),
    };

    return cmocka_run_group_tests(tests, group, NULL);
}
