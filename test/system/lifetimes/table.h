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
    CELL(TH_11, check_th_11, "queued for an activation: destroyed")
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
