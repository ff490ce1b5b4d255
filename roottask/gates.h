// SPDX-License-Identifier: BSD-2-Clause
// Entries of the root task's gates (for main.c, which makes the gates), and the pools their visitors use.
// Classes of visitors have pools of their own: programs that wait for something keep nobody from reporting a
// fault.
#ifndef ROOTTASK_GATES_H
#define ROOTTASK_GATES_H

#define POOL_SERVICE   1 // L4_POOL_VISITORS
#define POOL_CONTROL   2
#define POOL_EXCEPTION 3

void service_entry(void);   // service.c
void control_entry(void);   // control.c
void exception_entry(void); // exception.c

#endif
