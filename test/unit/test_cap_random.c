// SPDX-License-Identifier: BSD-2-Clause
// sources: kernel/map/mapdb.c kernel/map/map_phys.c kernel/map/node.c kernel/map/vspace.c kernel/map/table.c kernel/map/leaf.c kernel/cap/cap.c kernel/cap/cap_phys.c kernel/cap/cap_slots.c kernel/cap/cap_table.c kernel/cap/cap_tree.c kernel/mem/limbo.c kernel/mem/quota.c kernel/base/regions.c kernel/smp/round.c kernel/smp/cpus.c
// Random creation, derivation, deletion, revocation and burial of capabilities against a model that knows for
// each slot its object and its parent. Seeded: the same in every run.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/caps.h"
#include "support/random.h"

// Model: each slot's object and parent.
enum { SLOTS = 40, STEPS = 20000 };
static struct slot {
    struct cap *cap; // NULL: empty
    struct slot *parent;
    int object; // -1: dead
} slots[CAPS_TABLES][SLOTS];

static void model_remove(struct slot *gone)
{
    for (unsigned t = 0; t < CAPS_TABLES; t++)
        for (unsigned i = 0; i < SLOTS; i++)
            if (slots[t][i].parent == gone)
                slots[t][i].parent = gone->parent;
    *gone = (struct slot){0};
}

static bool derived_from(const struct slot *s, const struct slot *from)
{
    for (s = s->parent; s; s = s->parent)
        if (s == from)
            return true;
    return false;
}

static void check_all(void)
{
    unsigned all = 0;

    for (unsigned t = 0; t < CAPS_TABLES; t++) {
        unsigned in_use = 0;

        for (unsigned i = 0; i < SLOTS; i++) {
            const struct slot *s = &slots[t][i];

            if (!s->cap) {
                assert_int_equal(table[t].hot[i + 1].kind, L4_KIND_NONE);
                continue;
            }
            in_use++;
            assert_ptr_equal(cap_lookup(&table[t], s->cap->handle), s->cap);
            assert_int_equal(s->cap->kind, s->object < 0 ? L4_KIND_DEAD : L4_KIND_EVENT);
            assert_ptr_equal(caps_parent(s->cap), s->parent ? s->parent->cap : NULL);
        }
        assert_int_equal(table[t].in_use, in_use);
        all += in_use;
    }
    assert_int_equal(cap_count(), all);
    for (unsigned o = 0; o < CAPS_OBJECTS; o++)
        caps_check_object(o);
}

static void step_create(uint64_t *seed, unsigned t, unsigned i, struct slot *parent)
{
    bool derive = parent->cap && parent->object >= 0 && random_next(seed) % 8;
    struct cap *c = NULL;
    int o = derive ? parent->object : (int)(random_next(seed) % CAPS_OBJECTS);
    enum l4_error err = caps_create(t, i + 1, (unsigned)o, derive ? parent->cap : NULL, &c);

    assert_int_equal(err, slots[t][i].cap ? L4_ERR_EXISTS : L4_OK);
    if (err == L4_OK)
        slots[t][i] = (struct slot){c, derive ? parent : NULL, o};
}

static void step_revoke(struct slot *from)
{
    unsigned budget = CAPS_TABLES * SLOTS;

    assert_true(cap_revoke(from->cap, &budget));
    for (bool found = true; found;) {
        found = false;
        for (unsigned k = 0; k < CAPS_TABLES * SLOTS; k++) {
            struct slot *s = &slots[k / SLOTS][k % SLOTS];

            if (s->cap && derived_from(s, from)) {
                model_remove(s);
                found = true;
            }
        }
    }
}

static void step_bury(unsigned o)
{
    caps_bury(&object[o]);
    for (unsigned k = 0; k < CAPS_TABLES * SLOTS; k++) {
        struct slot *s = &slots[k / SLOTS][k % SLOTS];

        if (s->cap && s->object == (int)o) {
            s->object = -1; // and it stays derived from the others, which can be revoked
        }
    }
}

static void agrees_with_the_model(void **state)
{
    uint64_t seed = 4;

    (void)state;
    memset(slots, 0, sizeof slots);
    for (unsigned step = 0; step < STEPS; step++) {
        unsigned t = random_next(&seed) % CAPS_TABLES;
        unsigned i = random_next(&seed) % SLOTS;
        struct slot *s = &slots[t][i];
        unsigned what = random_next(&seed) % 64;

        if (what < 44) {
            step_create(&seed, t, i, &slots[random_next(&seed) % CAPS_TABLES][random_next(&seed) % SLOTS]);
        } else if (what < 61 && s->cap) {
            cap_delete(s->cap);
            model_remove(s);
        } else if (what < 63 && s->cap) {
            step_revoke(s);
        } else if (what == 63) {
            step_bury(random_next(&seed) % CAPS_OBJECTS);
        }
        check_all();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(agrees_with_the_model, caps_begin, caps_end),
    };

    return cmocka_run_group_tests(tests, caps_group, NULL);
}
