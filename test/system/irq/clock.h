// SPDX-License-Identifier: BSD-2-Clause
// The part of the program that has a device interrupt.
#ifndef CLOCK_H
#define CLOCK_H

#include <l4/base.h>
#include <l4/abi/handle.h>

// With the capabilities of interrupt 8 and of the board's clock, which sends it.
void check_clock(l4_handle_t irq, l4_handle_t rtc);

#endif
