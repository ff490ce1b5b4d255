// SPDX-License-Identifier: BSD-2-Clause
// sources: kernel/smp/mail.c kernel/smp/cpus.c
// Boxes: order of arrival, no more pieces than the budget, requests that merge; and with host threads as
// CPUs, that none is lost and that who takes one sees what was written before it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include "kernel/base/compiler.h"
#include "kernel/smp/cpus.h"
#include "kernel/smp/mail.h"
#include "support/cpu.h"

enum { PIECES = 6, POSTERS = 2, POSTS = 200000, SECONDS = 60 };

// Each poster writes `written` and then posts its bit; who takes the bit answers what it has seen.
static struct piece {
    struct mail mail;
    _Atomic uint64_t written[POSTERS];
    _Atomic uint64_t seen[POSTERS];
} pieces[PIECES];

static unsigned taken[64];
static uint32_t taken_requests[64];
static unsigned count;
static bool stress;

void mail_deliver(struct mail *m, uint32_t requests)
{
    struct piece *p = CONTAINER_OF(m, struct piece, mail);

    if (stress) {
        for (unsigned i = 0; i < POSTERS; i++)
            if (requests >> i & 1)
                atomic_store_explicit(&p->seen[i], atomic_load_explicit(&p->written[i], memory_order_relaxed),
                                      memory_order_release);
        return;
    }
    assert_true(count < ARRAY_SIZE(taken));
    taken[count] = (unsigned)(p - pieces);
    taken_requests[count++] = requests;
}

static int begin(void **state)
{
    (void)state;
    cpu_pretend(0, 15);
    count = 0;
    cpu_pokes = 0;
    return 0;
}

static void oldest_come_first_within_the_budget(void **state)
{
    static const unsigned order[] = {3, 1, 4, 0, 5};

    (void)state;
    for (unsigned i = 0; i < 5; i++)
        mail_post(&pieces[order[i]].mail, 1, 1u << i);
    assert_int_equal(cpu_pokes, 1);
    cpu_pretend(1, 15);
    assert_true(mail_waiting());
    assert_true(mail_take());
    assert_false(mail_drain(2));
    assert_int_equal(count, 2);
    assert_false(mail_take()); /* what was taken comes first */
    mail_post(&pieces[2].mail, 1, 1);
    assert_false(mail_drain(2));
    assert_true(mail_drain(2));
    assert_int_equal(count, 5);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(taken[i], order[i]);
        assert_int_equal(taken_requests[i], 1u << i);
    }
    assert_true(mail_take());
    assert_true(mail_drain(2));
    assert_int_equal(taken[5], 2);
    assert_false(mail_waiting());
}

static void requests_to_one_object_merge(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 10; i++)
        mail_post(&pieces[0].mail, 0, 1u << i);
    assert_true(mail_is_queued(&pieces[0].mail));
    assert_int_equal(cpu_pokes, 0); /* the own CPU looks by itself */
    assert_true(mail_take());
    assert_true(mail_drain(1));
    assert_int_equal(count, 1);
    assert_int_equal(taken_requests[0], 1023);
    assert_false(mail_is_queued(&pieces[0].mail));
}

static bool in_time(const struct timespec *begun)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec - begun->tv_sec < SECONDS;
}

static void *post(void *argument)
{
    unsigned me = (unsigned)(uintptr_t)argument;
    struct timespec begun;
    unsigned turns = 0; /* it gives way now and then only, so that the others run at the same time */

    clock_gettime(CLOCK_MONOTONIC, &begun);
    cpu_current = 1 + me;
    for (uint64_t n = 1, burst = 0; n <= POSTS; burst++) {
        struct piece *p = &pieces[burst % 2 * POSTERS + me];

        for (uint64_t end = n + burst % 8; n <= end; n++) {
            atomic_store_explicit(&p->written[me], n, memory_order_relaxed);
            mail_post(&p->mail, 0, 1u << me);
        }
        /* the last of a burst is rescued by no later one, and the piece is nobody else's: if it is lost it is
         * waited for in vain */
        while (atomic_load_explicit(&p->seen[me], memory_order_acquire) != n - 1)
            if (++turns % 4096 == 0 && (sched_yield() || !in_time(&begun)))
                return "lost";
    }
    return NULL;
}

static void no_request_is_lost(void **state)
{
    pthread_t poster[POSTERS];
    void *lost[POSTERS];
    unsigned left = POSTERS;
    unsigned turns = 0;

    (void)state;
    stress = true;
    for (unsigned i = 0; i < POSTERS; i++)
        assert_int_equal(pthread_create(&poster[i], NULL, post, (void *)(uintptr_t)i), 0);
    while (left) {
        (void)mail_take();
        (void)mail_drain(2);
        if (++turns % 4096)
            continue;
        sched_yield();
        if (pthread_tryjoin_np(poster[left - 1], &lost[left - 1]) == 0)
            left--;
    }
    stress = false;
    for (unsigned i = 0; i < POSTERS; i++)
        assert_null(lost[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(oldest_come_first_within_the_budget, begin),
        cmocka_unit_test_setup(requests_to_one_object_merge, begin),
        cmocka_unit_test_setup(no_request_is_lost, begin),
    };

    return cmocka_run_group_tests_name("mail", tests, NULL, NULL);
}
