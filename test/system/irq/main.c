// SPDX-License-Identifier: BSD-2-Clause
// Interrupt numbers: only those of the capability's range, the last one included and the next one not;
// nothing is looked up before its number is checked. test/system/servers.py runs it with `cap.irq = irq 10`,
// and with the board's clock, which sends one (clock.c); without a capability nothing may be bound.
#include <l4/event.h>
#include <l4/program.h>
#include <l4/proto/layout.h>
#include <l4/system.h>
#include <l4/tap.h>

#include "clock.h"

#define GRANTED 10

int main(int argc, char **argv)
{
    static const uint64_t refused[] = {
        0,    1,   GRANTED - 1, GRANTED + 1, 15,  16,         23,
        24,   191, 192,         255,         256, 1ull << 32, (1ull << 32) + GRANTED,
        ~0ull};
    l4_handle_t irq = l4_cap("irq");
    l4_handle_t event;

    (void)argc;
    (void)argv;
    tap_error(l4_event_create(L4_CAP_SPACE, &event, NULL), L4_OK, "an event");
    if (irq == L4_HANDLE_NONE) { // started without a section of its own
        tap_error(l4_irq_bind(irq, GRANTED, event, 1), L4_ERR_CAP, "no capability, no interrupt");
        return tap_end();
    }
    for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        tap_error(l4_irq_bind(irq, refused[i], event, 1), L4_ERR_RANGE, "bind a number that was not given");
        tap_error(l4_irq_ack(irq, refused[i]), L4_ERR_RANGE, "acknowledge it");
        tap_error(l4_irq_unbind(irq, refused[i]), L4_ERR_RANGE, "unbind it");
    }
    tap_error(l4_irq_ack(irq, GRANTED), L4_ERR_STATE, "acknowledge before binding");
    tap_error(l4_irq_unbind(irq, GRANTED), L4_ERR_STATE, "unbind before binding");
    tap_error(l4_irq_bind(irq, GRANTED, event, 0), L4_ERR_ARG, "bind no bits");
    tap_error(l4_irq_bind(irq, GRANTED, irq, 1), L4_ERR_CAP, "bind to what is no event");
    tap_error(l4_irq_bind(irq, GRANTED, event, 1), L4_OK, "bind the number that was given");
    tap_error(l4_irq_bind(irq, GRANTED, event, 1), L4_ERR_BUSY, "bind it twice");
    tap_error(l4_irq_ack(irq, GRANTED), L4_OK, "acknowledge it");
    tap_error(l4_irq_unbind(irq, GRANTED), L4_OK, "unbind it");
    tap_error(l4_irq_bind(irq, GRANTED, event, 1), L4_OK, "bind it again");
    tap_error(l4_event_destroy(event), L4_OK, "the event ends");
    tap_error(l4_irq_unbind(irq, GRANTED), L4_ERR_STATE, "and its binding with it");
    check_clock(l4_cap("alarm"), l4_cap("rtc"));
    return tap_end();
}
