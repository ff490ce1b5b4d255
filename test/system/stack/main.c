// SPDX-License-Identifier: BSD-2-Clause
// Stacks: one page at first, one more for each page touched, up to the guard; a stack that grew stays grown;
// a large frame does not jump the guard (-fstack-clash-protection touches every page on the way).
#include <l4/ipc.h>
#include <l4/pager.h>
#include <l4/probe.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#define PAGES_MAX (L4_STRIDE / L4_PAGE_SIZE - 1)

static uint64_t stack_pages(void)
{
    uint64_t c[8];
    return l4_space_counters(L4_CAP_SPACE, 0, c) ? ~0ull : c[L4_SPACE_STACK_PAGES_COUNT];
}

static uint64_t pages_at[PAGES_MAX + 1]; // resident when so many pages of the stack were touched
static uint64_t left_at[PAGES_MAX + 1];
static uint64_t main_index;

// Touches the stack page by page from the top; the counters are read on the way.
static void grow(void *argument)
{
    const struct l4_utcb *utcb = l4_utcb();
    uint64_t base = stack_pages();
    (void)argument;
    left_at[1] = l4_stack_left();
    for (uint64_t page = 1; page <= PAGES_MAX; page++) {
        *(volatile char *)(uintptr_t)(utcb->stack_top - page * L4_PAGE_SIZE) = 1;
        pages_at[page] = stack_pages() - base;
    }
    if (l4_pending_wake(main_index, 1))
        l4_abort("wake");
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wframe-larger-than=" // that is what is tested
// A frame of 16 KiB on a stack with less left: the pages are touched one by one, so the guard is hit.
// Each frame is used after the call, and the one above it too, so that no compiler makes a loop of it.
static __attribute__((noinline)) uint64_t large_frame(unsigned depth, const volatile char *above)
{
    volatile char frame[16384];
    frame[0] = (char)depth;
    frame[sizeof(frame) - 1] = 1;
    uint64_t below = depth > 16 ? depth : large_frame(depth + 1, frame);
    return below + (uint64_t)frame[0] + (uint64_t)above[0];
}
#pragma GCC diagnostic pop

static struct l4_thread growing, clashing;
static bool clash_returned;

static void clash(void *argument)
{
    (void)argument;
    clash_returned = large_frame(0, "x") != 0;
}

static int run(struct l4_thread *thread, void (*function)(void *))
{
    uint64_t taken;
    int error = l4_thread_create(thread, 50);
    if (!error)
        error = l4_thread_start(thread, function, NULL, 0);
    return error ? error : l4_pending_wait(1, l4_clock() + 1000000000ull, &taken);
}

static void check_growth(void)
{
    tap_error(run(&growing, grow), L4_OK, "a thread touches its whole stack");
    uint64_t wrong = 0;
    for (uint64_t page = 1; page <= PAGES_MAX; page++)
        wrong += pages_at[page] != page - 1;
    tap_equal(wrong, 0, "each page touched is one page resident");
    tap_equal(pages_at[PAGES_MAX], PAGES_MAX - 1, "up to the guard");
    tap_ok(left_at[1] > (PAGES_MAX - 1) * L4_PAGE_SIZE && left_at[1] < PAGES_MAX * L4_PAGE_SIZE,
           "l4_stack_left says what may still be used");
}

// The overflowing thread is suspended by nobody: it is a fault the program's handler does not answer, so the
// thread is halted, and main hears nothing of it.
static void check_clash(void)
{
    struct l4_thread_info info = {0};
    int error = run(&clashing, clash);
    tap_error(error, L4_ERR_TIMEOUT, "a thread with frames of 16 KiB does not come back");
    tap_ok(!clash_returned, "it did not jump the guard");
    tap_error(l4_thread_state(clashing.handle, &info), L4_OK, "its state can be read");
    tap_equal(info.state, L4_THREAD_HALTED, "it is halted");
    uint64_t guard = L4_STACK_BASE + info.index * L4_STRIDE;
    tap_ok(info.sp >= guard && info.sp < guard + L4_STRIDE, "its stack pointer is within its own slot");
}

static struct l4_thread checking;
static bool small_need_returned, large_need_returned;

static void check_by_hand(void *argument)
{
    (void)argument;
    l4_stack_check(1024);
    small_need_returned = true;
    l4_stack_check(L4_STRIDE);
    large_need_returned = true;
}

static void check_manual(void)
{
    struct l4_thread_info info = {0};
    tap_error(run(&checking, check_by_hand), L4_ERR_TIMEOUT,
              "l4_stack_check ends a thread that asks for too much");
    tap_ok(small_need_returned && !large_need_returned, "and only then");
    tap_error(l4_thread_state(checking.handle, &info), L4_OK, "its state can be read");
    tap_equal(info.state, L4_THREAD_HALTED, "it is halted");
}

// A stack that has grown stays so, and is used again by the next thread that gets the activation, or by this.
static void check_stays(void)
{
    uint64_t before = stack_pages();
    struct probe probe = probe_write(l4_utcb()->stack_limit, 1);
    uint64_t once = stack_pages();
    tap_ok(!probe.faulted, "the lowest page of the first thread's stack");
    tap_equal(once, before + 1, "is one page, though those between were not touched");
    probe = probe_write(l4_utcb()->stack_limit, 1);
    tap_equal(stack_pages(), once, "and stays");
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    main_index = l4_utcb()->index;
    tap_error(probe_init(), L4_OK, "the program handles its own exceptions");
    check_growth();
    check_stays();
    check_clash();
    check_manual();
    return tap_end();
}
