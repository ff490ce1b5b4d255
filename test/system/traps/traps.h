// SPDX-License-Identifier: BSD-2-Clause
// Parts of this test beside main.c.
#ifndef TRAPS_H
#define TRAPS_H

// --- selectors.c: whatever a program says to the gates of the interrupt table, the descriptor table and the
// registers of the system
void check_vectors(void);
void check_system_registers(void);
void check_selectors(void);

// --- last.c: calls from the last two bytes a program can have
void check_last_calls(void);

// --- watch.c: a data breakpoint that MOV SS holds back
void check_watch(void);
void trap_step(void); // main.c: sets TF, and a NOP

#endif
