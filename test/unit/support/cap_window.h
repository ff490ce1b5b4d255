// SPDX-License-Identifier: BSD-2-Clause
// A CPU that has not heard yet that a page of a window has come.
#ifndef TEST_UNIT_SUPPORT_CAP_WINDOW_H
#define TEST_UNIT_SUPPORT_CAP_WINDOW_H

// The page AT is in shows what filled the window before, read-only, until its translation is dropped.
void cap_window_stale(const void *at);

#endif
