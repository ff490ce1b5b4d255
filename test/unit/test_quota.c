// SPDX-License-Identifier: BSD-2-Clause
// sources: kernel/mem/quota.c
// Quotas: limits, overflow, and the tree of funders against sums made anew.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/mem/quota.h"
#include "support/random.h"

enum { QUOTAS = 12, STEPS = 50000, LIMIT = 1000000 };

static void charge_stops_at_the_limit(void **state)
{
    struct quota q = {.limit = 100};

    (void)state;
    assert_true(quota_charge(&q, 60));
    assert_false(quota_charge(&q, 41));
    assert_int_equal(q.used, 60);
    assert_true(quota_charge(&q, 40));
    assert_false(quota_charge(&q, 1));
    assert_true(quota_charge(&q, 0));
    quota_refund(&q, 100);
    assert_int_equal(q.used, 0);
}

static void sizes_near_the_end_do_not_wrap(void **state)
{
    struct quota q = {.limit = UINT64_MAX};
    struct quota child;

    (void)state;
    assert_true(quota_charge(&q, 16));
    assert_false(quota_charge(&q, UINT64_MAX));
    assert_false(quota_charge(&q, UINT64_MAX - 15));
    assert_int_equal(q.used, 16);
    assert_true(quota_open(&child, &q, UINT64_MAX - 16));
    assert_false(quota_add(&child, 17));
    assert_int_equal(child.limit, UINT64_MAX - 16);
    assert_true(q.used == UINT64_MAX);
}

static void returning_more_than_charged_is_a_bug(void **state)
{
    struct quota q = {.limit = 10, .used = 4};

    (void)state;
    expect_assert_failure(quota_refund(&q, 5));
}

static void closing_what_is_in_use_is_a_bug(void **state)
{
    struct quota root = {.limit = 100};
    struct quota child;

    (void)state;
    assert_true(quota_open(&child, &root, 50));
    assert_true(quota_charge(&child, 1));
    expect_assert_failure(quota_close(&child));
    quota_refund(&child, 1);
    quota_close(&child);
    assert_int_equal(root.used, 0);
    expect_assert_failure(quota_close(&root));
}

static struct quota quotas[QUOTAS];
static uint64_t charged[QUOTAS]; // without what is funded
static bool open[QUOTAS];

static uint64_t funded_by(const struct quota *q)
{
    uint64_t sum = 0;

    for (unsigned i = 1; i < QUOTAS; i++)
        if (open[i] && quotas[i].funder == q)
            sum += quotas[i].limit;
    return sum;
}

static void tree_step(unsigned i, unsigned what, uint64_t bytes)
{
    struct quota *q = &quotas[i];
    struct quota *funder = q->funder;
    uint64_t left = q->limit - q->used;

    if (what == 0) {
        assert_int_equal(quota_charge(q, bytes), bytes <= left);
        charged[i] += bytes <= left ? bytes : 0;
    } else if (what == 1) {
        bytes = charged[i] ? bytes % (charged[i] + 1) : 0;
        quota_refund(q, bytes);
        charged[i] -= bytes;
    } else if (what == 2 && funder) {
        bool fits = bytes <= funder->limit - funder->used;

        assert_int_equal(quota_add(q, bytes), fits);
        assert_int_equal(q->limit - q->used, left + (fits ? bytes : 0));
    } else if (what == 3 && funder && q->used == 0) {
        quota_close(q);
        open[i] = false;
    }
}

// What is used is what was charged plus the limits of the funded ones, after every step.
static void agrees_with_sums(void **state)
{
    uint64_t seed = 2;

    (void)state;
    quotas[0] = (struct quota){.limit = LIMIT};
    open[0] = true;
    for (unsigned step = 0; step < STEPS; step++) {
        unsigned i = random_next(&seed) % QUOTAS;
        unsigned other = random_next(&seed) % QUOTAS;
        unsigned what = random_next(&seed) % 4;
        uint64_t bytes = random_next(&seed) % (LIMIT / 4);

        if (open[i]) {
            tree_step(i, what, bytes);
        } else if (open[other]) {
            open[i] = bytes <= quotas[other].limit - quotas[other].used;
            assert_int_equal(quota_open(&quotas[i], &quotas[other], bytes), open[i]);
        }
        for (unsigned k = 0; k < QUOTAS; k++)
            if (open[k])
                assert_int_equal(quotas[k].used, charged[k] + funded_by(&quotas[k]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(charge_stops_at_the_limit),
        cmocka_unit_test(sizes_near_the_end_do_not_wrap),
        cmocka_unit_test(returning_more_than_charged_is_a_bug),
        cmocka_unit_test(closing_what_is_in_use_is_a_bug),
        cmocka_unit_test(agrees_with_sums),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
