// SPDX-License-Identifier: BSD-2-Clause
// Captured log lines of kernel code under test, each ended by a newline.
#ifndef TEST_UNIT_SUPPORT_LOG_H
#define TEST_UNIT_SUPPORT_LOG_H

extern char log_captured[];

void log_capture_clear(void);

#endif
