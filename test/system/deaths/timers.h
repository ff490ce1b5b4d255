// SPDX-License-Identifier: BSD-2-Clause
// The part of the program that is about timers.
#ifndef TIMERS_H
#define TIMERS_H

void check_timers(void);

#endif
