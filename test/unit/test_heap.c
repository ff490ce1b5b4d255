// SPDX-License-Identifier: BSD-2-Clause
// sources: kernel/base/heap.c
// Leftist heap: order, ranks and links after every one of many random operations, against a plain array.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/base/heap.h"
#include "support/random.h"

enum { NODES = 200, STEPS = 30000 };

static struct heap heap;
static struct heap_node nodes[NODES];

static int empty(void **state)
{
    (void)state;
    heap.top = NULL;
    memset(nodes, 0, sizeof nodes);
    return 0;
}

static uint32_t rank_of(const struct heap_node *n)
{
    return n ? n->rank : 0;
}

// Number of nodes at and below N.
static unsigned check(const struct heap_node *n, const struct heap_node *parent)
{
    if (!n)
        return 0;
    assert_ptr_equal(n->parent, parent);
    assert_int_equal(n->queued, 1);
    if (parent)
        assert_true(parent->key <= n->key);
    assert_true(rank_of(n->left) >= rank_of(n->right));
    assert_int_equal(n->rank, rank_of(n->right) + 1);
    return 1 + check(n->left, n) + check(n->right, n);
}

static void one_goes_in_and_out(void **state)
{
    (void)state;
    heap_insert(&heap, &nodes[0], 7);
    assert_ptr_equal(heap.top, &nodes[0]);
    assert_int_equal(check(heap.top, NULL), 1);
    heap_remove(&heap, &nodes[0]);
    assert_null(heap.top);
    assert_int_equal(nodes[0].queued, 0);
}

static void comes_out_sorted(void **state)
{
    uint64_t last = 0;

    (void)state;
    for (uint64_t i = 0; i < NODES; i++)
        heap_insert(&heap, &nodes[i], i * 7919 % 61);
    for (unsigned left = NODES; left > 0; left--) {
        struct heap_node *top = heap.top;

        assert_int_equal(check(top, NULL), left);
        assert_true(top->key >= last);
        last = top->key;
        heap_remove(&heap, top);
    }
    assert_null(heap.top);
}

static void extreme_keys_keep_their_order(void **state)
{
    (void)state;
    heap_insert(&heap, &nodes[0], UINT64_MAX);
    heap_insert(&heap, &nodes[1], 0);
    heap_insert(&heap, &nodes[2], UINT64_C(1) << 63);
    assert_ptr_equal(heap.top, &nodes[1]);
    heap_remove(&heap, &nodes[1]);
    assert_ptr_equal(heap.top, &nodes[2]);
}

static void inserting_twice_is_a_bug(void **state)
{
    (void)state;
    heap_insert(&heap, &nodes[0], 1);
    expect_assert_failure(heap_insert(&heap, &nodes[0], 2));
    heap_remove(&heap, &nodes[0]);
    expect_assert_failure(heap_remove(&heap, &nodes[0]));
}

static uint64_t smallest(void)
{
    uint64_t key = UINT64_MAX;

    for (unsigned i = 0; i < NODES; i++)
        if (nodes[i].queued && nodes[i].key < key)
            key = nodes[i].key;
    return key;
}

// Any node may go at any time; rising keys (as deadlines have them) make the longest spines.
static void agrees_with_an_array(void **state)
{
    uint64_t seed = 1;
    unsigned in = 0;

    (void)state;
    for (unsigned step = 0; step < STEPS; step++) {
        struct heap_node *n = &nodes[random_next(&seed) % NODES];

        if (n->queued) {
            heap_remove(&heap, n);
            in--;
        } else {
            heap_insert(&heap, n, step % 2000 < 1000 ? step : random_next(&seed) % 50);
            in++;
        }
        assert_int_equal(check(heap.top, NULL), in);
        if (in)
            assert_int_equal(heap.top->key, smallest());
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_goes_in_and_out, empty),
        cmocka_unit_test_setup(comes_out_sorted, empty),
        cmocka_unit_test_setup(extreme_keys_keep_their_order, empty),
        cmocka_unit_test_setup(inserting_twice_is_a_bug, empty),
        cmocka_unit_test_setup(agrees_with_an_array, empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
