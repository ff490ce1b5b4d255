// SPDX-License-Identifier: BSD-2-Clause
// Events and interrupt bindings: EV-1 to EV-7, IB-1 to IB-5. The interrupt is that of the board's clock,
// which is made to tick: MC146818 data sheet, registers A, B and C.
#include <l4/system.h>
#include "kit.h"
#include "table.h"

#define ALARM 8 // ISA interrupt of the clock

#define CLOCK_INDEX 0x70
#define CLOCK_DATA  0x71
#define CLOCK_A     10
#define CLOCK_B     11
#define CLOCK_C     12
#define RATE_MASK   0x0fu
#define RATE_8_HZ   0x0du
#define PERIODIC    0x40u

static struct hand a, b, dying;

static uint32_t clock_read(unsigned reg)
{
    uint32_t value = 0;
    want_error(l4_port_out(l4_cap("ports"), CLOCK_INDEX, 1, reg), L4_OK, "the clock");
    want_error(l4_port_in(l4_cap("ports"), CLOCK_DATA, 1, &value), L4_OK, "is read");
    return value;
}

static void clock_write(unsigned reg, uint32_t value)
{
    want_error(l4_port_out(l4_cap("ports"), CLOCK_INDEX, 1, reg), L4_OK, "the clock");
    want_error(l4_port_out(l4_cap("ports"), CLOCK_DATA, 1, value), L4_OK, "is written");
}

static void clock_ticks(bool on)
{
    uint32_t control = clock_read(CLOCK_B);
    clock_write(CLOCK_A, (clock_read(CLOCK_A) & ~RATE_MASK) | RATE_8_HZ);
    clock_write(CLOCK_B, on ? control | PERIODIC : control & ~PERIODIC);
    clock_read(CLOCK_C); // the next tick is an edge again
}

static void bind(l4_handle_t event, int expected, const char *what)
{
    want_error(l4_irq_bind(l4_cap("irq"), ALARM, event, 1), expected, what);
}

void check_ev_1(void)
{
    struct kid *k = kid_new();
    l4_handle_t e = L4_HANDLE_NONE;
    want_error(l4_event_create(k->space, &e, NULL), L4_OK, "an event");
    keep(e);
    uint64_t used = count_of(k->space, L4_SPACE_QUOTA_USED_COUNT);
    want_error(l4_event_destroy(e), L4_OK, "is destroyed");
    want_error(l4_event_signal(e, 1), L4_ERR_DEAD, "a tombstone");
    want(count_of(k->space, L4_SPACE_QUOTA_USED_COUNT) < used, "refunded to its space");
}

void check_ev_2(void)
{
    l4_handle_t e = event_new();
    a = b = (struct hand){.body = hand_event, .on = e};
    hand_waits(&a, victim_cpu);
    hand_waits(&b, partner_cpu);
    want_error(l4_event_destroy(e), L4_OK, "the event is destroyed");
    want_error(hand_result(&a), L4_ERR_DEAD, "a waiter");
    want_error(hand_result(&b), L4_ERR_DEAD, "another");
}

// Nothing that it was bound to arrives after it is unbound.
void check_ev_3(void)
{
    l4_handle_t e = event_new();
    dying = (struct hand){.body = hand_pending};
    hand_waits(&dying, victim_cpu);
    a = (struct hand){.body = hand_event, .on = e};
    hand_waits(&a, victim_cpu);
    // late enough for what comes before the unbinding, on a machine that is busy
    uint64_t alarm = l4_clock() + 100 * MS;
    want_error(l4_event_timer(e, 2, alarm), L4_OK, "a timer");
    want_error(l4_event_bind_death(e, 4, dying.thread), L4_OK, "a death");
    bind(e, L4_OK, "an interrupt");
    want_error(l4_event_unbind(e), L4_OK, "unbound");
    want_error(hand_result(&a), L4_ERR_CANCELLED, "the waiter");
    hand_destroy(&dying);
    while (l4_clock() < alarm + 5 * MS)
        pause_ms(5);
    want_equal(event_poll(e, ~0ull), 0, "nothing arrives");
    want_error(l4_irq_ack(l4_cap("irq"), ALARM), L4_ERR_STATE, "the interrupt is free");
}

static uint64_t receives(struct hand *h, l4_handle_t gate)
{
    *h = (struct hand){.body = hand_wait, .on = gate};
    hand_waits(h, victim_cpu);
    return h->thread;
}

static void bind_to(l4_handle_t event, l4_handle_t thread, int expected, const char *what)
{
    want_error(l4_event_bind_thread(event, thread), expected, what);
}

static void want_bits(struct hand *h, uint64_t bits)
{
    want_error(hand_result(h), L4_OK, "the wait of its thread ends");
    want(l4_msg_is_signal(&h->m), "with no request");
    want_equal(h->m.w[0], bits, "but with the bits");
}

// Also: bits reach the thread, an interrupt's too; and the event dies, which the thread does not notice.
void check_ev_4(void)
{
    l4_handle_t gate = gate_queue(NULL, victim_cpu), e = event_new(), next = event_new();
    bind_to(e, receives(&dying, gate), L4_OK, "an event is bound to a receiver");
    want_error(l4_event_signal(e, 1), L4_OK, "and signalled");
    want_bits(&dying, 1);
    want_error(l4_event_signal(e, 6), L4_OK, "signalled while its thread does not wait for callers");
    bind_to(e, receives(&a, gate), L4_ERR_BUSY, "to another thread");
    hand_destroy(&dying);
    want_equal(event_poll(e, ~0ull), 6, "the thread dies: the bits have stayed");
    bind_to(e, dying.thread, L4_ERR_DEAD, "to the dead");
    bind_to(e, a.thread, L4_OK, "to another thread");
    bind(e, L4_OK, "and to an interrupt");
    want_error(l4_event_destroy(e), L4_OK, "the event is destroyed");
    want(hand_blocked(&a, 0), "its thread waits on");
    bind(next, L4_OK, "another event");
    bind_to(next, a.thread, L4_OK, "in its place");
    clock_ticks(true);
    want_bits(&a, 1);
    clock_ticks(false);
    want_error(l4_event_unbind(next), L4_OK, "unbound");
    want_error(l4_event_signal(next, 8), L4_OK, "and signalled");
    want_equal(event_await(next, ~0ull) & 8, 8, "who waits on it has the bit");
}

void check_ev_5(void)
{
    l4_handle_t e = event_new(), next = event_new();
    bind(e, L4_OK, "an interrupt is bound");
    want_error(l4_event_destroy(e), L4_OK, "the event is destroyed");
    want_error(l4_irq_ack(l4_cap("irq"), ALARM), L4_ERR_STATE, "the binding is gone");
    bind(next, L4_OK, "and can be made again");
}

void check_ev_6(void)
{
    l4_handle_t e = event_new(), next;
    want_error(l4_event_timer(e, 1, l4_clock() + 5 * MS), L4_OK, "a timer");
    want_error(l4_event_destroy(e), L4_OK, "the event is destroyed");
    next = event_new(); // in its memory, perhaps
    pause_ms(10);
    want_equal(event_poll(next, ~0ull), 0, "the timer is gone");
}

void check_ev_7(void)
{
    struct kid *k = kid_new();
    l4_handle_t e = event_new();
    dying = (struct hand){.body = hand_pending};
    hand_waits(&dying, victim_cpu);
    uint64_t used = count_of(L4_CAP_SPACE, L4_SPACE_QUOTA_USED_COUNT);
    want_error(l4_event_bind_death(e, 2, dying.thread), L4_OK, "a thread");
    want_error(l4_event_bind_death(e, 4, k->space), L4_OK, "a space");
    hand_destroy(&dying);
    kid_destroy(k);
    want_equal(event_gather(e, 6), 6, "both deaths");
    want_equal(event_poll(e, ~0ull), 0, "once");
    want(count_of(L4_CAP_SPACE, L4_SPACE_QUOTA_USED_COUNT) < used, "the bindings are gone");
}

void check_ib_1(void)
{
    l4_handle_t e = event_new();
    a = (struct hand){.body = hand_event, .on = e};
    bind(e, L4_OK, "bound");
    clock_ticks(true);
    want_equal(event_await(e, 1), 1, "the clock ticks");
    hand_waits(&a, victim_cpu);
    want_error(l4_event_unbind(e), L4_OK, "unbound");
    want_error(hand_result(&a), L4_ERR_CANCELLED, "the waiter");
    clock_read(CLOCK_C);
    pause_ms(200);
    clock_ticks(false);
    want_equal(event_poll(e, 1), 0, "no tick arrives");
}

// The event dies, then the space another lies in; nothing is left of the old binding.
void check_ib_2(void)
{
    struct kid *k = kid_new();
    l4_handle_t e = event_new(), inside = L4_HANDLE_NONE, next = event_new();
    bind(e, L4_OK, "bound");
    clock_ticks(true);
    want_equal(event_await(e, 1), 1, "the clock ticks");
    want_error(l4_event_destroy(e), L4_OK, "the event is destroyed");
    want_error(l4_event_create(k->space, &inside, NULL), L4_OK, "one in another space");
    keep(inside);
    bind(inside, L4_OK, "is bound");
    kid_destroy(k);
    clock_read(CLOCK_C);
    pause_ms(200);
    bind(next, L4_OK, "a third");
    clock_read(CLOCK_C);
    want_equal(event_await(next, 1), 1, "has the ticks");
    clock_ticks(false);
}

void check_ib_3(void)
{
    l4_handle_t e = event_new(), next = event_new(), first = L4_HANDLE_NONE, second = L4_HANDLE_NONE;
    for (unsigned revoke = 0; revoke < 2; revoke++) {
        want_error(l4_cap_range(L4_CAP_SPACE, l4_cap("irq"), L4_SLOT_ANY, L4_RIGHT_ALL, ALARM, 1, &first),
                   L4_OK, "a capability");
        keep(first);
        want_error(l4_cap_copy(L4_CAP_SPACE, first, L4_SLOT_ANY, L4_RIGHT_ALL, &second), L4_OK, "a copy");
        keep(second);
        want_error(l4_irq_bind(second, ALARM, e, 1), L4_OK, "that binds");
        if (revoke)
            want_error(l4_cap_revoke(L4_CAP_SPACE, first), L4_OK, "is revoked");
        else
            want_error(l4_cap_delete(L4_CAP_SPACE, second), L4_OK, "is deleted");
        bind(next, L4_OK, "the binding is gone");
        want_error(l4_event_unbind(next), L4_OK, "and unbound");
        want_error(l4_event_unbind(e), L4_OK, "for good");
    }
}

void check_ib_4(void)
{
    l4_handle_t e = event_new(), other = event_new();
    bind(e, L4_OK, "bound");
    bind(other, L4_ERR_BUSY, "bound again");
    clock_ticks(true);
    want_equal(event_await(e, 1), 1, "the first has the ticks");
    want_equal(event_poll(other, 1), 0, "the second has none");
    clock_ticks(false);
}

// Taken by a thread of the server, whose space then dies.
void check_ib_5(void)
{
    struct kid *k = kid_new();
    l4_handle_t inside = L4_HANDLE_NONE, next = event_new();
    want_error(l4_event_create(k->space, &inside, NULL), L4_OK, "an event of the server");
    keep(inside);
    a = (struct hand){.kid = k, .body = hand_event, .on = give(k, inside, L4_RIGHT_WAIT)};
    hand_waits(&a, victim_cpu);
    bind(inside, L4_OK, "bound");
    clock_ticks(true);
    want_error(hand_result(&a), L4_OK, "the server has the tick");
    kid_destroy(k);
    bind(next, L4_OK, "another server");
    want_equal(event_poll(next, 1), 0, "starts clean");
    clock_read(CLOCK_C);
    want_equal(event_await(next, 1), 1, "and has the next tick");
    clock_ticks(false);
}
