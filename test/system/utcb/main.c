// SPDX-License-Identifier: BSD-2-Clause
// Each thread has its own UTCB, found by one load: address and stack by formula from the index, zero when it
// is fresh, neighbours in one page, nobody else's words touched by the kernel or by other threads' calls.
#include <l4/ipc.h>
#include <l4/pager.h>
#include <l4/program.h>
#include <l4/string.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#define THREADS 6
#define ROUNDS  200

static struct l4_thread threads[THREADS];
static struct result {
    struct l4_utcb *utcb;
    uint64_t index, stack_top, stack_limit, here;
    uint64_t not_zero;    // words that were not 0 at first
    uint64_t moved;       // looks that found another UTCB
    uint64_t overwritten; // words that changed
    uint64_t errors;
} results[THREADS];
static uint64_t main_index;

static uint64_t pattern(unsigned number, unsigned word)
{
    return 0xabcd000000000000ull | (uint64_t)number << 32 | word;
}

// A call with no memory words leaves the words of the UTCB alone; the other threads run in between.
static void exercise(struct result *r, unsigned number)
{
    struct l4_utcb *utcb = r->utcb;
    for (unsigned i = L4_WORDS_REGS; i < L4_WORDS_MAX; i++)
        utcb->words[i] = pattern(number, i);
    for (unsigned round = 0; round < ROUNDS; round++) {
        r->errors += l4_thread_yield(threads[number].handle) != L4_OK;
        r->moved += l4_utcb() != utcb;
        for (unsigned i = L4_WORDS_REGS; i < L4_WORDS_MAX; i++)
            r->overwritten += utcb->words[i] != pattern(number, i);
    }
}

static void body(void *argument)
{
    unsigned number = (unsigned)((struct l4_thread *)argument - threads);
    struct result *r = &results[number];
    r->utcb = l4_utcb();
    for (unsigned i = 0; i < L4_WORDS_MAX; i++)
        r->not_zero += r->utcb->words[i] != 0;
    r->index = r->utcb->index;
    r->stack_top = r->utcb->stack_top;
    r->stack_limit = r->utcb->stack_limit;
    r->here = (uint64_t)(uintptr_t)__builtin_frame_address(0);
    exercise(r, number);
    if (l4_pending_wake(main_index, 1ull << number))
        l4_abort("wake");
}

static void check(unsigned number)
{
    const struct result *r = &results[number];
    uint64_t top = L4_STACK_BASE + (r->index + 1) * L4_STRIDE;
    tap_ok(r->errors == 0, "thread %u ran", number);
    tap_ok((uint64_t)(uintptr_t)r->utcb == L4_UTCB_BASE + r->index * L4_UTCB_SIZE,
           "thread %u: UTCB by formula", number);
    tap_ok(r->stack_top == top && r->stack_limit == top - L4_STRIDE + L4_PAGE_SIZE,
           "thread %u: stack by formula", number);
    tap_ok(r->here < r->stack_top && r->here >= r->stack_top - L4_PAGE_SIZE, "thread %u: starts at the top",
           number);
    tap_ok(r->not_zero == 0, "thread %u: fresh UTCB is zero", number);
    tap_ok(r->moved == 0, "thread %u: always the same UTCB", number);
    tap_ok(r->overwritten == 0, "thread %u: words untouched", number);
    for (unsigned i = 0; i < number; i++)
        tap_ok(results[i].utcb != r->utcb, "threads %u and %u: different UTCBs", i, number);
}

// The memory words of an answer end where the tag says; what lies behind them stays.
static void check_answer_length(void)
{
    struct l4_utcb *utcb = l4_utcb();
    struct l4_msg m;
    for (unsigned i = L4_WORDS_REGS; i < L4_WORDS_MAX; i++)
        utcb->words[i] = pattern(99, i);
    l4_msg_init(&m, L4_CAP_PAGER, 0x7777); // the pager knows no such request
    tap_error(l4_request(&m), L4_ERR_NOSYS, "a request the pager does not know");
    uint64_t changed = 0;
    for (unsigned i = L4_WORDS_REGS; i < L4_WORDS_MAX; i++)
        changed += utcb->words[i] != pattern(99, i);
    tap_equal(changed, 0, "an answer without memory words changes none");
}

int main(int argc, char **argv)
{
    int error = L4_OK;
    (void)argc;
    (void)argv;
    main_index = l4_utcb()->index;
    for (unsigned i = 0; i < THREADS && !error; i++)
        error = l4_thread_create(&threads[i], 50);
    for (unsigned i = 0; i < THREADS && !error; i++)
        error = l4_thread_start(&threads[i], body, &threads[i], 0);
    for (unsigned i = 0; i < THREADS && !error; i++) {
        uint64_t taken;
        error = l4_pending_wait(1ull << i, l4_clock() + 20000000000ull, &taken);
    }
    tap_error(error, L4_OK, "all threads run to their end");
    for (unsigned i = 0; i < THREADS; i++)
        check(i);
    check_answer_length();
    return tap_end();
}
