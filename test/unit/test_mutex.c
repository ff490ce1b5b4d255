// SPDX-License-Identifier: BSD-2-Clause
// sources: libl4/src/mutex.c
// The mutex with host threads as activations: pending words are made of a condition variable each. One holder
// at a time, no waiter forgotten, hand-over in the order of waiting, no kernel entry without contention.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>
#include <l4/mutex.h>
#include <l4/ipc.h>
#include <l4/program.h>
#include "../../libl4/src/pending.h"

enum { THREADS = 6, ROUNDS = 3000 };

static struct activation {
    struct l4_utcb utcb;
    pthread_mutex_t lock;
    pthread_cond_t set;
    uint64_t pending;
} activations[THREADS];
static _Thread_local unsigned self;
static atomic_uint waits, wakes;

struct l4_utcb *l4_utcb(void)
{
    return &activations[self].utcb;
}

int l4_pending_wait_flags(uint64_t bits, uint64_t deadline, uint64_t flags, uint64_t *taken)
{
    struct activation *a = &activations[self];
    (void)deadline;
    assert_int_equal(flags, L4_FLAG_SHIELD);
    waits++;
    pthread_mutex_lock(&a->lock);
    while (!(a->pending & bits))
        pthread_cond_wait(&a->set, &a->lock);
    *taken = a->pending & bits;
    a->pending &= ~bits;
    pthread_mutex_unlock(&a->lock);
    return L4_OK;
}

int l4_pending_wake(uint64_t index, uint64_t bits)
{
    struct activation *a = &activations[index];
    wakes++;
    pthread_mutex_lock(&a->lock);
    a->pending |= bits;
    pthread_cond_signal(&a->set);
    pthread_mutex_unlock(&a->lock);
    return L4_OK;
}

void l4_abort_text(const char *kind, uint64_t out[static L4_ABORT_TEXT / 8])
{
    out[0] = out[1] = out[2] = 0;
    fail_msg("aborted: %s", kind);
}

static struct l4_mutex mutex;
static unsigned long counter; // guarded by mutex
static atomic_uint inside;
static unsigned order[THREADS], ended; // guarded by mutex

static int set_up(void **state)
{
    (void)state;
    memset(activations, 0, sizeof(activations));
    for (unsigned i = 0; i < THREADS; i++) {
        activations[i].utcb.index = i;
        pthread_mutex_init(&activations[i].lock, NULL);
        pthread_cond_init(&activations[i].set, NULL);
    }
    mutex = (struct l4_mutex)L4_MUTEX_INIT;
    self = 0;
    counter = 0;
    ended = 0;
    waits = wakes = 0;
    return 0;
}

static void test_uncontended(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        l4_mutex_lock(&mutex);
        assert_int_equal(l4_utcb()->held_locks, 1);
        assert_false(l4_mutex_try(&mutex));
        l4_mutex_unlock(&mutex);
        assert_int_equal(l4_utcb()->held_locks, 0);
    }
    assert_true(l4_mutex_try(&mutex));
    l4_mutex_unlock(&mutex);
    assert_int_equal(waits, 0);
    assert_int_equal(wakes, 0);
}

static void *hammer(void *argument)
{
    self = *(unsigned *)argument;
    for (unsigned i = 0; i < ROUNDS; i++) {
        l4_mutex_lock(&mutex);
        if (atomic_fetch_add(&inside, 1) != 0)
            counter += 1000000; // seen by the check at the end
        counter++;
        if (i % 16 == 0)
            usleep(1);
        atomic_fetch_sub(&inside, 1);
        l4_mutex_unlock(&mutex);
        if (i % 64 == 0 && l4_mutex_try(&mutex)) {
            counter++;
            counter--;
            l4_mutex_unlock(&mutex);
        }
    }
    return NULL;
}

static void test_one_holder(void **state)
{
    pthread_t threads[THREADS];
    unsigned numbers[THREADS];
    (void)state;
    for (unsigned i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, hammer, &numbers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(counter, THREADS * ROUNDS);
    assert_int_equal(atomic_load(&mutex.word), 0);
    assert_true(waits > 0); // there was contention
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(activations[i].utcb.held_locks, 0);
}

static void *queue_up(void *argument)
{
    self = *(unsigned *)argument;
    l4_mutex_lock(&mutex);
    order[ended++] = self;
    l4_mutex_unlock(&mutex);
    return NULL;
}

static void test_in_order_of_waiting(void **state)
{
    pthread_t threads[THREADS];
    unsigned numbers[THREADS];
    (void)state;
    l4_mutex_lock(&mutex);
    for (unsigned i = 1; i < THREADS; i++) {
        uint64_t before = atomic_load(&mutex.word);
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, queue_up, &numbers[i]), 0);
        while (atomic_load(&mutex.word) == before)
            usleep(100);
    }
    l4_mutex_unlock(&mutex);
    for (unsigned i = 1; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (unsigned i = 1; i < THREADS; i++)
        assert_int_equal(order[i - 1], i);
    assert_int_equal(wakes, THREADS - 1);
    assert_int_equal(atomic_load(&mutex.word), 0);
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_uncontended, set_up),
        cmocka_unit_test_setup(test_one_holder, set_up),
        cmocka_unit_test_setup(test_in_order_of_waiting, set_up),
    };
    return cmocka_run_group_tests_name("mutex", tests, NULL, NULL);
}
