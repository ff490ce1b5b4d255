// SPDX-License-Identifier: BSD-2-Clause
// Many threads: one after the other they use the same activation again; at once they cost a UTCB page for
// four and a stack page each, until the quota ends; then all is given back and as many fit again.
#include <stdatomic.h>
#include <l4/cap.h>
#include <l4/format.h>
#include <l4/ipc.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#define CYCLES  100
#define MOST    1500
#define SECOND  1000000000ull
#define AT_ONCE 60 // or as many as the program's argument says (test/system/kills.py)

static struct l4_thread threads[MOST];
static uint64_t indices[CYCLES];
static atomic_uint running;
static uint64_t main_index;

static uint64_t count(unsigned which)
{
    uint64_t c[8] = {0};
    return l4_space_counters(L4_CAP_SPACE, which & ~7u, c) ? ~0ull : c[which & 7];
}

// Threads delete themselves; whoever made them has the handle, which then names nothing.
static void forget(struct l4_thread *thread)
{
    if (l4_cap_delete(L4_CAP_SPACE, thread->handle))
        l4_abort("forget");
}

static void note_index(void *argument)
{
    *(uint64_t *)argument = l4_utcb()->index;
    if (l4_pending_wake(main_index, 1))
        l4_abort("wake");
}

static int run_one(unsigned cycle)
{
    uint64_t taken;
    int error = l4_thread_create(&threads[0], 50);
    if (error)
        return error;
    error = l4_thread_start(&threads[0], note_index, &indices[cycle], 0);
    if (!error)
        error = l4_pending_wait(1, l4_clock() + 5 * SECOND, &taken);
    for (uint64_t end = l4_clock() + SECOND; count(L4_SPACE_THREADS_COUNT) > 1 && l4_clock() < end;)
        l4_sleep_until(l4_clock() + 1000000);
    forget(&threads[0]);
    return error;
}

static void check_one_after_the_other(void)
{
    int error = run_one(0);
    uint64_t utcbs = count(L4_SPACE_UTCB_PAGES_COUNT), stacks = count(L4_SPACE_STACK_PAGES_COUNT);
    uint64_t quota = count(L4_SPACE_QUOTA_USED_COUNT), other = 0;
    for (unsigned i = 1; i < CYCLES && !error; i++)
        error = run_one(i);
    tap_error(error, L4_OK, "threads come and go");
    for (unsigned i = 1; i < CYCLES; i++)
        other += indices[i] != indices[0];
    tap_equal(other, 0, "each on the activation of the one before");
    tap_equal(count(L4_SPACE_UTCB_PAGES_COUNT), utcbs, "no UTCB page more");
    tap_equal(count(L4_SPACE_STACK_PAGES_COUNT), stacks, "no stack page more");
    tap_equal(count(L4_SPACE_QUOTA_USED_COUNT), quota, "no kernel memory more");
}

static void stay(void *argument)
{
    uint64_t taken;
    (void)argument;
    atomic_fetch_add(&running, 1);
    while (!l4_pending_wait(1, L4_DEADLINE_NEVER, &taken))
        ;
}

static void check_at_once(unsigned number)
{
    uint64_t utcbs = count(L4_SPACE_UTCB_PAGES_COUNT), stacks = count(L4_SPACE_STACK_PAGES_COUNT);
    int error = L4_OK;
    for (unsigned i = 0; i < number && !error; i++) {
        error = l4_thread_create(&threads[i], 50);
        if (!error)
            error = l4_thread_start(&threads[i], stay, NULL, 0);
    }
    tap_error(error, L4_OK, "many threads at once");
    for (uint64_t end = l4_clock() + 10 * SECOND; running < number && l4_clock() < end;)
        l4_sleep_until(l4_clock() + 1000000);
    tap_equal(running, number, "all of them run");
    uint64_t more = count(L4_SPACE_UTCB_PAGES_COUNT) - utcbs;
    // Threads that ask for indices at the same time get four each, so that a few pages are not full.
    tap_ok(more >= (number - 3) / 4 && more <= number / 4 + 8, "a UTCB page for four");
    tap_note("%lu UTCB pages", more);
    more = count(L4_SPACE_STACK_PAGES_COUNT) - stacks;
    tap_ok(more >= number - 1 && more <= number, "a stack page each");
    for (unsigned i = 0; i < number && !error; i++) {
        error = l4_thread_destroy(threads[i].handle);
        forget(&threads[i]);
    }
    tap_error(error, L4_OK, "they are destroyed while they wait");
    tap_equal(count(L4_SPACE_THREADS_COUNT), 1, "one thread is left");
}

// As many as the quota allows, none of them started; the number.
static unsigned create_all(int *error)
{
    unsigned number = 0;
    *error = L4_OK;
    while (number < MOST && !*error) {
        *error = l4_thread_create(&threads[number], 50);
        number += !*error;
    }
    for (unsigned i = 0; i < number; i++) {
        if (l4_thread_destroy(threads[i].handle))
            l4_abort("destroy");
        forget(&threads[i]);
    }
    return number;
}

static void check_quota(void)
{
    int error;
    uint64_t utcbs = count(L4_SPACE_UTCB_PAGES_COUNT), stacks = count(L4_SPACE_STACK_PAGES_COUNT);
    unsigned first = create_all(&error);
    uint64_t used = count(L4_SPACE_QUOTA_USED_COUNT);
    tap_error(error, L4_ERR_QUOTA, "threads until the quota ends");
    tap_ok(first > 10 && first < MOST, "more than a few");
    tap_note("%u threads", first);
    unsigned second = create_all(&error);
    tap_error(error, L4_ERR_QUOTA, "and again");
    tap_equal(second, first, "as many as before");
    tap_equal(count(L4_SPACE_QUOTA_USED_COUNT), used, "nothing is lost");
    tap_equal(count(L4_SPACE_UTCB_PAGES_COUNT), utcbs, "a thread never started has no UTCB page");
    tap_equal(count(L4_SPACE_STACK_PAGES_COUNT), stacks, "and no stack page");
    tap_error(run_one(0), L4_OK, "a thread can be made afterwards");
}

int main(int argc, char **argv)
{
    uint64_t number = AT_ONCE;
    main_index = l4_utcb()->index;
    if (argc > 1 && l4_parse_u64(argv[1], &number, NULL) && number <= MOST) {
        check_at_once((unsigned)number);
        return tap_end();
    }
    check_one_after_the_other();
    check_at_once(AT_ONCE);
    check_quota();
    return tap_end();
}
