// SPDX-License-Identifier: BSD-2-Clause
// Mappings and quotas: MA-1 to MA-3, MA-7, MA-9, QU-1 to QU-5.
#include <l4/pager.h>
#include "kit.h"
#include "table.h"

#define TARGET L4_ANON_BASE // in a kid
#define MANY   200          // pages of a large mapping
#define ROUNDS 16

static struct hand a, b, server;
static struct visit v;
static char page[L4_PAGE_SIZE] __attribute__((aligned(4096)));
static char many[MANY][L4_PAGE_SIZE] __attribute__((aligned(4096)));

static uint64_t here(void)
{
    page[0] = 1;
    return (uint64_t)(uintptr_t)page;
}

static uint64_t mapped(const struct kid *k)
{
    return count_of(k->space, L4_SPACE_MAPPED_KIB_COUNT);
}

static uint64_t used(const struct kid *k)
{
    return count_of(k ? k->space : L4_CAP_SPACE, L4_SPACE_QUOTA_USED_COUNT);
}

static void unmap(const struct kid *k, uint64_t at, enum l4_unmap which, unsigned remain)
{
    want_error(l4_space_unmap(k ? k->space : L4_CAP_SPACE, at, L4_PAGE_SIZE, which, remain, NULL), L4_OK,
               "it is unmapped");
}

static void map_here(const struct kid *k)
{
    want_error(l4_space_map(k->space, here(), TARGET, L4_PAGE_SIZE, L4_READ | L4_WRITE, NULL), L4_OK,
               "a page of ours");
}

void check_ma_1(void)
{
    struct kid *k = kid_new();
    uint64_t before = mapped(k), kernel = used(k);
    map_here(k);
    want_count(k->space, L4_SPACE_MAPPED_KIB_COUNT, before + 4, "is mapped");
    want(used(k) > kernel, "and its node and tables charged");
    unmap(k, TARGET, L4_UNMAP_ALL, 0);
    want_count(k->space, L4_SPACE_MAPPED_KIB_COUNT, before, "and gone");
    want_count(k->space, L4_SPACE_QUOTA_USED_COUNT, kernel, "and refunded");
}

// A page of ours in K, which maps it on into OTHER, where a thread is about to touch it.
static struct kid *mapped_on(struct kid *k)
{
    struct kid *other = kid_new();
    map_here(k);
    b = (struct hand){.kid = other, .body = hand_touch, .arg = TARGET};
    hand_waits(&b, victim_cpu);
    a = (struct hand){.kid = k,
                      .body = hand_operate,
                      .on = give(k, other->space, L4_RIGHT_MANAGE),
                      .operation = L4_SPACE_MAP,
                      .w = {TARGET, TARGET, L4_PAGE_SIZE, L4_READ | L4_WRITE}};
    hand_run(&a, partner_cpu);
    want_error(hand_result(&a), L4_OK, "is mapped on");
    return other;
}

static void touch_faults(const char *what)
{
    hand_wake(&b, 1);
    want(hand_in_state(&b, L4_THREAD_HALTED), what);
}

void check_ma_2(void)
{
    struct kid *k = kid_new(), *other = mapped_on(k);
    uint64_t before = mapped(k), there = mapped(other), paid = used(k), paid_there = used(other);
    unmap(k, TARGET, L4_UNMAP_ALL, 0);
    want_count(k->space, L4_SPACE_MAPPED_KIB_COUNT, before - 4, "it is gone");
    want_count(other->space, L4_SPACE_MAPPED_KIB_COUNT, there - 4, "with what was derived");
    want_count(k->space, L4_SPACE_QUOTA_USED_COUNT, paid - 4 * L4_PAGE_SIZE, "and refunded");
    want_count(other->space, L4_SPACE_QUOTA_USED_COUNT, paid_there - 4 * L4_PAGE_SIZE, "to each holder");
    touch_faults("its holder faults");
    want_equal((uint64_t)page[0], 1, "the source stays");
}

void check_ma_3(void)
{
    struct kid *k = kid_new(), *other = mapped_on(k);
    uint64_t before = mapped(k), there = mapped(other);
    unmap(NULL, (uint64_t)(uintptr_t)page, L4_UNMAP_DERIVED, 0);
    want_count(k->space, L4_SPACE_MAPPED_KIB_COUNT, before - 4, "what was derived from the source is gone");
    want_count(other->space, L4_SPACE_MAPPED_KIB_COUNT, there - 4, "and what was derived from that");
    touch_faults("its holder faults");
    k = kid_new();
    other = mapped_on(k);
    there = mapped(other);
    unmap(NULL, (uint64_t)(uintptr_t)page, L4_UNMAP_DERIVED, L4_READ);
    want_count(other->space, L4_SPACE_MAPPED_KIB_COUNT, there, "a source that is narrowed");
    touch_faults("takes the right away");
    want_equal((uint64_t)page[0], 1, "nothing was written");
    k = kid_new();
    other = mapped_on(k);
    there = mapped(other);
    kid_destroy(k);
    want_count(other->space, L4_SPACE_MAPPED_KIB_COUNT, there - 4, "the space between is destroyed");
}

// Answers a page fault with `page` twice: the first answer fails.
static void answer_twice(struct hand *h)
{
    uint64_t taken;
    hand_wait(h);
    atomic_store(&h->step, STEP_FIRST);
    for (unsigned i = 0; i < 2 && !l4_pending_wait(1, L4_DEADLINE_NEVER, &taken); i++) {
        l4_msg_put_map(0, (uint64_t)(uintptr_t)page, TARGET, 12, L4_READ | L4_WRITE);
        l4_answer(&h->m, 0, 2, 1);
        if (i == 0)
            h->again = l4_reply(&h->m);
        else
            h->error = l4_reply(&h->m);
        atomic_store(&h->step, STEP_FIRST + 1);
    }
}

static void fault_unpaid(void)
{
    struct kid *k = kid_new();
    l4_handle_t gate = gate_queue(NULL, partner_cpu);
    here();
    a = (struct hand){.kid = k, .body = hand_touch, .arg = TARGET};
    hand_waits(&a, victim_cpu);
    exhaust(k);
    want_error(l4_space_set_gate(k->space, L4_GATE_PAGER, gate), L4_OK, "a pager");
    server = (struct hand){.body = answer_twice, .on = gate};
    hand_waits(&server, partner_cpu);
    hand_wake(&a, 1);
    want(reached(&server.step, STEP_FIRST), "is asked");
    uint64_t before = mapped(k);
    hand_wake(&server, 1);
    want(reached(&server.step, STEP_FIRST + 1), "answers");
    want_error(server.again, L4_ERR_QUOTA, "what cannot be paid");
    want_count(k->space, L4_SPACE_MAPPED_KIB_COUNT, before, "nothing is transferred");
    want(hand_blocked(&a, 0), "the fault stays open");
    want_error(l4_quota_move(k->space, 64u << 10), L4_OK, "more quota");
    hand_wake(&server, 1);
    want_error(hand_result(&server), L4_OK, "the second answer");
    want_error(hand_result(&a), L4_OK, "the thread goes on");
}

void check_ma_7(void)
{
    struct kid *k = kid_new();
    struct l4_gate_options options = {
        .mode = L4_GATE_QUEUE | L4_GATE_ITEMS, .pool = partner_cpu, .rights = L4_RIGHT_ALL};
    l4_handle_t gate = L4_HANDLE_NONE;
    struct l4_msg m;
    want_error(l4_gate_create(L4_CAP_SPACE, &options, &gate, NULL), L4_OK, "a gate that takes items");
    keep(gate);
    server = (struct hand){.kid = k, .body = hand_wait, .on = give(k, gate, L4_RIGHT_WAIT)};
    hand_waits(&server, partner_cpu);
    exhaust(k);
    uint64_t before = mapped(k);
    l4_msg_init(&m, gate, 0);
    m.tag = l4_msg_tag(0, 2, 1);
    l4_msg_put_map(0, here(), 0, 12, L4_READ);
    l4_msg_deadline(&m, l4_clock() + LIMIT_NS);
    want_error(l4_send(&m), L4_ERR_QUOTA, "the sender of an item that cannot be paid");
    want_count(k->space, L4_SPACE_MAPPED_KIB_COUNT, before, "nothing is transferred");
    want(hand_blocked(&server, 0), "the receiver waits on");
    want_error(l4_space_map(k->space, here(), TARGET, L4_PAGE_SIZE, L4_READ, NULL), L4_ERR_QUOTA,
               "nor a mapping");
    fault_unpaid();
}

// Step by step: the kernel does a part at a time.
static int unmap_all(l4_handle_t space, uint64_t from, enum l4_unmap which)
{
    uint64_t done = 0;
    int error = L4_OK;
    for (uint64_t at = 0; at < sizeof(many) && !error; at += done)
        error = l4_space_unmap(space, from + at, sizeof(many) - at, which, 0, &done);
    return error;
}

static void unmap_many(struct hand *h)
{
    h->error = unmap_all(h->on, TARGET, L4_UNMAP_ALL);
}

static void read_last(struct hand *h)
{
    for (;; atomic_store(&h->step, STEP_FIRST))
        h->w[0] = *(volatile char *)(uintptr_t)(TARGET + (MANY - 1) * L4_PAGE_SIZE);
}

void check_ma_9(void)
{
    struct kid *k = kid_new();
    uint64_t before, done = 0;
    for (unsigned i = 0; i < MANY; i++)
        many[i][0] = 1;
    for (uint64_t at = 0; at < sizeof(many); at += done)
        if (l4_space_map(k->space, (uint64_t)(uintptr_t)many + at, TARGET + at, sizeof(many) - at,
                         L4_READ | L4_WRITE, &done))
            l4_abort("many");
    b = (struct hand){.kid = k, .body = read_last, .priority = HAND_PRIORITY - 10};
    hand_run(&b, partner_cpu);
    want(reached(&b.step, STEP_FIRST), "a reader, for whom all it needs has come");
    before = mapped(k) - 4 * MANY;
    a = (struct hand){.body = unmap_many, .on = k->space};
    hand_run(&a, victim_cpu);
    l4_sleep_until(l4_clock() + MS / 20);
    hand_destroy(&a);
    // the next who comes by finds whole books
    want(mapped(k) <= before + 4 * MANY, "part of it may be gone");
    want_error(unmap_all(L4_CAP_SPACE, (uint64_t)(uintptr_t)many, L4_UNMAP_DERIVED), L4_OK,
               "the rest is unmapped");
    many[MANY - 1][0] = 2; // given on to somebody else
    want(hand_in_state(&b, L4_THREAD_HALTED), "the reader faults");
    want_equal(b.w[0], 1, "it has not seen what came later");
    want_count(k->space, L4_SPACE_MAPPED_KIB_COUNT, before, "all is gone");
}

void check_qu_1(void)
{
    struct kid *k = kid_new();
    uint64_t mine = used(NULL), limit = count_of(k->space, L4_SPACE_QUOTA_LIMIT_COUNT);
    want_error(l4_quota_move(k->space, 12345), L4_OK, "bytes are moved");
    want_count(L4_CAP_SPACE, L4_SPACE_QUOTA_USED_COUNT, mine + 12345, "from here");
    want_count(k->space, L4_SPACE_QUOTA_LIMIT_COUNT, limit + 12345, "there");
}

void check_qu_2(void)
{
    struct kid *k = kid_new();
    uint64_t mine = used(NULL), limit = count_of(k->space, L4_SPACE_QUOTA_LIMIT_COUNT);
    uint64_t free = count_of(L4_CAP_SPACE, L4_SPACE_QUOTA_LIMIT_COUNT) - mine;
    want_error(l4_quota_move(k->space, free + 1), L4_ERR_QUOTA, "more than is free");
    want_error(l4_quota_move(k->space, ~0ull), L4_ERR_QUOTA, "more than there is");
    want_count(L4_CAP_SPACE, L4_SPACE_QUOTA_USED_COUNT, mine, "nothing has changed here");
    want_count(k->space, L4_SPACE_QUOTA_LIMIT_COUNT, limit, "nor there");
    want_error(l4_quota_move(k->space, free), L4_OK, "all that is free");
    want_equal(count_of(L4_CAP_SPACE, L4_SPACE_QUOTA_LIMIT_COUNT) - used(NULL), 0, "can be");
}

void check_qu_3(void)
{
    struct kid *k = kid_new(), *funded = kid_with(k->space, KID_QUOTA / 2);
    l4_handle_t e = L4_HANDLE_NONE;
    exhaust(k);
    want_error(l4_event_create(k->space, &e, NULL), L4_ERR_QUOTA, "the funder has nothing left");
    uint64_t before = used(k);
    kid_destroy(funded);
    want_error(l4_event_create(k->space, &e, NULL), L4_OK, "what it funded dies: it has");
    keep(e);
    want_error(l4_event_destroy(e), L4_OK, "all");
    want_equal(before - used(k), KID_QUOTA / 2, "of it, exactly");
}

void check_qu_4(void)
{
    struct kid *k = kid_new(), *host = kid_new();
    l4_handle_t e = event_new(), gate = gate_entry(host, L4_POOL_VISITORS);
    v = (struct visit){.body = visit_event, .on = give(host, e, L4_RIGHT_WAIT), .flags = L4_FLAG_SHIELD};
    a = (struct hand){.kid = k, .body = hand_call, .on = give(k, gate, L4_RIGHT_CALL), .visit = &v};
    hand_run(&a, victim_cpu);
    want(visit_inside(&v) && hand_blocked(&a, 1), "a visitor");
    uint64_t before = used(host);
    kid_destroy(k);
    want(used(host) > before, "as an orphan it is charged to its host");
    want_error(l4_event_signal(e, 1), L4_OK, "it goes on");
    want(visit_over(&v), "to its end");
    pause_ms(2);
    want_count(host->space, L4_SPACE_QUOTA_USED_COUNT, before, "the charge is returned");
}

// What was just freed may wait for a round: whoever asks for it waits as well, and is not refused.
void check_qu_5(void)
{
    struct kid *k = kid_new();
    a = (struct hand){.kid = k, .body = hand_count, .priority = HAND_PRIORITY - 20};
    hand_run(&a, victim_cpu);
    want(reached(&a.step, STEP_RUNS), "a CPU that is busy in that space");
    l4_handle_t thread = L4_HANDLE_NONE;
    want_error(l4_space_thread(k->space, L4_RIGHT_ALL, L4_SLOT_ANY, 10, &thread, NULL), L4_OK, "a thread");
    exhaust(k);
    for (unsigned i = 0; i < ROUNDS; i++) {
        want_error(l4_thread_destroy(thread), L4_OK, "is destroyed");
        want_error(l4_cap_delete(L4_CAP_SPACE, thread), L4_OK, "and deleted");
        want_error(l4_space_thread(k->space, L4_RIGHT_ALL, L4_SLOT_ANY, 10, &thread, NULL), L4_OK,
                   "the next can be paid");
    }
    keep(thread);
}
