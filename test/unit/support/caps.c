// SPDX-License-Identifier: BSD-2-Clause
// See caps.h.
#include "caps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/arch/window.h"
#include "kernel/mem/frame.h"
#include "ram.h"

enum { FRAMES = 1024 };

static bool taken[FRAMES];
static struct frame notes[FRAMES];

// What frame_pool_init of the RAM would need is not used here.
void frame_pool_init(npages_t count)
{
    (void)count;
    fail();
}

static uint8_t *frame_at(unsigned i)
{
    return phys_window(paddr(RAM_BASE + i * PAGE_SIZE));
}

static bool filled(unsigned i)
{
    for (unsigned k = 0; k < PAGE_SIZE; k++)
        if (frame_at(i)[k] != 0xdd)
            return false;
    return true;
}

bool frame_alloc_zeroed(paddr_t *out)
{
    for (unsigned i = 1; i < FRAMES; i++) {
        if (taken[i])
            continue;
        assert_true(filled(i));
        memset(frame_at(i), 0, PAGE_SIZE);
        taken[i] = true;
        notes[i] = (struct frame){.kind = FRAME_PLAIN};
        *out = paddr(RAM_BASE + i * PAGE_SIZE);
        return true;
    }
    return false;
}

// No ranges come here.
npages_t frame_range_size(unsigned range)
{
    (void)range;
    abort();
}

void frame_range_open(unsigned range)
{
    (void)range;
    abort();
}

void frame_free(paddr_t p)
{
    unsigned i = (unsigned)((p.v - RAM_BASE) / PAGE_SIZE);

    assert_true(i < FRAMES && taken[i]);
    taken[i] = false;
    memset(frame_at(i), 0xdd, PAGE_SIZE);
}

struct frame *frame_of(paddr_t p)
{
    unsigned i = (unsigned)((p.v - RAM_BASE) / PAGE_SIZE);

    assert_true(i < FRAMES && taken[i]);
    return &notes[i];
}

unsigned caps_frames(void)
{
    unsigned n = 0;

    for (unsigned i = 1; i < FRAMES; i++) {
        assert_true(taken[i] || filled(i));
        n += taken[i];
    }
    return n;
}

struct cap_table table[CAPS_TABLES];
struct quota quota[CAPS_TABLES];
struct object object[CAPS_OBJECTS];
static unsigned frames_before;

void caps_table_end(struct cap_table *t)
{
    for (unsigned steps = 0;; steps++) {
        unsigned budget = 300;

        assert_true(steps < 2 * L4_SLOT_COUNT / 300);
        if (cap_table_fini_step(t, &budget))
            break;
    }
    assert_int_equal(t->in_use, 0);
}

int caps_group(void **state)
{
    struct cap_table t;
    struct quota q = {.limit = 1 << 20};

    (void)state;
    ram_init(FRAMES);
    memset(frame_at(0), 0xdd, FRAMES * PAGE_SIZE);
    window_prepare(vaddr(0));
    // the shared page of empty slots stays for ever
    assert_int_equal(cap_table_init(&t, &q), L4_OK);
    caps_table_end(&t);
    frames_before = caps_frames();
    assert_int_equal(frames_before, 1);
    return 0;
}

int caps_begin(void **state)
{
    (void)state;
    memset(table, 0, sizeof table);
    for (unsigned i = 0; i < CAPS_TABLES; i++) {
        quota[i] = (struct quota){.limit = 1 << 21};
        assert_int_equal(cap_table_init(&table[i], &quota[i]), L4_OK);
    }
    for (unsigned i = 0; i < CAPS_OBJECTS; i++)
        object_init(&object[i], L4_KIND_EVENT);
    return 0;
}

int caps_end(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CAPS_TABLES; i++) {
        caps_table_end(&table[i]);
        assert_int_equal(quota[i].used, 0);
        (void)caps_frames();
    }
    assert_int_equal(caps_frames(), frames_before);
    assert_int_equal(cap_count(), 0);
    for (unsigned i = 0; i < CAPS_OBJECTS; i++)
        assert_null(object[i].caps);
    return 0;
}

enum l4_error caps_create(unsigned t, uint64_t index, unsigned o, struct cap *parent, struct cap **out)
{
    struct cap_fill fill = {.object = &object[o],
                            .parent = parent,
                            .parent_handle = parent ? parent->handle : 0,
                            .badge = 7,
                            .rights = 15,
                            .kind = L4_KIND_EVENT};

    return cap_create(&table[t], index, &fill, out);
}

struct cap *caps_parent(const struct cap *c)
{
    uint32_t link = cap_cold_of(c)->prev[CAP_OPEN];

    // past the closing brackets of what was derived later from the same slot
    while (link && (link & 1) == CAP_CLOSE)
        link = cap_of_link(link)->prev[CAP_OPEN];
    return link ? (struct cap *)((uintptr_t)cap_of_link(link) - CAP_COLD_OFFSET) : NULL;
}

unsigned caps_depth(const struct cap *c)
{
    unsigned depth = 0;

    for (c = caps_parent(c); c; c = caps_parent(c))
        depth++;
    return depth;
}

void caps_check_object(unsigned o)
{
    uint32_t prev = 0;
    uint64_t depth = 0;
    uint32_t link = object[o].caps ? cap_link(object[o].caps, CAP_OPEN) : 0;

    for (; link; link = cap_of_link(link)->next[link & 1]) {
        const struct cap_cold *c = cap_of_link(link);

        assert_int_equal(c->prev[link & 1], prev);
        assert_ptr_equal(c->object, &object[o]);
        assert_int_equal(c->state, COLD_USED);
        assert_true(depth > 0 || (link & 1) == CAP_OPEN);
        depth += (link & 1) == CAP_OPEN ? 1 : UINT64_MAX;
        prev = link;
    }
    assert_int_equal(depth, 0);
}

void caps_bury(struct object *o)
{
    unsigned budget;

    do
        budget = 10;
    while (!cap_bury(o, &budget));
}
