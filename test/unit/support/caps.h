// SPDX-License-Identifier: BSD-2-Clause
// Three capability tables and some objects to name. The page pool behind them fills what is freed and fails
// the test when somebody writes there.
#ifndef TEST_UNIT_SUPPORT_CAPS_H
#define TEST_UNIT_SUPPORT_CAPS_H

#include "kernel/cap/cap.h"

enum { CAPS_TABLES = 3, CAPS_OBJECTS = 6 };

extern struct cap_table table[CAPS_TABLES];
extern struct quota quota[CAPS_TABLES];
extern struct object object[CAPS_OBJECTS];

// Frames in use; all others are as they were when freed.
unsigned caps_frames(void);

// Setup of a program; setup and teardown of a test: at its end nothing is left.
int caps_group(void **state);
int caps_begin(void **state);
int caps_end(void **state);

// The slot C was derived from, NULL for a first one; and how many steps that is from a first one.
struct cap *caps_parent(const struct cap *c);
unsigned caps_depth(const struct cap *c);

// All slots that name object O in one properly nested list.
void caps_check_object(unsigned o);

// Every slot that names O becomes dead.
void caps_bury(struct object *o);

// The end of T, step by step.
void caps_table_end(struct cap_table *t);

// A capability on OBJECT into slot INDEX of table T, derived from PARENT.
enum l4_error caps_create(unsigned t, uint64_t index, unsigned o, struct cap *parent, struct cap **out);

#endif
