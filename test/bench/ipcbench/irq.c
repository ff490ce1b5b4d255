// SPDX-License-Identifier: BSD-2-Clause
// The row irq.user: from the instruction of a thread that an interrupt comes after to the first one of the
// thread, of another space and a better priority, that waits for it on an event. The HPET makes the
// interrupts, by its timer 1, which takes the place of ISA interrupt 8 when it is told to.
#include <l4/event.h>
#include <l4/pager.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/system.h>
#include <l4/thread.h>
#include <l4/cap.h>

#include "bench.h"
#include "stubs.h"

#define INTERRUPT            8
#define HANDLER_PRIORITY     115
#define INTERRUPTED_PRIORITY 90            // below that of main: it begins when main waits
#define MARKED               0x58000000ull // irq.asm: the other side's block
#define HPET                 0x5a000000ull // irq.asm: its registers
#define HPET_PHYSICAL        0xfed00000ull
#define DELAY_FS             100000000ull // 100 ns: half of the marks

#define AT(offset)       (*(volatile uint64_t *)(uintptr_t)(HPET + (offset)))
#define REG_CAPABILITIES 0x00 // IA-PC HPET 1.0a, section 2.3
#define REG_CONFIG       0x10
#define REG_TIMER_CONFIG 0x120
#define HAS_LEGACY       (1u << 15)
#define CONFIG_ENABLE    1u
#define CONFIG_LEGACY    2u
#define TIMER_ENABLE     (1u << 2)
#define PERIOD_MAX       100000000u // femtoseconds

static uint64_t config, timer_config; // as they were

// Its registers here; false: there is no HPET, or none that reaches the input.
static bool hpet_begin(uint64_t *period)
{
    uint64_t done;
    l4_handle_t hpet = l4_cap("hpet");
    if (!hpet || l4_phys_map(hpet, HPET_PHYSICAL, HPET, L4_PAGE_SIZE,
                             L4_READ | L4_WRITE | L4_CACHE_UC << L4_CACHE_SHIFT, &done))
        return false;
    *period = AT(REG_CAPABILITIES) >> 32;
    if (*period == 0 || *period > PERIOD_MAX || !(AT(REG_CAPABILITIES) & HAS_LEGACY))
        return false;
    timer_config = AT(REG_TIMER_CONFIG);
    config = AT(REG_CONFIG);
    AT(REG_TIMER_CONFIG) = TIMER_ENABLE;
    AT(REG_CONFIG) |= CONFIG_LEGACY | CONFIG_ENABLE;
    return true;
}

static int share(const struct party *to, uint64_t from, uint64_t target)
{
    (void)*(const volatile char *)(uintptr_t)from;
    return l4_space_map(to->space, from, target, L4_PAGE_SIZE, L4_READ | L4_WRITE, NULL);
}

static void measure(const char *name, struct party *a, struct party *b, uint64_t period)
{
    l4_handle_t event = L4_HANDLE_NONE, thread;
    int error = l4_event_create(L4_CAP_SPACE, &event, NULL);
    if (!error)
        error = share(a, HPET, HPET);
    if (!error)
        error = share(b, (uint64_t)(uintptr_t)a->block, MARKED);
    if (!error)
        error = l4_irq_bind(l4_cap("irq"), INTERRUPT, event, 1);
    a->block->word = DELAY_FS / period;
    if (check(name, "not set up", error) &&
        check(name, "no thread", party_thread(a, client_irq, INTERRUPTED_PRIORITY, &thread))) {
        if (run(b, handler_irq, party_give(b, event, L4_RIGHT_WAIT), HANDLER_PRIORITY))
            report(name, b->block, 0);
        check(name, "the interrupt stays", l4_irq_unbind(l4_cap("irq"), INTERRUPT));
    }
    if (event)
        check(name, "the event stays", l4_event_destroy(event) || l4_cap_delete(L4_CAP_SPACE, event));
}

void irq_row(const char *name)
{
    struct party a = {0}, b = {0};
    uint64_t period;
    if (!hpet_begin(&period)) {
        note(name, "no HPET that interrupts here");
        return;
    }
    int error = party_new(&a);
    if (!error)
        error = party_new(&b);
    if (check(name, "no spaces", error))
        measure(name, &a, &b, period);
    AT(REG_TIMER_CONFIG) = timer_config;
    AT(REG_CONFIG) = config;
    party_end(&a);
    party_end(&b);
}
