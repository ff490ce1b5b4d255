// SPDX-License-Identifier: BSD-2-Clause
// What messages have left in receive windows: MA-8.
#include "kit.h"
#include "table.h"

#define POOL        2 // of a kid: one activation, so that visits come one after the other to the same window
#define VISITOR     8
#define SERVER_HOME 0 // the index of the first thread there
#define WINDOW(i)   (L4_WINDOW_BASE + (i)*L4_WINDOW_BYTES)

static struct hand caller, reader, server;
static struct visit v;
static char page[L4_PAGE_SIZE] __attribute__((aligned(4096)));
static char second_page[L4_PAGE_SIZE] __attribute__((aligned(4096)));

static uint64_t here(void)
{
    return (uint64_t)(uintptr_t)page;
}

static uint64_t mapped(const struct kid *k)
{
    return count_of(k ? k->space : L4_CAP_SPACE, L4_SPACE_MAPPED_KIB_COUNT);
}

static uint64_t used(const struct kid *k)
{
    return count_of(k->space, L4_SPACE_QUOTA_USED_COUNT);
}

// With the page at arg, if any. What there is in the visited space, `also`, is seen before anything else.
static void call_with(struct hand *h)
{
    l4_msg_init(&h->m, h->on, 0);
    if (h->arg) {
        h->m.tag = l4_msg_tag(0, 2, 1);
        l4_msg_put_map(0, h->arg, 0, 12, L4_READ | L4_WRITE);
    }
    h->m.w[0] = (uint64_t)(uintptr_t)h->visit;
    h->error = l4_call(&h->m);
    h->w[0] = count_of(h->also, L4_SPACE_MAPPED_KIB_COUNT);
    h->w[1] = count_of(h->also, L4_SPACE_QUOTA_USED_COUNT);
}

// Finds at address arg what is there, writes the next value, and waits for event `on`.
static void use_window(struct visit *visit)
{
    volatile char *at = (volatile char *)(uintptr_t)visit->arg;
    uint64_t taken;
    *at = (char)(*at + 1);
    visit->error = l4_event_wait(visit->on, 1, L4_DEADLINE_NEVER, &taken);
}

// Reads at address arg for ever, and says where it has been.
static void read_on(struct hand *h)
{
    for (;;) {
        uint64_t at = *(volatile uint64_t *)&h->arg;
        (void)*(volatile char *)(uintptr_t)at;
        *(volatile uint64_t *)&h->w[0] = at;
    }
}

// True when the reader has been there.
static bool read_at(uint64_t at)
{
    uint64_t end = l4_clock() + LIMIT_NS;
    *(volatile uint64_t *)&reader.arg = at;
    while (*(volatile uint64_t *)&reader.w[0] != at && l4_clock() < end)
        pause_ms(1);
    return *(volatile uint64_t *)&reader.w[0] == at;
}

// A visitor of GATE who uses what is at AT there, and waits then.
static void enter(const struct kid *k, l4_handle_t gate, uint64_t at, uint64_t item)
{
    v.body = use_window;
    v.arg = at;
    atomic_store(&v.inside, 0);
    atomic_store(&v.over, 0);
    caller = (struct hand){.body = call_with, .on = gate, .also = k->space, .visit = &v, .arg = item};
    hand_run(&caller, victim_cpu);
}

static void leave(l4_handle_t event)
{
    want_error(l4_event_signal(event, 1), L4_OK, "the visitor goes on");
    want_error(hand_result(&caller), L4_OK, "and replies");
}

static void expect_there(const struct kid *k, uint64_t before, uint64_t kernel)
{
    want(visit_inside(&v) && hand_blocked(&caller, 1), "a visitor with a page");
    want_equal((uint64_t)page[0], 2, "which is that of the sender");
    want_equal(mapped(k), before + 4, "it is mapped");
    want(used(k) >= kernel + 2 * L4_PAGE_SIZE, "its node and tables are charged");
    want(read_at(WINDOW(VISITOR)), "another thread of that space sees it");
}

static void reader_begin(struct kid *k)
{
    reader = (struct hand){.kid = k, .body = read_on, .arg = here(), .priority = HAND_PRIORITY - 10};
    hand_run(&reader, partner_cpu);
    want(read_at(here()), "a thread there");
}

// A visit that ends with its reply; the next comes without anything.
static void in_visits(void)
{
    struct kid *k = kid_new();
    l4_handle_t e = event_new();
    kid_pool(k, POOL, VISITOR, 1);
    l4_handle_t gate = gate_items(k, L4_GATE_ENTRY, POOL);
    page[0] = 0;
    v.on = give(k, e, L4_RIGHT_WAIT);
    reader_begin(k);
    enter(k, gate, here(), 0); // all it needs comes
    leave(e);
    uint64_t before = mapped(k), kernel = used(k), mine;
    enter(k, gate, WINDOW(VISITOR), here());
    expect_there(k, before, kernel);
    mine = mapped(NULL);
    leave(e);
    want_equal(caller.w[0], before, "it is gone before the caller goes on");
    want_equal(caller.w[1], kernel, "and refunded");
    want(hand_in_state(&reader, L4_THREAD_HALTED), "whoever touches it there faults");
    want_equal(mapped(NULL), mine, "the sender has its page");
    page[0] = 5;
    enter(k, gate, WINDOW(VISITOR), 0);
    want_error(hand_result(&caller), L4_ERR_FAULT, "the next visitor finds nothing");
    want_equal((uint64_t)page[0], 5, "the page is as the sender left it");
    want_equal(mapped(k), before, "nothing has come");
}

// What ends the visit may also be another than its reply.
static void in_a_visit_that_is_aborted(void)
{
    struct kid *k = kid_new();
    l4_handle_t e = event_new();
    kid_pool(k, POOL, VISITOR, 1);
    l4_handle_t gate = gate_items(k, L4_GATE_ENTRY, POOL);
    page[0] = 0;
    v.on = give(k, e, L4_RIGHT_WAIT);
    reader_begin(k);
    enter(k, gate, here(), 0);
    leave(e);
    uint64_t before = mapped(k), kernel = used(k);
    enter(k, gate, WINDOW(VISITOR), here());
    expect_there(k, before, kernel);
    hand_destroy(&caller);
    want(hand_in_state(&reader, L4_THREAD_HALTED), "its thread dies: whoever touches the page there faults");
    want_count(k->space, L4_SPACE_MAPPED_KIB_COUNT, before, "it is gone soon");
    want_count(k->space, L4_SPACE_QUOTA_USED_COUNT, kernel, "and refunded");
    want_equal((uint64_t)page[0], 2, "the sender has its page");
}

// Reads at address arg in the window of its activation what has come, answers, and waits for more.
static void serve_pages(struct hand *h)
{
    for (int i = 0;; i++) {
        hand_wait(h);
        h->w[0] = (uint64_t) * (volatile char *)(uintptr_t)h->arg;
        l4_answer(&h->m, 0, 0, 0);
        h->again = l4_reply(&h->m);
        atomic_store(&h->step, STEP_FIRST + i);
    }
}

static void serve(struct kid *k, l4_handle_t gate, uint64_t at)
{
    server = (struct hand){.kid = k, .body = serve_pages, .on = gate, .arg = at};
    hand_waits(&server, partner_cpu);
    want_equal(server.index, SERVER_HOME, "its first index");
}

// By a thread of this space.
static int ask(const struct kid *k, l4_handle_t gate, uint64_t item)
{
    caller = (struct hand){.body = call_with, .on = gate, .also = k->space, .arg = item};
    hand_run(&caller, victim_cpu);
    return hand_result(&caller);
}

// It keeps what it was sent until its thread ends; whoever has the activation next finds nothing.
static void at_home(void)
{
    struct kid *k = kid_new();
    l4_handle_t gate = gate_items(NULL, L4_GATE_QUEUE, partner_cpu), there = give(k, gate, L4_RIGHT_WAIT);
    page[0] = 3;
    serve(k, there, here());
    want_error(ask(k, gate, 0), L4_OK, "a server");
    want(reached(&server.step, STEP_FIRST), "that answers");
    hand_destroy(&server);
    pause_ms(2);
    uint64_t before = mapped(k), kernel = used(k), with_thread;
    serve(k, there, WINDOW(SERVER_HOME));
    with_thread = used(k);
    want_error(ask(k, gate, here()), L4_OK, "the next");
    want(reached(&server.step, STEP_FIRST) && hand_blocked(&server, 0), "answers and waits");
    want_equal(server.w[0], 3, "it has seen the page");
    want_equal(mapped(k), before + 4, "and keeps it");
    want(used(k) >= with_thread + 2 * L4_PAGE_SIZE, "with its node and tables");
    second_page[0] = 4;
    want_error(ask(k, gate, (uint64_t)(uintptr_t)second_page), L4_ERR_EXISTS, "another to the same place");
    want(hand_blocked(&server, 0), "it waits on");
    hand_destroy(&server);
    want_count(k->space, L4_SPACE_MAPPED_KIB_COUNT, before, "its thread dies: it is gone");
    want_count(k->space, L4_SPACE_QUOTA_USED_COUNT, kernel, "and refunded");
    want_equal((uint64_t)page[0], 3, "the sender has its page");
    serve(k, there, WINDOW(SERVER_HOME));
    caller = (struct hand){.body = call_with, .on = gate, .also = k->space};
    hand_run(&caller, victim_cpu);
    want(hand_in_state(&server, L4_THREAD_HALTED), "the next server finds nothing");
    want_equal(mapped(k), before, "nothing has come");
}

void check_ma_8(void)
{
    in_visits();
    in_a_visit_that_is_aborted();
    at_home();
}
