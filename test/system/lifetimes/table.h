// SPDX-License-Identifier: BSD-2-Clause
// Every cell of docs/lifetimes.md that is not left to a later issue. test/style/check_cells.py compares: a missing
// cell is a failure.
//   CELL(id, function, what)                   shown here
//   EXPECTED_FAILURE(id, function, what, why)  tested here; the kernel does something else as yet
//   ELSEWHERE(id, "file:function")             shown by another test
#ifndef TABLE_H
#define TABLE_H

// clang-format off
#define CELLS(CELL, EXPECTED_FAILURE, ELSEWHERE) \
    CELL(SP_1, check_sp_1, "nobody in it: destroyed") \
    CELL(SP_2, check_sp_2, "its own thread destroys it") \
    CELL(SP_3, check_sp_3, "a visitor destroys it") \
    CELL(SP_4, check_sp_4, "funds others: destroyed") \
    CELL(SP_5, check_sp_5, "own threads at home: destroyed") \
    CELL(SP_6, check_sp_6, "own threads away: destroyed") \
    CELL(SP_7, check_sp_7, "visitors on top: destroyed") \
    CELL(SP_8, check_sp_8, "in the middle of a chain: destroyed") \
    CELL(SP_9, check_sp_9, "callers queued: destroyed") \
    CELL(SP_10, check_sp_10, "holds reply capabilities: destroyed") \
    CELL(SP_11, check_sp_11, "its servers have callers in hand: destroyed") \
    CELL(SP_12, check_sp_12, "gave memory by mapping: destroyed") \
    CELL(SP_13, check_sp_13, "holds memory of others: destroyed") \
    CELL(SP_14, check_sp_14, "slots derived from its slots: destroyed") \
    CELL(SP_15, check_sp_15, "its events are bound to interrupts: destroyed") \
    CELL(SP_16, check_sp_16, "its funder dies") \
    CELL(SP_17, check_sp_17, "being destroyed: the destroyer dies or is cancelled") \
    CELL(SP_18, check_sp_18, "being destroyed: destroyed again") \
    CELL(SP_19, check_sp_19, "its pager dies") \
    CELL(SP_20, check_sp_20, "its quota is spent") \
    EXPECTED_FAILURE(SP_21, check_sp_21, "stopped by its holder", "SPACE_STOP is not built") \
    CELL(GA_9, check_ga_9, "pager or exception gate: destroyed") \
    CELL(TH_1, check_th_1, "created, never started: destroyed") \
    CELL(TH_2, check_th_2, "running at home here: destroyed by another") \
    CELL(TH_3, check_th_3, "running at home elsewhere: destroyed") \
    CELL(TH_4, check_th_4, "running: destroys itself") \
    CELL(TH_5, check_th_5, "queued at a gate: destroyed") \
    CELL(TH_6, check_th_6, "being served: destroyed") \
    CELL(TH_7, check_th_7, "deferred: destroyed") \
    CELL(TH_8, check_th_8, "receiver: destroyed") \
    CELL(TH_9, check_th_9, "server with a caller: destroyed") \
    CELL(TH_10, check_th_10, "waits for an event: destroyed") \
    CELL(TH_11, check_th_11, "queued for an activation: destroyed") \
    CELL(TH_12, check_th_12, "in a page fault or exception: destroyed") \
    CELL(TH_13, check_th_13, "in a switch fault: destroyed") \
    CELL(TH_14, check_th_14, "halted or suspended: destroyed") \
    CELL(TH_15, check_th_15, "away: destroyed, or its owner's space") \
    EXPECTED_FAILURE(TH_16, check_th_16, "orphan: its space dies, or the visit is aborted", \
                     "an orphan's charge stays where it was when a visit of it ends") \
    EXPECTED_FAILURE(TH_17, check_th_17, "orphan with a visit below: replies", \
                     "as TH-16") \
    CELL(TH_18, check_th_18, "waits at home: cancelled") \
    CELL(TH_19, check_th_19, "runs at home: cancelled") \
    CELL(TH_20, check_th_20, "away: cancelled") \
    CELL(TH_21, check_th_21, "being served: cancelled") \
    EXPECTED_FAILURE(TH_22, check_th_22, "away: recalled", \
                     "recall answers QUOTA when the visited space cannot pay") \
    EXPECTED_FAILURE(TH_23, check_th_23, "at home: recalled", \
                     "recall at home answers STATE") \
    CELL(TH_24, check_th_24, "call not taken: deadline") \
    CELL(TH_25, check_th_25, "call taken: deadline") \
    EXPECTED_FAILURE(TH_26, check_th_26, "at home: suspended", \
                     "a suspended queue server takes calls") \
    EXPECTED_FAILURE(TH_27, check_th_27, "away: suspended, moved, another priority", \
                     "THREAD_MOVE is not built") \
    EXPECTED_FAILURE(TH_28, check_th_28, "in a fault that nobody can take", \
                     "no supervisor event for a visit, and its activation is dealt again")
// clang-format on

#define CELL(id, check, what)                  void check(void);
#define EXPECTED_FAILURE(id, check, what, why) void check(void);
#define ELSEWHERE(id, where)
CELLS(CELL, EXPECTED_FAILURE, ELSEWHERE)
#undef CELL
#undef EXPECTED_FAILURE
#undef ELSEWHERE

// The cell cannot be shown in this run.
void cell_skip(const char *why);

#endif
