// SPDX-License-Identifier: BSD-2-Clause
// The mutex among threads of one space: one holder at a time though every holder yields, nobody is forgotten,
// no kernel entry without contention, pending bits of the program's own get through.
#include <l4/ipc.h>
#include <l4/mutex.h>
#include <l4/probe.h>
#include <l4/program.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#define THREADS 5
#define ROUNDS  200

static struct l4_thread threads[THREADS];
static struct l4_mutex mutex;
static unsigned inside, overlaps, counter; // guarded by mutex, or by the hope that it works
static unsigned rounds[THREADS];
static uint64_t main_index;

static void body(void *argument)
{
    unsigned number = (unsigned)((struct l4_thread *)argument - threads);
    for (unsigned i = 0; i < ROUNDS; i++) {
        l4_mutex_lock(&mutex);
        overlaps += inside != 0;
        inside = 1;
        unsigned seen = counter;
        if (l4_thread_yield(threads[number].handle))
            l4_abort("yield");
        counter = seen + 1;
        inside = 0;
        l4_mutex_unlock(&mutex);
        rounds[number]++;
    }
    if (l4_pending_wake(main_index, 1ull << number))
        l4_abort("wake");
}

static void check_uncontended(void)
{
    l4_mutex_lock(&mutex);
    tap_equal(atomic_load(&mutex.word), 1, "held");
    tap_ok(!l4_mutex_try(&mutex), "a second try fails");
    tap_equal(l4_utcb()->held_locks, 1, "one lock is held");
    l4_mutex_unlock(&mutex);
    tap_equal(atomic_load(&mutex.word), 0, "free");
    tap_equal(l4_utcb()->held_locks, 0, "no lock is held");
}

// Bits set while this thread waits for a lock are there afterwards.
static struct l4_thread holder;

static void hold(void *argument)
{
    (void)argument;
    l4_mutex_lock(&mutex);
    if (l4_pending_wake(main_index, 1ull << 10)) // main goes on and queues for the mutex
        l4_abort("wake");
    l4_sleep_until(l4_clock() + 20000000ull);
    if (l4_pending_wake(main_index, 1ull << 11))
        l4_abort("wake");
    l4_sleep_until(l4_clock() + 20000000ull);
    l4_mutex_unlock(&mutex);
}

static void check_other_bits(void)
{
    uint64_t taken = 0;
    int error = l4_thread_create(&holder, 50);
    if (!error)
        error = l4_thread_start(&holder, hold, NULL, 0);
    if (!error)
        error = l4_pending_wait(1ull << 10, l4_clock() + 5000000000ull, &taken);
    tap_error(error, L4_OK, "another thread holds the mutex");
    uint64_t before = l4_clock();
    l4_mutex_lock(&mutex);
    tap_ok(l4_clock() - before > 30000000ull, "the lock was waited for");
    l4_mutex_unlock(&mutex);
    tap_error(l4_pending_wait(1ull << 11, L4_DEADLINE_POLL, &taken), L4_OK,
              "a bit set meanwhile is still there");
    tap_error(l4_pending_wait(~L4_PENDING_LOCK, L4_DEADLINE_POLL, &taken), L4_ERR_TIMEOUT, "and no other");
}

// Builds with assertions: whoever calls a gate, or waits, or locks again while holding a mutex is stopped.
static struct l4_thread offender;
static unsigned survived;

static void call_holding(void *argument)
{
    struct l4_msg m;
    (void)argument;
    l4_mutex_lock(&mutex);
    l4_msg_init(&m, L4_CAP_PAGER, 0x7777);
    survived = l4_call(&m) == L4_OK;
}

static void check_offence(void)
{
    struct l4_thread_info info = {0};
    int error = l4_thread_create(&offender, 50);
    if (!error)
        error = l4_thread_start(&offender, call_holding, NULL, 0);
    tap_error(error, L4_OK, "a thread calls the pager while it holds the mutex");
    l4_sleep_until(l4_clock() + 200000000ull);
    tap_error(l4_thread_state(offender.handle, &info), L4_OK, "its state can be read");
    tap_equal(info.state, L4_THREAD_HALTED, "it is halted");
    tap_equal(survived, 0, "before the call");
}

int main(int argc, char **argv)
{
    int error = L4_OK;
    (void)argc;
    (void)argv;
    main_index = l4_utcb()->index;
    check_uncontended();
    for (unsigned i = 0; i < THREADS && !error; i++)
        error = l4_thread_create(&threads[i], 50);
    for (unsigned i = 0; i < THREADS && !error; i++)
        error = l4_thread_start(&threads[i], body, &threads[i], 0);
    for (unsigned i = 0; i < THREADS && !error; i++) {
        uint64_t taken;
        error = l4_pending_wait(1ull << i, l4_clock() + 20000000000ull, &taken);
    }
    tap_error(error, L4_OK, "all threads come to their end");
    tap_equal(overlaps, 0, "never two holders");
    tap_equal(counter, THREADS * ROUNDS, "no update is lost");
    for (unsigned i = 0; i < THREADS; i++)
        tap_equal(rounds[i], ROUNDS, "each thread had its turns");
    tap_equal(atomic_load(&mutex.word), 0, "the mutex is free in the end");
    check_other_bits();
    tap_error(probe_init(), L4_OK, "the program handles its own exceptions");
    if (L4_ASSERT_ON)
        check_offence();
    return tap_end();
}
