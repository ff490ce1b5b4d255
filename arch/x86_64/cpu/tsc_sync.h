/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether the time stamp counters of two CPUs are in step, measured while one starts the other.
 */
#ifndef QUIRE_X86_64_CPU_TSC_SYNC_H
#define QUIRE_X86_64_CPU_TSC_SYNC_H

#include <stdbool.h>
#include <stdint.h>

struct tsc_offset {
    int64_t ticks;  /* the other CPU's counter less this one's */
    uint64_t error; /* at most so much beside the truth */
};

/* From one question: asked at BEFORE, the other's counter was THEIRS, the answer was there at AFTER. */
struct tsc_offset tsc_offset_of(uint64_t before, uint64_t theirs, uint64_t after);

/* True if the measurement says that they differ. */
bool tsc_out_of_step(struct tsc_offset o);

/* Before a CPU starts. */
void tsc_sync_init(void);

/* On CPU 0: waits at most NS for the CPU that starts; false if it does not answer. */
bool tsc_sync_ask(uint64_t ns, struct tsc_offset *out);

/* On the CPU that starts: answers, after it has corrected its own counter where the processor lets it. */
void tsc_sync_answer(void);

#endif
