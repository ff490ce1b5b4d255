// SPDX-License-Identifier: BSD-2-Clause
// A real interrupt, that of the board's clock (MC146818 data sheet, registers A, B and C): unbound by its
// event nothing arrives, and who waits gets L4_ERR_CANCELLED (docs/reference/event_unbind.md); unbound by its
// number nothing arrives either, but who waits does so on, since the bit may come from elsewhere
// (docs/reference/irq_unbind.md).
#include "clock.h"

#include <stdatomic.h>
#include <l4/cap.h>
#include <l4/event.h>
#include <l4/utcb.h>
#include <l4/program.h>
#include <l4/system.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#define ALARM      8
#define INDEX      0x70
#define DATA       0x71
#define REGISTER_A 10
#define REGISTER_B 11
#define REGISTER_C 12
#define RATE_MASK  0x0fu
#define RATE_8_HZ  0x0du
#define PERIODIC   0x40u

#define MS       1000000ull
#define LIMIT    (5000 * MS)
#define TICKS    (400 * MS) // some ticks go by
#define PRIORITY 80
#define NOT_YET  (-1)

static l4_handle_t irq, rtc, event;
static struct l4_thread waiter;
static atomic_int result;

static uint32_t clock_read(unsigned reg)
{
    uint32_t value = 0;
    if (l4_port_out(rtc, INDEX, 1, reg) || l4_port_in(rtc, DATA, 1, &value))
        l4_abort("clock");
    return value;
}

static void clock_write(unsigned reg, uint32_t value)
{
    if (l4_port_out(rtc, INDEX, 1, reg) || l4_port_out(rtc, DATA, 1, value))
        l4_abort("clock");
}

static void clock_ticks(bool on)
{
    uint32_t control = clock_read(REGISTER_B);
    clock_write(REGISTER_A, (clock_read(REGISTER_A) & ~RATE_MASK) | RATE_8_HZ);
    clock_write(REGISTER_B, on ? control | PERIODIC : control & ~PERIODIC);
    clock_read(REGISTER_C); // the next tick is an edge again
}

static void wait_once(void *argument)
{
    uint64_t taken;
    (void)argument;
    atomic_store(&result, l4_event_wait(event, 1, L4_DEADLINE_NEVER, &taken));
}

static void waits(void)
{
    uint64_t end = l4_clock() + LIMIT;
    struct l4_thread_info info = {0};
    atomic_store(&result, NOT_YET);
    int error = l4_thread_create(&waiter, PRIORITY);
    if (!error)
        error = l4_thread_start(&waiter, wait_once, NULL, l4_cpu());
    // twice the same: it may have waited for its pager before
    for (unsigned seen = 0; !error && seen < 2 && l4_clock() < end;) {
        l4_sleep_until(l4_clock() + MS);
        error = l4_thread_state(waiter.handle, &info);
        seen = info.state == L4_THREAD_BLOCKED ? seen + 1 : 0;
    }
    tap_error(error, L4_OK, "a thread waits");
    tap_equal((uint64_t)atomic_load(&result), (uint64_t)NOT_YET, "  for the tick");
}

static int waited(void)
{
    uint64_t end = l4_clock() + LIMIT;
    while (atomic_load(&result) == NOT_YET && l4_clock() < end)
        l4_sleep_until(l4_clock() + MS);
    return atomic_load(&result);
}

static uint64_t tick(void)
{
    uint64_t taken = 0;
    clock_read(REGISTER_C);
    return l4_event_wait(event, 1, l4_clock() + LIMIT, &taken) ? 0 : taken;
}

// The clock ticks, as far as it goes.
static void let_tick(void)
{
    for (uint64_t end = l4_clock() + TICKS; l4_clock() < end;) {
        l4_sleep_until(l4_clock() + 20 * MS);
        clock_read(REGISTER_C);
    }
}

static uint64_t poll(void)
{
    uint64_t taken = 0;
    return l4_event_wait(event, ~0ull, L4_DEADLINE_POLL, &taken) ? 0 : taken;
}

static void check_unbound_by_event(void)
{
    tap_error(l4_irq_bind(irq, ALARM, event, 1), L4_OK, "the clock's interrupt is bound");
    tap_equal(tick(), 1, "a tick arrives");
    clock_ticks(false);
    let_tick();
    poll(); // one may have been on its way
    waits();
    tap_error(l4_event_unbind(event), L4_OK, "the event is unbound");
    tap_error(waited(), L4_ERR_CANCELLED, "the waiter is cancelled");
    clock_ticks(true);
    let_tick();
    tap_equal(poll(), 0, "no tick arrives");
    tap_error(l4_irq_ack(irq, ALARM), L4_ERR_STATE, "the interrupt is free");
}

static void check_unbound_by_number(void)
{
    tap_error(l4_irq_bind(irq, ALARM, event, 1), L4_OK, "bound again");
    tap_equal(tick(), 1, "a tick arrives");
    tap_error(l4_irq_unbind(irq, ALARM), L4_OK, "the interrupt is unbound");
    let_tick();
    poll();
    waits();
    let_tick();
    tap_equal((uint64_t)atomic_load(&result), (uint64_t)NOT_YET, "no tick arrives, and the thread waits on");
    tap_error(l4_event_signal(event, 1), L4_OK, "for a signal");
    tap_error(waited(), L4_OK, "which it hears");
    tap_error(l4_irq_bind(irq, ALARM, event, 1), L4_OK, "bound a third time");
    tap_equal(tick(), 1, "ticks arrive again");
}

void check_clock(l4_handle_t irq_cap, l4_handle_t rtc_cap)
{
    irq = irq_cap;
    rtc = rtc_cap;
    tap_error(l4_event_create(L4_CAP_SPACE, &event, NULL), L4_OK, "an event");
    clock_ticks(true);
    check_unbound_by_event();
    check_unbound_by_number();
    clock_ticks(false);
    tap_error(l4_event_destroy(event), L4_OK, "the event goes");
}
