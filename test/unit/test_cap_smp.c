// SPDX-License-Identifier: BSD-2-Clause
// sources: kernel/map/mapdb.c kernel/map/map_phys.c kernel/map/node.c kernel/map/vspace.c kernel/map/table.c kernel/map/leaf.c kernel/cap/cap.c kernel/cap/cap_phys.c kernel/cap/cap_slots.c kernel/cap/cap_table.c kernel/cap/cap_tree.c kernel/mem/limbo.c kernel/mem/quota.c kernel/base/regions.c kernel/smp/round.c kernel/smp/cpus.c
// Capability tables with several CPUs: what is emptied stays readable until a round, what goes meanwhile is
// not derived from, revocation and burial in steps end whatever others do. One host thread plays all CPUs.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/mem/limbo.h"
#include "kernel/smp/round.h"
#include "support/cap_window.h"
#include "support/caps.h"
#include "support/cpu.h"

static int begin(void **state)
{
    cpu_pretend(0, 3);
    return caps_begin(state);
}

// All rounds are over, so that tables end at once.
static int end(void **state)
{
    cpu_pretend(0, 1);
    assert_true(frame_reclaim(10000));
    return caps_end(state);
}

// CPU 1 passes, then this one: both are asked.
static void all_pass(void)
{
    cpu_quiescent(1);
    cpu_quiescent(0);
}

static struct cap *made(unsigned t, uint64_t index, unsigned o, struct cap *parent)
{
    struct cap *c;

    assert_int_equal(caps_create(t, index, o, parent, &c), L4_OK);
    return c;
}

static void emptied_slot_waits_for_a_round(void **state)
{
    struct cap *c = made(0, 9, 0, NULL);
    uint64_t handle = c->handle;
    struct cap *again;

    (void)state;
    assert_true(cap_delete(c));
    assert_false(cap_delete(c));
    assert_int_equal(cpu_pokes, 0);
    assert_int_equal(caps_create(0, 9, 1, NULL, &again), ROUND_AGAIN);
    assert_int_equal(cap_check(&table[0], 9), ROUND_AGAIN);
    assert_true(cpu_pokes > 0);
    /* CPU 1 may have found the handle before: it goes on reading what it says */
    assert_int_equal(c->badge, 7);
    assert_int_equal(c->rights, 15);
    assert_ptr_equal(cap_object(c), &object[0]);
    assert_int_equal(cap_kind(c), L4_KIND_NONE);
    assert_null(cap_lookup(&table[0], handle));
    cpu_quiescent(1);
    assert_int_equal(cap_check(&table[0], 9), ROUND_AGAIN);
    cpu_quiescent(0);
    assert_int_equal(cap_check(&table[0], 9), L4_OK);
    assert_ptr_equal(made(0, 9, 1, NULL), c);
    assert_int_equal(c->handle, handle + (UINT64_C(1) << 32));
}

// Sooner a round than another page.
static void any_slot_waits_when_none_is_free(void **state)
{
    uint64_t used = quota[0].used;
    struct cap *c;

    (void)state;
    for (unsigned i = 1; i < CAP_PAGE_SLOTS; i++)
        made(0, L4_SLOT_ANY, 0, NULL);
    for (unsigned i = 5; i < 60; i++)
        cap_clear_index(&table[0], i);
    assert_int_equal(caps_create(0, L4_SLOT_ANY, 0, NULL, &c), ROUND_AGAIN);
    all_pass();
    for (unsigned i = 5; i < 60; i++)
        assert_in_range(made(0, L4_SLOT_ANY, 0, NULL) - table[0].hot, 5, 59);
    assert_int_equal(quota[0].used, used);
    made(0, L4_SLOT_ANY, 0, NULL);
    assert_int_equal(quota[0].used, used + 2 * PAGE_SIZE);
}

static void window_slot_waits(void **state)
{
    struct cap *in = made(0, 66, 0, NULL);
    struct cap *c;

    (void)state;
    cap_delete(made(0, 65, 0, NULL));
    cap_table_reserve_window(&table[0], 64, 68);
    cap_clear_index(&table[0], 66);
    assert_int_equal(caps_create(0, 65, 1, NULL, &c), ROUND_AGAIN);
    assert_int_equal(caps_create(0, 66, 1, NULL, &c), ROUND_AGAIN);
    /* another one, never used, does not */
    made(0, 67, 1, NULL);
    all_pass();
    assert_ptr_equal(made(0, 66, 1, NULL), in);
    made(0, 65, 1, NULL);
    for (unsigned i = 1; i < CAP_PAGE_SLOTS - 4; i++)
        assert_true((uint64_t)(made(0, L4_SLOT_ANY, 0, NULL) - table[0].hot) - 64 >= 4);
}

// Between reading the parent and making the copy, another CPU deletes or destroys.
static void what_is_gone_is_not_copied(void **state)
{
    struct cap *a = made(0, 1, 0, NULL);
    struct cap_fill fill;
    struct cap *c;

    (void)state;
    assert_int_equal(cap_fill_from(&table[0], a->handle, &fill), L4_OK);
    assert_int_equal(cap_fill_from(&table[0], a->handle + 1, &fill), L4_ERR_CAP);
    assert_int_equal(cap_fill_from(&table[0], a->handle, &fill), L4_OK);
    cap_delete(a);
    assert_int_equal(cap_create(&table[1], 1, &fill, &c), L4_ERR_CAP);
    assert_int_equal(cap_move(&table[1], 1, &fill, &c), L4_ERR_CAP);
    a = made(0, 2, 0, NULL);
    assert_int_equal(cap_fill_from(&table[0], a->handle, &fill), L4_OK);
    object[0].dying = 1;
    assert_int_equal(cap_create(&table[1], 1, &fill, &c), L4_ERR_DEAD);
    assert_int_equal(caps_create(1, 1, 0, NULL, &c), L4_ERR_DEAD);
    caps_bury(&object[0]);
    assert_int_equal(cap_create(&table[1], 1, &fill, &c), L4_ERR_DEAD);
    assert_int_equal(cap_fill_from(&table[0], a->handle, &fill), L4_ERR_DEAD);
    assert_int_equal(table[1].in_use, 0);
}

static void move_takes_the_place(void **state)
{
    struct cap *a = made(0, 1, 0, NULL);
    struct cap *b = made(0, 2, 0, a);
    struct cap *below = made(1, 1, 0, b);
    struct cap_fill fill;
    struct cap *c;

    (void)state;
    made(1, 2, 0, a);
    assert_int_equal(cap_fill_from(&table[0], b->handle, &fill), L4_OK);
    assert_int_equal(cap_move(&table[2], 7, &fill, &c), L4_OK);
    assert_int_equal(cap_kind(b), L4_KIND_NONE);
    assert_ptr_equal(caps_parent(c), a);
    assert_ptr_equal(caps_parent(below), c);
    caps_check_object(0);
    assert_int_equal(cap_fill_from(&table[0], a->handle, &fill), L4_OK);
    assert_int_equal(cap_move(&table[2], 8, &fill, &a), L4_OK);
    assert_ptr_equal(object[0].caps, cap_cold_of(a));
    assert_ptr_equal(caps_parent(c), a);
    caps_check_object(0);
}

static void table_that_ends_takes_nothing(void **state)
{
    struct cap_table t;
    struct quota q = {.limit = 1 << 20};
    struct cap_fill fill = {.object = &object[0], .kind = L4_KIND_EVENT};
    unsigned budget = 10;
    struct cap *c;

    (void)state;
    assert_int_equal(cap_table_init(&t, &q), L4_OK);
    assert_int_equal(cap_create(&t, 3, &fill, &c), L4_OK);
    assert_int_equal(cap_create(&t, 99, &fill, &c), L4_OK);
    assert_false(cap_table_fini_step(&t, &budget));
    assert_int_equal(budget, 0);
    assert_int_equal(cap_create(&t, 4, &fill, &c), L4_ERR_DEAD);
    assert_int_equal(cap_check(&t, L4_SLOT_ANY), L4_ERR_DEAD);
    assert_int_equal(t.in_use, 1);
    caps_table_end(&t);
    assert_int_equal(frame_retired_bytes(&q), 4 * PAGE_SIZE);
}

// Its frames and its addresses are used again only after a round in which every CPU drops its translations.
static void window_is_reused_after_a_round(void **state)
{
    struct cap_table a;
    struct cap_table b;
    struct quota q = {.limit = 1 << 20};
    uint64_t flushes = address_space_flushes;
    struct cap *first;

    (void)state;
    assert_int_equal(cap_table_init(&a, &q), L4_OK);
    first = a.hot;
    caps_table_end(&a);
    assert_int_equal(q.used, 4 * PAGE_SIZE);
    assert_int_equal(frame_retired_bytes(&q), q.used);
    assert_int_equal(cap_table_init(&b, &q), L4_OK);
    assert_ptr_not_equal(b.hot, first);
    caps_table_end(&b);
    round_start(frame_retired());
    assert_true(frame_reclaim(100));
    assert_int_equal(q.used, 8 * PAGE_SIZE);
    cpu_quiescent(1);
    assert_int_equal(address_space_flushes, flushes + 1);
    assert_true(frame_reclaim(1));
    assert_int_equal(q.used, 8 * PAGE_SIZE);
    cpu_quiescent(0);
    assert_false(frame_reclaim(1));
    assert_int_equal(q.used, 7 * PAGE_SIZE);
    assert_true(frame_reclaim(100));
    assert_int_equal(q.used, 0);
    assert_int_equal(frame_retired(), ROUND_NONE);
    assert_int_equal(cap_table_init(&a, &q), L4_OK);
    assert_true(a.hot <= first); /* the lowest that is free */
    caps_table_end(&a);
}

// This CPU has not heard of a page that another one made.
static void stale_translation_is_looked_past(void **state)
{
    struct cap *c;

    (void)state;
    (void)made(0, 302, 0, NULL); /* makes the page */
    cap_clear_index(&table[0], 302);
    cap_window_stale(table[0].hot + 300);
    c = made(0, 300, 0, NULL);
    cap_window_stale(c);
    assert_ptr_equal(cap_lookup(&table[0], UINT64_C(1) << 32 | 300 * L4_SLOT_SIZE), c);
    cap_window_stale(c);
    cap_clear_index(&table[0], 300);
    assert_int_equal(table[0].in_use, 0);
    cap_window_stale(c);
    c = made(0, 301, 0, NULL);
    cap_window_stale(c);
    object[0].dying = 1;
    caps_bury(&object[0]);
    assert_int_equal(cap_kind(c), L4_KIND_DEAD);
}

// Another CPU derives from the last descendant, as often as it can, while a slot is being revoked.
static void revocation_ends_although_others_derive(void **state)
{
    struct cap *a = made(0, 1, 0, NULL);
    struct cap *last = made(1, L4_SLOT_ANY, 0, a);
    unsigned refused = 0;
    bool done = false;

    (void)state;
    quota[1].limit = 1 << 26;
    for (unsigned i = 0; i < 100; i++)
        made(1, L4_SLOT_ANY, 0, a);
    for (unsigned step = 0; !done; step++) {
        unsigned budget = 2;
        struct cap *c;

        assert_true(step < 1000);
        done = cap_revoke(a, &budget);
        for (unsigned i = 0; !done && i < 6; i++) {
            enum l4_error err = cap_kind(last) ? caps_create(1, L4_SLOT_ANY, 0, last, &c) : L4_ERR_CAP;

            refused += err != L4_OK;
            if (err == L4_OK)
                last = c;
            if (caps_create(2, L4_SLOT_ANY, 0, a, &c) == L4_OK)
                cap_delete(c);
        }
        all_pass();
    }
    assert_true(refused > 0);
    assert_int_equal(table[1].in_use, 0);
    assert_null(object[0].revoking);
}

static void what_is_being_revoked_is_not_derived_from(void **state)
{
    struct cap *a = made(0, 1, 0, NULL);
    unsigned budget = 1;
    struct cap *c;

    (void)state;
    for (unsigned i = 0; i < 30; i++)
        made(1, L4_SLOT_ANY, 0, a);
    assert_false(cap_revoke(a, &budget));
    assert_int_equal(caps_create(2, 1, 0, a, &c), L4_ERR_BUSY);
    /* the revoker is gone; who asks again and again finishes for him */
    for (unsigned i = 0; caps_create(2, 1, 0, a, &c) != L4_OK; i++)
        assert_true(i < 5);
    assert_int_equal(table[1].in_use, 0);
    /* and one that is deleted half way is forgotten */
    made(1, 60, 0, a);
    made(1, 61, 0, a);
    budget = 1;
    assert_false(cap_revoke(a, &budget));
    cap_delete(a);
    assert_null(object[0].revoking);
    caps_check_object(0);
}

// Two objects die at once, a step of each in turn, while their slots are deleted.
static void burials_take_turns(void **state)
{
    struct cap *slots[2][40];
    bool done[2] = {false, false};

    (void)state;
    for (unsigned o = 0; o < 2; o++) {
        for (unsigned i = 0; i < 40; i++)
            slots[o][i] = made(o, 1 + i, o, i % 3 ? slots[o][i - 1] : NULL);
        object[o].dying = 1;
    }
    for (unsigned i = 0; !done[0] || !done[1]; i++) {
        unsigned budget = 3;

        assert_true(i < 200);
        done[i % 2] = cap_bury(&object[i % 2], &budget);
        if (i < 20)
            cap_delete(slots[i % 2][i * 7 % 40]);
    }
    for (unsigned o = 0; o < 2; o++) {
        assert_null(object[o].caps);
        for (unsigned i = 0; i < 40; i++)
            assert_true(cap_kind(slots[o][i]) == L4_KIND_DEAD || cap_kind(slots[o][i]) == L4_KIND_NONE);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(emptied_slot_waits_for_a_round),
        TEST(any_slot_waits_when_none_is_free),
        TEST(window_slot_waits),
        TEST(what_is_gone_is_not_copied),
        TEST(move_takes_the_place),
        TEST(table_that_ends_takes_nothing),
        TEST(window_is_reused_after_a_round),
        TEST(stale_translation_is_looked_past),
        TEST(revocation_ends_although_others_derive),
        TEST(what_is_being_revoked_is_not_derived_from),
        TEST(burials_take_turns),
    };

    return cmocka_run_group_tests(tests, caps_group, NULL);
}
