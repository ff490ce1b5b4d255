// SPDX-License-Identifier: BSD-2-Clause
// sources: kernel/map/mapdb.c kernel/map/map_phys.c kernel/map/node.c kernel/map/vspace.c kernel/map/table.c kernel/map/leaf.c kernel/cap/cap.c kernel/cap/cap_phys.c kernel/cap/cap_slots.c kernel/cap/cap_table.c kernel/cap/cap_tree.c kernel/mem/limbo.c kernel/mem/quota.c kernel/base/regions.c kernel/smp/round.c kernel/smp/cpus.c
// Capability tables, case by case: handles, slots and windows, derivation, delete, revoke, the object's end.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/smp/round.h"
#include "support/caps.h"

static struct cap *made(unsigned t, uint64_t index, unsigned o, struct cap *parent)
{
    struct cap *c;

    assert_int_equal(caps_create(t, index, o, parent, &c), L4_OK);
    return c;
}

static uint64_t index_of(const struct cap *c, unsigned t)
{
    return (uint64_t)(c - table[t].hot);
}

static void handle_names_its_slot_only(void **state)
{
    struct cap *c = made(0, 9, 0, NULL);

    (void)state;
    assert_int_equal(c->handle, L4_HANDLE_FIRST(9));
    assert_ptr_equal(cap_lookup(&table[0], c->handle), c);
    assert_null(cap_lookup(&table[1], c->handle));
    assert_null(cap_lookup(&table[0], c->handle + (UINT64_C(1) << 32)));
    assert_null(cap_lookup(&table[0], c->handle + 1));
    assert_null(cap_lookup(&table[0], c->handle | UINT64_C(0x80000000)));
}

// Empty slots match nothing, whatever handle is tried: also 0 and those that empty slots hold themselves.
static void empty_slots_match_nothing(void **state)
{
    (void)state;
    assert_null(cap_lookup(&table[0], L4_HANDLE_NONE));
    for (uint64_t i = 0; i < L4_SLOT_COUNT; i++) {
        assert_null(cap_lookup(&table[0], i * L4_SLOT_SIZE));
        assert_null(cap_lookup(&table[0], L4_HANDLE_FIRST(i)));
    }
}

static void handles_are_never_valid_twice(void **state)
{
    struct cap *c = made(0, 9, 0, NULL);
    uint64_t old = c->handle;

    (void)state;
    cap_delete(c);
    assert_null(cap_lookup(&table[0], old));
    assert_ptr_equal(made(0, 9, 1, NULL), c);
    assert_null(cap_lookup(&table[0], old));
    assert_int_equal(c->handle, old + (UINT64_C(1) << 32));
    /* the last generation retires the slot */
    cap_delete(c);
    cap_cold_of(c)->generation = UINT32_MAX - 1;
    assert_ptr_equal(made(0, 9, 1, NULL), c);
    cap_delete(c);
    assert_int_equal(caps_create(0, 9, 0, NULL, &c), L4_ERR_LIMIT);
    for (unsigned i = 0; i < 2 * CAP_PAGE_SLOTS; i++)
        assert_int_not_equal(index_of(made(0, L4_SLOT_ANY, 0, NULL), 0), 9);
}

static void indices_are_checked(void **state)
{
    struct cap *c = made(0, L4_SLOT_COUNT - 1, 0, NULL);

    (void)state;
    assert_int_equal(caps_create(0, L4_SLOT_COUNT - 1, 0, NULL, &c), L4_ERR_EXISTS);
    assert_int_equal(caps_create(0, L4_SLOT_COUNT, 0, NULL, &c), L4_ERR_RANGE);
    assert_int_equal(caps_create(0, UINT64_MAX, 0, NULL, &c), L4_ERR_RANGE);
    cap_clear_index(&table[0], L4_SLOT_COUNT);
    cap_clear_index(&table[0], L4_SLOT_COUNT - 1);
    cap_clear_index(&table[0], L4_SLOT_COUNT - 1);
    cap_clear_index(&table[0], 5000);
    assert_int_equal(table[0].in_use, 0);
}

static void pages_are_charged(void **state)
{
    uint64_t used = quota[0].used;
    struct cap *c;

    (void)state;
    assert_int_equal(used, 4 * PAGE_SIZE);
    quota[0].limit = used + PAGE_SIZE;
    assert_int_equal(caps_create(0, 1000, 0, NULL, &c), L4_ERR_QUOTA);
    assert_int_equal(cap_check(&table[0], 1000), L4_OK);
    assert_int_equal(quota[0].used, used);
    quota[0].limit = used + 2 * PAGE_SIZE;
    assert_int_equal(cap_check(&table[0], 1000), L4_OK);
    assert_int_equal(quota[0].used, used);
    assert_int_equal(caps_create(0, 1000, 0, NULL, &c), L4_OK);
    assert_int_equal(quota[0].used, used + 2 * PAGE_SIZE);
    assert_int_equal(cap_check(&table[0], 1000), L4_ERR_EXISTS);
    /* the page is there: nothing can fail for memory */
    assert_int_equal(caps_create(0, 1023, 0, NULL, &c), L4_OK);
}

static void table_that_cannot_be_paid_leaves_nothing(void **state)
{
    struct cap_table t;
    unsigned before = caps_frames();

    (void)state;
    for (unsigned pages = 0; pages < 4; pages++) {
        struct quota q = {.limit = pages * PAGE_SIZE};

        memset(&t, 0, sizeof t);
        assert_int_equal(cap_table_init(&t, &q), L4_ERR_QUOTA);
        assert_int_equal(q.used, 0);
        assert_int_equal(caps_frames(), before);
    }
}

// Slots of receive windows are taken by index only, also when their pages come later.
static void window_slots_are_not_given_out(void **state)
{
    struct cap *in = made(0, 70, 0, NULL);
    unsigned given = 0;
    struct cap *c;

    (void)state;
    cap_table_reserve_window(&table[0], 64, 400);
    quota[0].limit = quota[0].used + 8 * PAGE_SIZE;
    for (;;) {
        enum l4_error err = caps_create(0, L4_SLOT_ANY, 0, NULL, &c);

        /* those of the first page are taken off the free list little by little */
        if (err == ROUND_AGAIN)
            continue;
        if (err != L4_OK)
            break;
        assert_false(index_of(c, 0) >= 64 && index_of(c, 0) < 400);
        assert_int_not_equal(index_of(c, 0), 0);
        given++;
    }
    /* 1-63, 400-511 and three pages more: page 128-255 lies in the window wholly and is not made */
    assert_int_equal(given, 63 + 112 + 3 * CAP_PAGE_SLOTS);
    cap_delete(in);
    assert_int_equal(caps_create(0, L4_SLOT_ANY, 0, NULL, &c), L4_ERR_QUOTA);
    assert_ptr_equal(made(0, 70, 1, NULL), in);
}

static void full_table_says_so(void **state)
{
    struct cap *c = NULL;

    (void)state;
    quota[0].limit = 1 << 26;
    cap_table_reserve_window(&table[0], 128, L4_SLOT_COUNT);
    for (unsigned i = 1; i < 128; i++)
        assert_int_equal(index_of(made(0, L4_SLOT_ANY, 0, NULL), 0), i);
    assert_int_equal(caps_create(0, L4_SLOT_ANY, 0, NULL, &c), L4_ERR_LIMIT);
    cap_clear_index(&table[0], 17);
    assert_int_equal(index_of(made(0, L4_SLOT_ANY, 0, NULL), 0), 17);
}

static void delete_keeps_what_was_derived(void **state)
{
    struct cap *a = made(0, 1, 0, NULL);
    struct cap *b = made(1, 1, 0, a);
    struct cap *c = made(2, 1, 0, b);

    (void)state;
    assert_ptr_equal(caps_parent(c), b);
    assert_ptr_equal(caps_parent(b), a);
    cap_delete(b);
    assert_ptr_equal(caps_parent(c), a);
    assert_ptr_equal(cap_object(c), &object[0]);
    cap_delete(a);
    assert_null(caps_parent(c));
    assert_ptr_equal(object[0].caps, cap_cold_of(c));
}

static void revoke_reaches_every_table(void **state)
{
    struct cap *a = made(0, 1, 0, NULL);
    struct cap *b = made(0, 2, 0, a);
    struct cap *sibling = made(0, 3, 0, a);
    unsigned budget = 100;

    (void)state;
    made(2, 8, 0, made(1, 8, 0, b));
    assert_true(cap_revoke(b, &budget));
    assert_int_equal(budget, 98);
    assert_int_equal(b->kind, L4_KIND_EVENT);
    assert_int_equal(sibling->kind, L4_KIND_EVENT);
    assert_int_equal(table[1].in_use + table[2].in_use, 0);
    budget = 2;
    assert_true(cap_revoke(a, &budget));
    assert_int_equal(table[0].in_use, 1);
}

static void revoke_stops_at_its_budget(void **state)
{
    struct cap *a = made(0, 1, 0, NULL);
    unsigned budget = 4;

    (void)state;
    for (unsigned i = 0; i < 10; i++)
        made(1, L4_SLOT_ANY, 0, a);
    assert_false(cap_revoke(a, &budget));
    assert_int_equal(table[1].in_use, 6);
    budget = 6;
    assert_true(cap_revoke(a, &budget));
    assert_int_equal(budget, 0);
    assert_true(cap_revoke(a, &budget));
}

static void buried_slots_are_dead_until_deleted(void **state)
{
    struct cap *a = made(0, 1, 0, NULL);
    struct cap *b = made(1, 1, 0, a);
    uint64_t handle = b->handle;
    unsigned budget = 0;

    (void)state;
    caps_bury(&object[0]);
    assert_null(object[0].caps);
    assert_ptr_equal(cap_lookup(&table[1], handle), b);
    assert_int_equal(b->kind, L4_KIND_DEAD);
    assert_int_equal(cap_count(), 2);
    assert_true(cap_delete(b));
    assert_false(cap_delete(b));
    assert_null(cap_lookup(&table[1], handle));
    assert_true(cap_revoke(a, &budget));
    assert_int_equal(cap_count(), 1);
}

static enum l4_error derive_reply(uint64_t index, struct cap *parent, struct cap **out)
{
    struct cap_fill fill = {.object = &object[0], .rights = L4_RIGHT_ALL, .kind = L4_KIND_REPLY};

    if (parent)
        assert_int_equal(cap_fill_from(&table[0], parent->handle, &fill), L4_OK);
    return cap_create(&table[0], index, &fill, out);
}

// One caller, one answer: what is about to be moved is not moved a second time; both slots follow the caller,
// and die with it.
static void reply_capability_is_in_one_slot(void **state)
{
    struct cap *a;
    struct cap *b;
    struct cap *c;
    uint64_t handle;

    (void)state;
    assert_int_equal(derive_reply(1, NULL, &a), L4_OK);
    assert_int_equal(derive_reply(2, a, &b), L4_OK);
    assert_int_equal(derive_reply(3, a, &c), L4_ERR_CAP);
    cap_reply_rename(&object[0], &object[1]);
    assert_null(object[0].caps);
    assert_ptr_equal(cap_object(a), &object[1]);
    assert_ptr_equal(cap_object(b), &object[1]);
    cap_replace(a, b);
    assert_int_equal(cap_count(), 1);
    handle = b->handle;
    cap_reply_rename(&object[1], NULL);
    assert_ptr_equal(cap_lookup(&table[0], handle), b);
    assert_int_equal(b->kind, L4_KIND_DEAD);
    assert_null(object[1].caps);
    assert_true(cap_delete(b));
}

// The end of a table with many pages writes to none that it has freed already: see caps_frames.
static void table_ends_with_all_its_pages(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 6; i++)
        made(0, 1 + i * 200, i % CAPS_OBJECTS, NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, caps_begin, caps_end)
    const struct CMUnitTest tests[] = {
        TEST(handle_names_its_slot_only),
        TEST(empty_slots_match_nothing),
        TEST(handles_are_never_valid_twice),
        TEST(indices_are_checked),
        TEST(pages_are_charged),
        TEST(table_that_cannot_be_paid_leaves_nothing),
        TEST(reply_capability_is_in_one_slot),
        TEST(window_slots_are_not_given_out),
        TEST(full_table_says_so),
        TEST(delete_keeps_what_was_derived),
        TEST(revoke_reaches_every_table),
        TEST(revoke_stops_at_its_budget),
        TEST(buried_slots_are_dead_until_deleted),
        TEST(table_ends_with_all_its_pages),
    };

    return cmocka_run_group_tests(tests, caps_group, NULL);
}
