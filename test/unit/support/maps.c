// SPDX-License-Identifier: BSD-2-Clause
// See maps.h.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "maps.h"

#include "kernel/mem/frame.h"

struct vspace maps_space[MAPS_SPACES];
struct quota maps_quota[MAPS_SPACES];
_Alignas(16) struct map_node maps_via;
static uint64_t free_before;

struct map_node *maps_prev(const struct map_node *n)
{
    return (struct map_node *)(uintptr_t)(n->prev_depth & ~UINT64_C(15));
}

struct map_node *maps_parent(const struct map_node *n)
{
    struct map_node *p = maps_prev(n);

    while (p && node_depth(p) >= node_depth(n))
        p = maps_prev(p);
    return p == &maps_via ? NULL : p;
}

void maps_begin(uint64_t limit)
{
    free_before = frame_pool_free().v;
    for (unsigned i = 0; i < MAPS_SPACES; i++) {
        memset(&maps_space[i], 0, sizeof maps_space[i]);
        maps_quota[i] = (struct quota){.limit = limit};
        assert_int_equal(vspace_init(&maps_space[i], &maps_quota[i], 1), L4_OK);
    }
}

static void maps_fini(struct vspace *vs)
{
    unsigned budget;

    do
        budget = 3;
    while (!vspace_fini_step(vs, &budget));
}

void maps_end(void)
{
    for (unsigned i = 0; i < MAPS_SPACES; i++)
        maps_unmap(&maps_space[i], 0, UINT64_C(0x7ffffffff000), 3, 0);
    maps_check();
    assert_int_equal(map_count(), 0);
    for (unsigned i = 0; i < MAPS_SPACES; i++) {
        assert_int_equal(maps_quota[i].used, PAGE_SIZE); // the top-level table
        maps_fini(&maps_space[i]);
        assert_int_equal(maps_quota[i].used, 0);
    }
    assert_int_equal(frame_pool_free().v, free_before);
}

// The node N of leaf L against the one before it and its parent.
static void check_node(const struct leaf *l)
{
    struct map_node *prev = maps_prev(l->node);
    struct map_node *parent = maps_parent(l->node);
    struct map_node *next = (struct map_node *)(uintptr_t)l->node->next;
    struct leaf source;

    assert_true(node_depth(l->node) <= MAP_DEPTH_MAX);
    assert_int_equal(node_depth(l->node) == 0, prev == NULL);
    if (next) {
        assert_ptr_equal(maps_prev(next), l->node);
        assert_in_range(node_depth(next), 1, node_depth(l->node) + 1);
    }
    if (!prev)
        return;
    assert_int_equal(prev->next, (uintptr_t)l->node);
    if (!parent) {
        assert_true(node_depth(l->node) == 1 && pte_is_device(*l->pte));
        return;
    }
    assert_int_equal(node_depth(l->node), node_depth(parent) + 1);
    leaf_of_node(parent, &source);
    assert_true(pte_present(*source.pte));
    // a mapping may have been split: then its pieces lie in what they came from
    assert_true(l->level <= source.level);
    assert_true(pte_address(*l->pte).v - pte_address(*source.pte).v < level_size(source.level));
    assert_int_equal(pte_is_device(*source.pte), pte_is_device(*l->pte));
    assert_int_equal(pte_rights(*l->pte) & ~pte_give_rights(*source.pte), 0);
    assert_int_equal(pte_cache(*l->pte, l->level), pte_cache(*source.pte, source.level));
}

// A page of nodes is there exactly when the half of the table that it belongs to has leaves.
static void check_nodes(uint32_t number, unsigned leaves)
{
    assert_int_equal(number != FRAME_NONE, leaves > 0);
    if (number != FRAME_NONE)
        assert_int_equal(frame_of(paddr_of(pfn(number)))->used, leaves);
}

static uint64_t frames_of_table(const struct vspace *vs, paddr_t p, unsigned level)
{
    const pte_t *t = phys_window(p);
    const struct frame *f = frame_of(p);
    unsigned limit = level == PT_LEVELS ? PT_ENTRIES / 2 : PT_ENTRIES;
    uint64_t n = 1u + (f->a != FRAME_NONE) + (f->b != FRAME_NONE);
    unsigned leaves[2] = {0};
    unsigned below = 0;

    assert_int_equal(f->kind, FRAME_TABLE);
    assert_ptr_equal(f->owner, vs);
    for (unsigned i = 0; i < limit; i++) {
        if (!pte_present(t[i]))
            continue;
        leaves[i / 256] += level <= 2 && pte_is_leaf(t[i], level);
        if (level <= 2 && pte_is_leaf(t[i], level))
            continue;
        below++;
        n += frames_of_table(vs, pte_address(t[i]), level - 1);
    }
    // what nothing is mapped in is not there
    assert_int_equal(f->used, below + leaves[0] + leaves[1]);
    assert_true(f->used > 0 || level == PT_LEVELS);
    check_nodes(f->a, leaves[0]);
    check_nodes(f->b, leaves[1]);
    return n;
}

void maps_check(void)
{
    uint64_t leaves = 0;

    for (unsigned i = 0; i < MAPS_SPACES; i++) {
        struct vspace *vs = &maps_space[i];
        uint64_t end = UINT64_C(0x7ffffffff000);
        uint64_t mapped = 0;
        struct leaf l;

        unsigned steps = UINT32_MAX;

        for (uint64_t at = vspace_next(vs, 0, end, &steps); at < end;
             at = vspace_next(vs, l.va + level_size(l.level), end, &steps)) {
            struct leaf back;

            assert_true(vspace_find(vs, at, &l));
            assert_non_null(l.node);
            leaf_of_node(l.node, &back);
            assert_true(back.vs == vs && back.pte == l.pte && back.va == l.va && back.level == l.level);
            check_node(&l);
            mapped += level_size(l.level) / PAGE_SIZE;
            leaves++;
        }
        assert_int_equal(vs->mapped, mapped);
        assert_int_equal(maps_quota[i].used, frames_of_table(vs, vs->top, PT_LEVELS) * PAGE_SIZE);
    }
    assert_int_equal(map_count(), leaves);
}

uint64_t maps_map(struct map_request r, enum l4_error *err)
{
    uint64_t all = 0;

    *err = L4_OK;
    while (r.bytes > 0) {
        uint64_t done = 0;

        *err = map_range(&r, &done);
        assert_true(done <= r.bytes && (*err == L4_OK) == (done > 0));
        if (*err != L4_OK && *err != L4_ERR_BUSY)
            break;
        r.source += done;
        r.target += done;
        r.bytes -= done;
        all += done;
    }
    return all;
}

void maps_unmap(struct vspace *vs, uint64_t va, uint64_t bytes, unsigned which, unsigned remain)
{
    for (unsigned calls = 0; bytes > 0; calls++) {
        uint64_t done = 0;
        bool finished = unmap_range(vs, va, bytes, which, remain, &done);

        assert_true(done <= bytes && calls < 1000000);
        if (finished)
            return;
        va += done;
        bytes -= done;
    }
}
