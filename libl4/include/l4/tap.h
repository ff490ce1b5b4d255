// SPDX-License-Identifier: BSD-2-Clause
// Results of a test program in TAP: gathered in memory, so that printing does not disturb what is measured,
// and written to the capability "out" at the end.
#ifndef L4_TAP_H
#define L4_TAP_H

#include <l4/base.h>

// One result. The text is a printf format; results are numbered in the order of the calls.
__attribute__((format(printf, 2, 3))) void tap_ok(bool good, const char *format, ...);
// A result that says what was got and what was expected, if they differ.
void tap_equal(uint64_t got, uint64_t expected, const char *what);
// A result about an l4_error.
void tap_error(int got, int expected, const char *what);
// A result that is known to be bad, and why; good is a failure then: it is no longer known to be bad.
void tap_expected(bool good, const char *what, const char *why);
// A line of diagnosis.
__attribute__((format(printf, 1, 2))) void tap_note(const char *format, ...);
// Writes what there is so far, for a program of which one wants to know how far it came.
void tap_flush(void);
// Writes everything with the plan; the status to return from main: 0 = all were good.
L4_MUST_CHECK int tap_end(void);

#endif
