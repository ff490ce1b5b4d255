// SPDX-License-Identifier: BSD-2-Clause
// sources: kernel/space/area.c kernel/space/area_add.c kernel/space/pool.c kernel/space/pool_record.c kernel/space/space.c kernel/space/space_cpus.c kernel/space/record.c kernel/map/mapdb.c kernel/map/map_phys.c kernel/map/node.c kernel/map/vspace.c kernel/map/table.c kernel/map/leaf.c kernel/cap/cap.c kernel/cap/cap_phys.c kernel/cap/cap_slots.c kernel/cap/cap_table.c kernel/cap/cap_tree.c kernel/mem/frame.c kernel/mem/slab.c kernel/mem/limbo.c kernel/mem/quota.c kernel/base/regions.c kernel/smp/round.c kernel/smp/cpus.c kernel/smp/mail.c kernel/base/heap.c
// Spaces and their activations: funding, areas, pools, residency that follows the page tables.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <l4/abi/item.h>

#include "kernel/arch/window.h"
#include "kernel/map/mapdb.h"
#include "kernel/mem/frame.h"
#include "kernel/mem/limbo.h"
#include "kernel/smp/cpus.h"
#include "kernel/smp/round.h"
#include "kernel/space/space.h"
#include "support/cpu.h"
#include "support/ram.h"

#define UTCBS  UINT64_C(0x10000000)
#define STACKS UINT64_C(0x20000000)
#define BYTES  (UINT64_C(1) << 21)

static struct space *root;
static struct space *space;
static struct thread thread;
static uint64_t memory[64]; // physical pages of the test's own

static const struct area sound = {.utcb_base = UTCBS,
                                  .stack_base = STACKS,
                                  .stride = 0x4000,
                                  .indices = 2000,
                                  .slot_first = 64,
                                  .slots_each = 2};

static int group(void **state)
{
    (void)state;
    ram_init_pool(4096);
    window_prepare(vaddr(0));
    assert_int_equal(space_create(NULL, frame_pool_size().v * PAGE_SIZE, L4_CPU_ALL, &root), L4_OK);
    assert_ptr_equal(space_first, root);
    for (unsigned i = 0; i < 64; i++) {
        paddr_t p;

        assert_true(frame_alloc_zeroed(&p));
        memory[i] = p.v;
    }
    return 0;
}

static int begin(void **state)
{
    (void)state;
    assert_int_equal(space_create(root, BYTES, L4_CPU_ALL, &space), L4_OK);
    return 0;
}

static int end(void **state)
{
    uint64_t used = root->quota.used;
    unsigned budget;

    (void)state;
    while (!unmap_all_step(&space->vs))
        ;
    assert_int_equal(space->utcb_pages + space->stack_pages, 0);
    do
        budget = 100;
    while (!space_fini_step(space, &budget));
    assert_true(space_settled(space));
    space_free(space);
    assert_int_equal(root->quota.used, used - BYTES);
    assert_int_equal(space_totals.activations, 0);
    assert_int_equal(space_totals.utcb_pages + space_totals.stack_pages, 0);
    assert_int_equal(space_totals.spaces, 1);
    return 0;
}

static void map(uint64_t va, unsigned page, unsigned rights)
{
    uint64_t done;

    assert_int_equal(map_physical(&space->vs, va, paddr(memory[page]), PAGE_SIZE, rights, 0, NULL, &done),
                     L4_OK);
}

static void unmap(uint64_t va, unsigned remain)
{
    uint64_t done;

    assert_true(unmap_range(&space->vs, va, PAGE_SIZE, 3, remain, &done));
}

static void prepare(uint64_t pool, uint64_t first, uint64_t count)
{
    assert_int_equal(space_set_area(space, &sound), L4_OK);
    assert_int_equal(space_add_activations(space, pool, first, count), L4_OK);
}

static void unpaid_space_leaves_nothing(void **state)
{
    uint64_t used = root->quota.used;
    uint64_t frames = frame_pool_free().v;
    struct space *s;

    (void)state;
    for (uint64_t bytes = 0; bytes < sizeof(struct space) + 5 * PAGE_SIZE; bytes += PAGE_SIZE / 2) {
        assert_int_equal(space_create(root, bytes, L4_CPU_ALL, &s), L4_ERR_QUOTA);
        assert_int_equal(root->quota.used, used);
        assert_int_equal(frame_pool_free().v, frames);
    }
    assert_int_equal(space_create(root, UINT64_MAX, L4_CPU_ALL, &s), L4_ERR_QUOTA);
    assert_int_equal(space_create(root, root->quota.limit - used + 1, L4_CPU_ALL, &s), L4_ERR_QUOTA);
}

static enum l4_error set(struct area a)
{
    return space_set_area(space, &a);
}

static void areas_are_checked(void **state)
{
    struct area a;

    (void)state;
#define WRONG(field, value, error) (a = sound, a.field = (value), assert_int_equal(set(a), error))
    WRONG(indices, 0, L4_ERR_RANGE);
    WRONG(indices, L4_INDEX_COUNT + 1, L4_ERR_RANGE);
    WRONG(indices, UINT64_MAX, L4_ERR_RANGE);
    WRONG(stride, 0x1000, L4_ERR_ALIGN);
    WRONG(stride, 0x2800, L4_ERR_ALIGN);
    WRONG(stride, UINT64_MAX & ~(PAGE_SIZE - 1), L4_ERR_ALIGN);
    WRONG(utcb_base, 0, L4_ERR_RANGE);
    WRONG(utcb_base, UTCBS + 1024, L4_ERR_RANGE);
    WRONG(utcb_base, L4_USER_END - PAGE_SIZE, L4_ERR_RANGE);
    WRONG(utcb_base, UINT64_MAX & ~(PAGE_SIZE - 1), L4_ERR_RANGE);
    WRONG(utcb_base, STACKS, L4_ERR_RANGE);
    WRONG(stack_base, L4_USER_END - PAGE_SIZE, L4_ERR_RANGE);
    WRONG(window_bytes, 1, L4_ERR_ALIGN);
    WRONG(slots_each, 17, L4_ERR_RANGE);
    WRONG(slot_first, 0, L4_ERR_RANGE);
    WRONG(slot_first, L4_SLOT_COUNT, L4_ERR_RANGE);
    a = sound;
    a.window_base = STACKS;
    a.window_bytes = PAGE_SIZE;
    assert_int_equal(set(a), L4_ERR_RANGE);
    assert_int_equal(set(sound), L4_OK);
    assert_int_equal(set(sound), L4_ERR_STATE);
}

// What lies in an area before it is one would be missed by the count and leave it below zero.
static void areas_are_empty_when_set(void **state)
{
    (void)state;
    map(STACKS + 0x5000, 0, L4_READ);
    assert_int_equal(set(sound), L4_ERR_EXISTS);
    unmap(STACKS + 0x5000, 0);
    map(UTCBS, 0, L4_READ);
    assert_int_equal(set(sound), L4_ERR_EXISTS);
    unmap(UTCBS, 0);
    map(UTCBS - PAGE_SIZE, 0, L4_READ);
    assert_int_equal(set(sound), L4_OK);
}

static void activations_know_their_places(void **state)
{
    struct activation *a;

    (void)state;
    prepare(1, 510, 5);
    assert_null(space_activation(space, 509));
    assert_null(space_activation(space, 515));
    assert_null(space_activation(space, UINT64_MAX));
    a = space_activation(space, 512);
    assert_int_equal(a->index, 512);
    assert_int_equal(a->utcb, UTCBS + 512 * L4_UTCB_SIZE);
    assert_int_equal(a->sp0, STACKS + 513 * 0x4000);
    assert_int_equal(a->stack_limit, STACKS + 512 * 0x4000 + PAGE_SIZE);
}

static void adding_is_checked(void **state)
{
    (void)state;
    assert_int_equal(space_add_activations(space, 0, 0, 1), L4_ERR_RANGE);
    prepare(0, 10, 2);
    assert_int_equal(space_add_activations(space, L4_POOL_COUNT, 0, 1), L4_ERR_ARG);
    assert_int_equal(space_add_activations(space, 0, 0, 0), L4_ERR_ARG);
    assert_int_equal(space_add_activations(space, 0, 0, 513), L4_ERR_ARG);
    assert_int_equal(space_add_activations(space, 0, 1999, 2), L4_ERR_RANGE);
    assert_int_equal(space_add_activations(space, 0, UINT64_MAX, 2), L4_ERR_RANGE);
    assert_int_equal(space_add_activations(space, 1, 8, 3), L4_ERR_EXISTS);
    assert_int_equal(space->activations, 2);
}

static void adding_is_all_or_nothing(void **state)
{
    uint64_t limit = space->quota.limit;
    unsigned refused = 0;

    (void)state;
    prepare(0, 0, 1);
    for (uint64_t room = 0;; room += 300) {
        uint64_t before = space->activations;

        space->quota.limit = space->quota.used + room;
        if (space_add_activations(space, 2, 500, 20) == L4_OK)
            break;
        refused++;
        assert_int_equal(space->activations, before);
        assert_int_equal(space->pools[2].total, 0);
        assert_null(space->pools[2].absent);
        assert_null(space_activation(space, 519));
    }
    assert_true(refused > 10);
    assert_int_equal(space->pools[2].total, 20);
    space->quota.limit = limit;
}

static void pool_gives_lowest_first_and_last_back_first(void **state)
{
    struct activation *a;
    struct activation *b;

    (void)state;
    prepare(3, 0, 2);
    assert_null(pool_take(space, 4, &thread));
    a = pool_take(space, 3, &thread);
    b = pool_take(space, 3, &thread);
    assert_int_equal(a->index, 0);
    assert_int_equal(b->index, 1);
    assert_int_equal(space->pools[3].in_use, 2);
    assert_null(pool_take(space, 3, &thread));
    pool_return(a);
    pool_return(b);
    assert_ptr_equal(pool_take(space, 3, &thread), b);
    pool_return(b);
    assert_int_equal(space->pools[3].in_use, 0);
    assert_true(list_empty(&space->active));
}

static void taken_activation_carries_nothing_over(void **state)
{
    struct activation *a;

    (void)state;
    prepare(1, 0, 1);
    a = pool_take(space, 1, &thread);
    a->regs[3] = 42;
    a->pending = 1;
    a->flags = ACT_BROKEN;
    a->pull = a;
    pool_return(a);
    assert_ptr_equal(pool_take(space, 1, &thread), a);
    assert_int_equal(a->regs[3] | a->pending | a->flags, 0);
    assert_null(a->pull);
    pool_return(a);
}

static void unnumbered_one_is_paid_and_freed(void **state)
{
    uint64_t used = space->quota.used;
    struct activation *a = activation_make_unnumbered(space, &thread);

    (void)state;
    assert_int_equal(a->index, ACT_NO_INDEX);
    assert_int_equal(space->quota.used, used + sizeof(struct activation));
    assert_false(activation_make_resident(a));
    pool_return(a);
    assert_int_equal(space->quota.used, used);
    assert_true(list_empty(&space->active));
}

static void residency_follows_the_page(void **state)
{
    struct activation *a;

    (void)state;
    prepare(1, 4, 4);
    a = space_activation(space, 6);
    assert_false(activation_make_resident(a));
    map(UTCBS + PAGE_SIZE, 5, L4_READ | L4_WRITE);
    assert_int_equal(space->utcb_pages, 1);
    assert_true(activation_make_resident(a));
    assert_ptr_equal(a->kutcb, (char *)phys_window(paddr(memory[5])) + 2 * L4_UTCB_SIZE);
    assert_int_equal(a->kutcb->index, 6);
    /* narrowed: the kernel's address goes at once, and does not come back */
    unmap(UTCBS + PAGE_SIZE, L4_READ);
    assert_null(a->kutcb);
    assert_false(activation_make_resident(a));
    assert_int_equal(space->utcb_pages, 1);
    unmap(UTCBS + PAGE_SIZE, 0);
    assert_int_equal(space->utcb_pages, 0);
}

// Another CPU may be copying through the address just then: it is asked for a round, whoever was on the
// space.
static void lost_residency_concerns_every_cpu(void **state)
{
    struct activation *a;

    (void)state;
    prepare(1, 4, 4);
    a = space_activation(space, 6);
    map(UTCBS + PAGE_SIZE, 5, L4_READ | L4_WRITE);
    cpu_pretend(0, 13);
    unmap(UTCBS + PAGE_SIZE, L4_READ);
    assert_int_equal(map_flush_finish(), ROUND_NONE);
    unmap(UTCBS + PAGE_SIZE, 0);
    map(UTCBS + PAGE_SIZE, 5, L4_READ | L4_WRITE);
    assert_true(activation_make_resident(a));
    unmap(UTCBS + PAGE_SIZE, 0);
    assert_null(a->kutcb);
    for (unsigned cpu = 0; cpu < 4; cpu++)
        assert_int_equal(atomic_load(&cpu_shared[cpu].flush), cpu >= 2);
    assert_int_equal(map_flush_finish(), round_next());
    cpu_pretend(0, 1);
}

// A space that dies deals nothing, takes back what is out, and its end takes as many steps as it needs.
static void dying_space_deals_nothing(void **state)
{
    struct activation *a;
    unsigned budget = 1;

    (void)state;
    prepare(1, 0, 40);
    a = pool_take(space, 1, &thread);
    assert_non_null(a);
    space->object.dying = 1;
    assert_null(pool_take(space, 1, &thread));
    assert_int_equal(space_add_activations(space, 1, 100, 1), L4_ERR_DEAD);
    pool_return(a);
    assert_int_equal(space->pools[1].in_use, 0);
    assert_false(space_free_activations_step(space, &budget));
    assert_int_equal(space->activations, 39);
    space->object.dying = 0;
}

static void space_is_made_for_cpus_that_run(void **state)
{
    uint64_t used;
    unsigned budget = 10000;
    bool again = true;
    struct space *s;

    (void)state;
    cpu_pretend(0, 3);
    assert_int_equal(space_join_cpus(root, 6), L4_OK);
    used = root->quota.used;
    assert_int_equal(space_create(root, BYTES, 12, &s), L4_ERR_CPU);
    assert_int_equal(space_create(root, BYTES, 6, &s), L4_OK);
    assert_int_equal(s->cpus, 2);
    assert_int_equal(s->vs.roots, 2);
    assert_int_equal(space_join_cpus(s, 4), L4_ERR_CPU);
    assert_int_equal(space_leave_cpus(root, 2, &again), L4_ERR_BUSY);
    assert_int_equal(root->cpus, 3);
    root->object.dying = 1;
    assert_int_equal(space_create(root, BYTES, L4_CPU_ALL, &space), L4_ERR_DEAD);
    root->object.dying = 0;
    while (!space_fini_step(s, &budget))
        budget = 10000;
    /* its frames wait for CPU 1 */
    assert_false(space_settled(s));
    cpu_pretend(0, 1);
    assert_true(frame_reclaim(1000));
    assert_true(space_settled(s));
    space_free(s);
    assert_int_equal(root->quota.used, used);
    assert_int_equal(space_leave_cpus(root, 3, &again), L4_ERR_CPU);
    assert_int_equal(space_leave_cpus(root, 2, &again), L4_OK);
    assert_false(again);
    assert_int_equal(root->vs.roots, 1);
    assert_true(frame_reclaim(1000));
    assert_int_equal(root->quota.used, used - PAGE_SIZE);
}

static void only_ram_that_can_be_written_holds_a_utcb(void **state)
{
    static _Alignas(16) struct map_node via; /* of a capability */
    struct activation *a;
    uint64_t done;

    (void)state;
    prepare(1, 0, 4);
    a = space_activation(space, 0);
    assert_int_equal(map_physical(&space->vs, UTCBS, paddr(memory[0]), PAGE_SIZE, 3, 2, NULL, &done), L4_OK);
    assert_false(activation_make_resident(a));
    unmap(UTCBS, 0);
    assert_int_equal(map_physical(&space->vs, UTCBS, paddr(memory[0]), PAGE_SIZE, 3, 0, &via, &done), L4_OK);
    assert_false(activation_make_resident(a));
}

static void stack_pages_are_counted(void **state)
{
    (void)state;
    prepare(1, 0, 4);
    map(STACKS + 0x3000, 0, 3);
    map(STACKS + 0x7000, 1, 3);
    map(STACKS + 2000 * 0x4000, 2, 3); /* just behind */
    map(UTCBS + 500 * PAGE_SIZE, 3, 3);
    assert_int_equal(space->stack_pages, 2);
    assert_int_equal(space->utcb_pages, 0);
    assert_int_equal(space_totals.stack_pages, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(unpaid_space_leaves_nothing),
        TEST(areas_are_checked),
        TEST(areas_are_empty_when_set),
        TEST(activations_know_their_places),
        TEST(adding_is_checked),
        TEST(adding_is_all_or_nothing),
        TEST(pool_gives_lowest_first_and_last_back_first),
        TEST(taken_activation_carries_nothing_over),
        TEST(unnumbered_one_is_paid_and_freed),
        TEST(residency_follows_the_page),
        TEST(lost_residency_concerns_every_cpu),
        TEST(dying_space_deals_nothing),
        TEST(space_is_made_for_cpus_that_run),
        TEST(only_ram_that_can_be_written_holds_a_utcb),
        TEST(stack_pages_are_counted),
    };

    return cmocka_run_group_tests(tests, group, NULL);
}
