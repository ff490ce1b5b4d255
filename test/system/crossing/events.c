// SPDX-License-Identifier: BSD-2-Clause
// Two programs that meet at events: the client signals one on which the stranger waits, and waits itself.
// What the other had in its registers is seen by neither, whichever path the kernel takes. And a thread that
// a device interrupts while another waits for that finds all its registers again.
#include "test/system/crossing/cross.h"

#include <l4/cap.h>
#include <l4/event.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/system.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/utcb.h>
#include <l4/proto/layout.h>

#define ROUNDS       12
#define SIGNALLED    1
#define TIMER        2 // ends a wait for which nobody else signals
#define UNWANTED     4 // nobody waits for it
#define SLOT_EVENT   48
#define BELOW        50 // priority of the one that is interrupted
#define INTERRUPTS   300
#define RTC          8 // its interrupt
#define RTC_INDEX    0x70
#define RTC_DATA     0x71
#define RTC_A        0x0a
#define RTC_B        0x0b
#define RTC_C        0x0c // reading it lets the next interrupt come
#define RTC_RATE     6    // of register A: 1,024 Hz
#define RTC_PERIODIC 0x40

static l4_handle_t own_event, other_event;

static int events_make(void)
{
    int error = l4_event_create(L4_CAP_SPACE, &own_event, NULL);
    if (!error)
        error = l4_event_create(L4_CAP_SPACE, &other_event, NULL);
    if (!error)
        error = l4_cap_copy(space[STRANGER], other_event, SLOT_EVENT, L4_RIGHT_WAIT, NULL);
    return error;
}

static int events_end(void)
{
    int error = l4_event_destroy(own_event);
    if (!error)
        error = l4_event_destroy(other_event);
    if (!error)
        error = l4_cap_delete(L4_CAP_SPACE, own_event);
    return error ? error : l4_cap_delete(L4_CAP_SPACE, other_event);
}

static void client_does(unsigned round, uint64_t operation, l4_handle_t event, uint64_t bits)
{
    struct side_data *me = &data[CLIENT];
    fill(&me->out, CLIENT, round, l4_tag(L4_OP_CALL, operation, 0, 0), event);
    me->out.r[L4_REG_RDX] = bits;
    cross_main();
    if (operation == L4_EVENT_WAIT) {
        uint64_t taken = me->in.r[L4_REG_RDX];
        if (taken == 0 || taken & ~bits)
            wrong("the bits", taken, bits);
        me->out.r[L4_REG_RDX] = taken;
    }
    look_error(&me->in, &me->out, L4_OK, (uint64_t)(uintptr_t)l4_utcb(), SIDE(CLIENT));
}

static void one_round(unsigned round, uint64_t stranger_utcb)
{
    struct side_data *it = &data[STRANGER];
    uint64_t before = it->count;
    int error = l4_event_timer(own_event, TIMER, l4_clock() + 3 * MS);
    if (error)
        wrong("the timer", (uint64_t)error, 0);
    client_does(round, L4_EVENT_SIGNAL, other_event, SIGNALLED | UNWANTED);
    client_does(round + 1, L4_EVENT_WAIT, own_event, TIMER);
    for (unsigned i = 0; i < 1000 && it->count == before; i++)
        l4_sleep_until(l4_clock() + MS);
    if (it->count == before)
        wrong("turns of the stranger", 0, 1);
    look_error(&it->in, &it->out, L4_OK, stranger_utcb, 0);
    look_segments(&it->in);
}

// The stranger waits with its values in all registers, and is as good as the client.
static void look_signalled(void)
{
    struct side_data *it = &data[STRANGER];
    l4_handle_t thread = L4_HANDLE_NONE;
    int error = l4_thread_priority(L4_CAP_THREAD, PRIORITY);
    fill(&it->out, STRANGER, 1, l4_tag(L4_OP_CALL, L4_EVENT_WAIT, 0, 0), L4_HANDLE_FIRST(SLOT_EVENT));
    it->out.r[L4_REG_RDX] = SIGNALLED;
    it->count = 0;
    if (!error)
        error = side_thread(STRANGER, cross_stranger, 0, PRIORITY, 0, &thread);
    tap_error(error, L4_OK, "a stranger that waits on an event");
    case_begin("check_events: signal and wait");
    // the first turn says where its UTCB is
    if (error || !side_counts(STRANGER, 1) || l4_event_signal(other_event, SIGNALLED) ||
        !side_counts(STRANGER, 2))
        wrong("the stranger", 0, 1);
    for (unsigned i = 0; i < ROUNDS && !error; i++)
        one_round(2 * i, it->in.r[L4_REG_RBX]);
    case_end();
    tap_error(l4_thread_destroy(thread), L4_OK, "it goes");
}

static int rtc_write(uint32_t reg, uint32_t set, uint32_t clear)
{
    l4_handle_t ports = l4_cap("rtc");
    uint32_t value = 0;
    int error = l4_port_out(ports, RTC_INDEX, 1, reg);
    if (!error)
        error = l4_port_in(ports, RTC_DATA, 1, &value);
    if (!error)
        error = l4_port_out(ports, RTC_INDEX, 1, reg);
    return error ? error : l4_port_out(ports, RTC_DATA, 1, (value & ~clear) | set);
}

static int rtc_next(void)
{
    uint32_t value;
    int error = l4_port_out(l4_cap("rtc"), RTC_INDEX, 1, RTC_C);
    return error ? error : l4_port_in(l4_cap("rtc"), RTC_DATA, 1, &value);
}

// Interrupts until the spinner has looked at its registers, at most some hundred.
static void be_interrupted(void)
{
    struct side_data *it = &data[STRANGER];
    unsigned i = 0;
    for (; i < INTERRUPTS && it->count == 0; i++) {
        int error = rtc_next();
        if (!error)
            error = l4_event_timer(own_event, TIMER, l4_clock() + 1000 * MS);
        if (error)
            wrong("the next interrupt", (uint64_t)error, 0);
        client_does(i, L4_EVENT_WAIT, own_event, SIGNALLED | TIMER);
    }
    if (i == 0)
        wrong("interrupts", 0, 1);
    if (!side_counts(STRANGER, 1))
        wrong("turns of the spinner", it->count, 1);
    look_general_same(&it->in, &it->out);
    look_vectors_same(&it->in, &it->out);
}

static void look_device(void)
{
    struct side_data *it = &data[STRANGER];
    l4_handle_t thread = L4_HANDLE_NONE;
    int error = l4_irq_bind(l4_cap("irq"), RTC, own_event, SIGNALLED);
    if (!error)
        error = rtc_write(RTC_A, RTC_RATE, 15);
    if (!error)
        error = rtc_write(RTC_B, RTC_PERIODIC, 0);
    fill(&it->out, STRANGER, 1, 0, 0);
    it->count = 0;
    if (!error)
        error = side_thread(STRANGER, cross_spinner, 0, BELOW, 0, &thread);
    tap_error(error, L4_OK, "a spinner and a device");
    case_begin("check_events: interrupted by a device");
    if (!error)
        be_interrupted();
    case_end();
    tap_error(error ? error : l4_thread_destroy(thread), L4_OK, "it goes");
    tap_error(rtc_write(RTC_B, 0, RTC_PERIODIC), L4_OK, "no more interrupts");
    tap_error(l4_irq_unbind(l4_cap("irq"), RTC), L4_OK, "they are unbound");
}

void check_events(void)
{
    tap_error(events_make(), L4_OK, "events");
    look_signalled();
    if (l4_cap("rtc"))
        look_device();
    else
        tap_note("interrupted by a device: no device was given");
    tap_error(events_end(), L4_OK, "the events go");
}
