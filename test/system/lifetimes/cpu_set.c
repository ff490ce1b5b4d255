// SPDX-License-Identifier: BSD-2-Clause
// The CPU set of a space: CPUs leave it while somebody is there, and join it: SP-22 to SP-24. With one CPU no
// CPU can leave.
#include "kit.h"
#include "table.h"

#define ONE 3 // a pool of a kid with one activation

static struct hand a, b, c, d;
static struct visit in;

static uint64_t bit(unsigned cpu)
{
    return 1ull << cpu;
}

static uint64_t all_cpus(void)
{
    return bit(l4_info()->cpus) - 1;
}

static uint64_t set_of(const struct kid *k)
{
    uint64_t set = 0;
    want_error(l4_space_cpus(k->space, 0, false, &set, NULL), L4_OK, "the set is asked for");
    return set;
}

static bool alone(const struct kid *k)
{
    if (all_cpus() != 1)
        return false;
    want_error(l4_space_cpus(k->space, 1, false, NULL, NULL), L4_ERR_CPU, "the only CPU");
    want_equal(set_of(k), 1, "stays");
    return true;
}

// Counts in w[0], notes its CPU in w[1], until arg is set.
static void count_with_cpu(struct hand *h)
{
    while (!*(volatile uint64_t *)&h->arg) {
        *(volatile uint64_t *)&h->w[1] = l4_cpu();
        ++*(volatile uint64_t *)&h->w[0];
    }
    h->error = L4_OK;
}

static void leaves(const struct kid *k, uint64_t rest, const char *what)
{
    uint64_t set = 0, left = 0;
    want_error(l4_space_cpus(k->space, bit(victim_cpu), false, &set, &left), L4_OK, "the CPU leaves");
    want_equal(set, all_cpus() & ~bit(victim_cpu), "the others are the set");
    want_equal(left, rest, what);
}

// A runs at home, B visits and waits for E, C queues for B's activation.
static void crowd(struct kid *k, l4_handle_t gate, l4_handle_t e)
{
    in = (struct visit){.body = visit_event, .on = give(k, e, L4_RIGHT_WAIT)};
    a = (struct hand){.kid = k, .body = count_with_cpu};
    b = (struct hand){.body = hand_call, .on = gate, .visit = &in};
    c = b;
    hand_run(&a, victim_cpu);
    want(reached(&a.step, STEP_RUNS), "a thread runs at home");
    hand_run(&b, victim_cpu);
    want(visit_inside(&in) && hand_blocked(&b, 1), "a visitor waits inside");
    hand_waits(&c, victim_cpu);
}

static void moved(void)
{
    uint64_t end = l4_clock() + LIMIT_NS;
    while (*(volatile uint64_t *)&a.w[1] == victim_cpu && l4_clock() < end)
        pause_ms(1);
    uint64_t count = *(volatile uint64_t *)&a.w[0];
    while (*(volatile uint64_t *)&a.w[0] == count && l4_clock() < end)
        pause_ms(1);
    want(*(volatile uint64_t *)&a.w[0] > count, "the thread at home runs on");
    want_equal(a.w[1], (unsigned)__builtin_ctzll(all_cpus() & ~bit(victim_cpu)), "on the lowest CPU left");
}

static void comes_in(l4_handle_t gate, int error, const char *what)
{
    in = (struct visit){.body = visit_nothing};
    d = (struct hand){.body = hand_call, .on = gate, .visit = &in};
    hand_run(&d, victim_cpu);
    want_error(hand_result(&d), error, what);
}

static void nothing_new(struct kid *k)
{
    struct l4_gate_options queue = {.mode = L4_GATE_QUEUE, .pool = victim_cpu, .rights = L4_RIGHT_ALL};
    l4_handle_t made;
    d = (struct hand){.kid = k, .body = hand_spin, .arg = 1};
    hand_make(&d);
    want_error(l4_thread_start_at(d.thread, L4_PAGE_SIZE, 0, victim_cpu), L4_ERR_CPU,
               "no thread starts there");
    want_error(l4_thread_move(d.thread, victim_cpu), L4_ERR_CPU, "none moves there");
    want_error(l4_gate_create(k->space, &queue, &made, NULL), L4_ERR_CPU, "no gate is made there");
    want_error(l4_space_create(k->space, 0, bit(victim_cpu), 10, L4_RIGHT_ALL, &made, NULL), L4_ERR_CPU,
               "no space is funded with it");
}

// A thread of K serves a gate of this space on the CPU.
static void server_elsewhere(struct kid *k)
{
    l4_handle_t gate = gate_queue(NULL, victim_cpu);
    a = (struct hand){.kid = k, .body = hand_serve, .on = give(k, gate, L4_RIGHT_WAIT)};
    b = (struct hand){.body = hand_call, .on = gate};
    hand_run(&a, victim_cpu);
    hand_run(&b, partner_cpu);
    want(reached(&a.step, STEP_FIRST) && hand_blocked(&a, 0), "a server has a caller in hand");
    leaves(k, 0, "nobody is inside there");
    hand_wake(&a, 1);
    want_error(hand_result(&b), L4_ERR_DEAD, "the caller loses it");
    want_error(hand_result(&a), L4_ERR_STATE, "it has nobody to answer");
}

void check_sp_22(void)
{
    struct kid *k = kid_new();
    if (alone(k))
        return;
    kid_pool(k, ONE, 8, 1);
    l4_handle_t gate = gate_entry(k, ONE), e = event_new();
    crowd(k, gate, e);
    leaves(k, bit(victim_cpu), "a table is left for the visitor");
    moved();
    comes_in(gate, L4_ERR_CPU, "who comes in from there");
    nothing_new(k);
    leaves(k, bit(victim_cpu), "the visitor is still inside");
    want_error(l4_event_signal(e, 1), L4_OK, "the visitor goes on");
    want_error(hand_result(&b), L4_OK, "and comes home");
    want_error(hand_result(&c), L4_ERR_CPU, "who queued, when its turn comes");
    uint64_t used = count_of(k->space, L4_SPACE_QUOTA_USED_COUNT);
    leaves(k, 0, "nobody is inside any more");
    want_count(k->space, L4_SPACE_QUOTA_USED_COUNT, used - L4_PAGE_SIZE, "the table is refunded");
    a.arg = 1;
    want_error(hand_result(&a), L4_OK, "the thread at home comes to its end");
    server_elsewhere(kid_new());
}

void check_sp_23(void)
{
    struct kid *k = kid_new();
    l4_handle_t gate = gate_queue(k, victim_cpu), funded = L4_HANDLE_NONE;
    if (alone(k))
        return;
    want_error(l4_space_cpus(k->space, bit(victim_cpu), false, NULL, NULL), L4_ERR_BUSY, "home of a gate");
    want_equal(set_of(k), all_cpus(), "stays in the set");
    want_error(l4_gate_destroy(gate), L4_OK, "the gate goes");
    want_error(l4_space_create(k->space, 64 << 10, bit(victim_cpu), 10, L4_RIGHT_ALL, &funded, NULL), L4_OK,
               "a space is funded with it");
    keep(funded);
    want_error(l4_space_cpus(k->space, L4_CPU_ALL, false, NULL, NULL), L4_ERR_CPU, "all CPUs");
    want_error(l4_space_cpus(k->space, bit(victim_cpu), false, NULL, NULL), L4_ERR_BUSY, "a funded space's");
    want_equal(set_of(k), all_cpus(), "stays in the set");
    want_error(l4_space_destroy(funded), L4_OK, "that space goes");
    leaves(k, 0, "nobody was there");
}

// A hand of K asks for it.
static int asks(struct kid *k, l4_handle_t space, bool join)
{
    d = (struct hand){.kid = k, .body = hand_operate, .on = space, .operation = L4_SPACE_CPUS};
    d.w[0] = bit(victim_cpu);
    d.w[1] = join;
    hand_run(&d, partner_cpu == victim_cpu ? (victim_cpu + 1) % l4_info()->cpus : partner_cpu);
    return hand_result(&d);
}

void check_sp_24(void)
{
    struct kid *k = kid_new();
    l4_handle_t gate = gate_entry(k, L4_POOL_VISITORS), funded = L4_HANDLE_NONE;
    uint64_t set = 0;
    want_error(l4_space_cpus(k->space, 0, true, NULL, NULL), L4_ERR_CPU, "no CPU");
    want_error(l4_space_cpus(k->space, 1ull << 63, true, NULL, NULL), L4_ERR_CPU, "one that is not there");
    want_error(l4_object(k->space, L4_SPACE_CPUS, (uint64_t[8]){1, 2}), L4_ERR_ARG, "neither nor");
    if (alone(k))
        return;
    want_error(asks(k, k->own, false), L4_OK, "a space lets a CPU go itself");
    comes_in(gate, L4_ERR_CPU, "from there nobody comes in");
    want_error(asks(k, k->own, true), L4_ERR_STATE, "but does not take it back");
    want_error(l4_space_create(k->space, 64 << 10, L4_CPU_ALL, 10, L4_RIGHT_ALL, &funded, NULL), L4_OK,
               "a space it funds");
    keep(funded);
    want_error(asks(k, give(k, funded, L4_RIGHT_MANAGE), true), L4_ERR_CPU, "gets none it has not");
    want_error(l4_space_cpus(funded, bit(victim_cpu), true, NULL, NULL), L4_ERR_STATE, "nor from us");
    uint64_t used = count_of(k->space, L4_SPACE_QUOTA_USED_COUNT);
    want_error(l4_space_cpus(k->space, L4_CPU_ALL, true, &set, NULL), L4_OK, "its funder gives it");
    want_equal(set, all_cpus(), "it has all");
    want_count(k->space, L4_SPACE_QUOTA_USED_COUNT, used + L4_PAGE_SIZE, "and pays for the table");
    want_error(l4_space_cpus(k->space, L4_CPU_ALL, true, NULL, NULL), L4_OK, "once more");
    want_count(k->space, L4_SPACE_QUOTA_USED_COUNT, used + L4_PAGE_SIZE, "costs nothing");
    comes_in(gate, L4_OK, "from there somebody comes in");
}
