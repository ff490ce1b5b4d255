/* SPDX-License-Identifier: BSD-2-Clause */
/* Arithmetic of clocks, see clock.h. Pure. */
#include "arch/x86_64/dev/clock.h"
#include "kernel/base/compiler.h"

#define WINDOWS_PER_S 100u /* a measurement takes 10 ms */
#define ATTEMPTS      8u
#define MAX_TURNS     (1u << 24) /* a processor whose counter stands still has other worries than these looks */

/* One look at the reference: its value, and the counter just before and after it. */
struct look {
    uint64_t before, ref, after;
};

static INIT struct look take(const struct clock_reference *ref, clock_read_fn counter)
{
    struct look l;

    l.before = counter();
    l.ref = ref->read() & ref->mask;
    l.after = counter();
    return l;
}

/* Of a few looks the one least disturbed by whatever interrupts an emulator. */
static INIT struct look take_best(const struct clock_reference *ref, clock_read_fn counter)
{
    struct look best = take(ref, counter);

    for (unsigned i = 0; i < 4; i++) {
        struct look l = take(ref, counter);

        if (l.after - l.before < best.after - best.before)
            best = l;
    }
    return best;
}

static INIT uint64_t middle(const struct look *l)
{
    return l->before + (l->after - l->before) / 2;
}

/* Waits until the window is over. False if the reference stands still; *gap = longest time not looking. */
static INIT bool wait_window(const struct clock_reference *ref, clock_read_fn counter,
                             const struct look *first, uint64_t window, uint64_t *gap)
{
    uint64_t seen = first->before;

    *gap = 0;
    for (uint32_t turn = 0; turn < MAX_TURNS && seen - first->before < CLOCK_PATIENCE; turn++) {
        struct look l = take(ref, counter);

        if (l.after - seen > *gap)
            *gap = l.after - seen;
        seen = l.after;
        if (((l.ref - first->ref) & ref->mask) >= window)
            return true;
    }
    return false;
}

enum outcome {
    DEAD,
    DISTURBED,
    MEASURED,
};

/* Counts per second in one window, and how far off they may be, in 1/1024. */
static INIT enum outcome measure_once(const struct clock_reference *ref, clock_read_fn counter, uint64_t *hz,
                                      uint64_t *doubt)
{
    const uint64_t window = ref->hz / WINDOWS_PER_S;
    struct look first = take_best(ref, counter), last;
    uint64_t ticks, counts, gap;

    if (!wait_window(ref, counter, &first, window, &gap))
        return DEAD;
    last = take_best(ref, counter);
    ticks = (last.ref - first.ref) & ref->mask;
    counts = middle(&last) - middle(&first);
    /* A short counter may have gone round unseen while an emulator did something else. */
    if (ticks < window || counts == 0 || (ref->mask <= 0xffff && gap > counts / 2))
        return DISTURBED;
    *doubt = (first.after - first.before + last.after - last.before) * 1024 / counts;
    /* ticks below 2^28 times hz below 2^35 fits; the digits lost are below one millionth. */
    for (; ticks >= UINT64_C(1) << 28; ticks >>= 1)
        counts >>= 1;
    *hz = counts / ticks * ref->hz + counts % ticks * ref->hz / ticks;
    return MEASURED;
}

INIT uint64_t clock_measure(const struct clock_reference *ref, clock_read_fn counter)
{
    uint64_t best = 0, best_doubt = UINT64_MAX;

    for (unsigned i = 0; i < ATTEMPTS && best_doubt > 0; i++) {
        uint64_t doubt = 0, hz = 0;
        enum outcome outcome = measure_once(ref, counter, &hz, &doubt);

        if (outcome == DEAD)
            break;
        if (outcome == MEASURED && doubt < best_doubt) {
            best_doubt = doubt;
            best = hz;
        }
    }
    return best;
}

INIT struct clock_scale clock_scale_make(uint64_t hz, uint64_t base)
{
    return (struct clock_scale){
        .tsc_base = base,
        .mul = ((CLOCK_NS_PER_S << CLOCK_SHIFT) + hz / 2) / hz,
        .shift = CLOCK_SHIFT,
    };
}

uint64_t clock_ticks(uint64_t ns, uint64_t hz)
{
    uint64_t seconds = ns / CLOCK_NS_PER_S, rest = ns % CLOCK_NS_PER_S;

    /* rest * hz would reach 2^65 at the highest frequency: hz is split into Hz of a whole MHz and the rest.
     */
    return seconds * hz + rest * (hz / 1000000) / 1000 +
           (rest * (hz % 1000000) + CLOCK_NS_PER_S - 1) / CLOCK_NS_PER_S + 1;
}

INIT bool clock_plausible(uint64_t hz)
{
    return hz >= CLOCK_MIN_HZ && hz <= CLOCK_MAX_HZ;
}

INIT bool clock_agrees(uint64_t a, uint64_t b)
{
    uint64_t d = a > b ? a - b : b - a;

    return d <= a / 100;
}
