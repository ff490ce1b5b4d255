// SPDX-License-Identifier: BSD-2-Clause
// Every cell of docs/lifetimes.md that is not left to a later issue. test/style/check_cells.py compares: a
// missing cell is a failure.
//   CELL(id, function, what)                   shown here
//   EXPECTED_FAILURE(id, function, what, why)  tested here; the kernel does something else as yet
//   NOT_BUILT(id, why)                         there is nothing to test as yet
//   ELSEWHERE(id, "file:function")             shown by another test
#ifndef TABLE_H
#define TABLE_H

// clang-format off
#define CELLS(CELL, EXPECTED_FAILURE, ELSEWHERE, NOT_BUILT) \
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
    CELL(SP_21, check_sp_21, "stopped by its holder") \
    CELL(SP_22, check_sp_22, "somebody is on a CPU: it leaves the set") \
    CELL(SP_23, check_sp_23, "a CPU is needed: it is to leave the set") \
    CELL(SP_24, check_sp_24, "a CPU joins the set") \
    CELL(SP_25, check_sp_25, "stopped, then destroyed") \
    CELL(SP_26, check_sp_26, "its threads run without end") \
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
    CELL(TH_16, check_th_16, "orphan: its space dies, or the visit is aborted") \
    CELL(TH_17, check_th_17, "orphan with a visit below: replies") \
    CELL(TH_18, check_th_18, "waits at home: cancelled") \
    CELL(TH_19, check_th_19, "runs at home: cancelled") \
    CELL(TH_20, check_th_20, "away: cancelled") \
    CELL(TH_21, check_th_21, "being served: cancelled") \
    CELL(TH_22, check_th_22, "away: recalled") \
    CELL(TH_23, check_th_23, "at home: recalled") \
    CELL(TH_24, check_th_24, "call not taken: deadline") \
    CELL(TH_25, check_th_25, "call taken: deadline") \
    CELL(TH_26, check_th_26, "at home: suspended") \
    CELL(TH_27, check_th_27, "away: suspended, moved, another priority") \
    CELL(TH_28, check_th_28, "in a fault that nobody can take") \
    CELL(TH_29, check_th_29, "queued: another priority") \
    CELL(TH_30, check_owner_dies, "away in a wait: its owner dies") \
    CELL(TH_31, check_owner_dies_above, "away, being served or in a chain: its owner dies") \
    CELL(GA_1, check_ga_1, "nobody inside: destroyed") \
    CELL(GA_2, check_ga_2, "visitors inside: destroyed") \
    CELL(GA_3, check_ga_3, "visitors have called on: destroyed") \
    CELL(GA_4, check_ga_4, "callers queue for its pool: destroyed") \
    CELL(GA_5, check_ga_5, "callers queue: destroyed") \
    CELL(GA_6, check_ga_6, "callers taken or deferred: destroyed") \
    CELL(GA_7, check_ga_7, "receivers wait: destroyed") \
    CELL(GA_8, check_ga_8, "its last receiver dies") \
    CELL(GA_9, check_ga_9, "pager or exception gate: destroyed") \
    CELL(GA_10, check_ga_10, "a visit is aborted") \
    CELL(GA_11, check_ga_11, "another takes its place") \
    CELL(EV_1, check_ev_1, "no waiter: destroyed") \
    CELL(EV_2, check_ev_2, "waiters: destroyed") \
    CELL(EV_3, check_ev_3, "waiters: unbound") \
    CELL(EV_4, check_ev_4, "bound to a thread's wait: it dies") \
    CELL(EV_5, check_ev_5, "bound to an interrupt: destroyed") \
    CELL(EV_6, check_ev_6, "timer armed: destroyed") \
    CELL(EV_7, check_ev_7, "bound to deaths: they die") \
    CELL(CS_1, check_cs_1, "its object is destroyed") \
    CELL(CS_2, check_cs_2, "deleted") \
    CELL(CS_3, check_cs_3, "revoked") \
    CELL(CS_4, check_cs_4, "tombstone: revoked") \
    CELL(CS_5, check_cs_5, "revoked while others derive") \
    CELL(CS_6, check_cs_6, "a call is under way: deleted or revoked") \
    CELL(CS_7, check_cs_7, "a caller is queued: deleted or revoked") \
    ELSEWHERE(CS_8, "test/unit/test_cap.c:handles_are_never_valid_twice") \
    CELL(CS_9, check_cs_9, "its table's space dies") \
    CELL(FO_1, check_fo_1, "waits to be taken: its target dies") \
    CELL(FO_2, check_fo_2, "waits, or is taken: the forwarder's space dies") \
    CELL(FO_3, check_fo_3, "waits: the caller dies") \
    CELL(FO_4, check_fo_4, "waits: the caller is cancelled or recalled") \
    CELL(FO_5, check_fo_5, "inside an entry gate: the spaces die") \
    CELL(FO_6, check_fo_6, "waits: the forwarder's deadline") \
    CELL(RC_1, check_rc_1, "unused: reply") \
    CELL(RC_2, check_rc_2, "unused: deleted") \
    CELL(RC_3, check_rc_3, "unused: its holder's space dies") \
    CELL(RC_4, check_rc_4, "unused: its gate is destroyed") \
    CELL(RC_5, check_rc_5, "unused: the caller dies or is cancelled") \
    CELL(RC_6, check_rc_6, "used: used again") \
    CELL(RC_7, check_rc_7, "unused: moved") \
    CELL(AC_2, check_ac_2, "in use by a visitor: replies") \
    CELL(AC_3, check_ac_3, "in use at home: the thread dies") \
    CELL(AC_4, check_ac_4, "in use: the visit is aborted") \
    CELL(AC_5, check_ac_5, "its space dies") \
    CELL(AC_7, check_ac_7, "callers queue: one comes back") \
    CELL(AC_8, check_ac_8, "callers queue: deadline, death, cancel") \
    ELSEWHERE(AC_9, "test/unit/test_activations.c:adding_is_checked") \
    ELSEWHERE(AC_10, "test/unit/test_activations.c:adding_is_all_or_nothing") \
    ELSEWHERE(UP_4, "test/system/hostile/main.c:check_gate_dies_while_aside") \
    ELSEWHERE(UP_6, "test/system/ownpager/main.c:check_late_answer") \
    ELSEWHERE(UP_8, "test/system/ownpager/main.c:check_bad_answer") \
    ELSEWHERE(UP_9, "test/system/ownpager/main.c:check_destroyed_while_asking") \
    CELL(MA_1, check_ma_1, "nothing derived: unmapped") \
    CELL(MA_2, check_ma_2, "others derived: unmapped") \
    CELL(MA_3, check_ma_3, "its source goes or is narrowed") \
    CELL(MA_7, check_ma_7, "receiver's quota is spent") \
    CELL(MA_8, check_ma_8, "left in a receive window at the reply") \
    CELL(MA_9, check_ma_9, "the unmapper is destroyed") \
    CELL(QU_1, check_qu_1, "free bytes: moved") \
    CELL(QU_2, check_qu_2, "in use: moved") \
    CELL(QU_3, check_qu_3, "a funded space dies") \
    CELL(QU_4, check_qu_4, "orphan: ends") \
    CELL(QU_5, check_qu_5, "frees pending: limit met") \
    CELL(IB_1, check_ib_1, "in service: unbound") \
    CELL(IB_2, check_ib_2, "bound: event or its space destroyed") \
    CELL(IB_3, check_ib_3, "bound: capability deleted or revoked") \
    CELL(IB_4, check_ib_4, "bound: bound again") \
    CELL(IB_5, check_ib_5, "never acknowledged: the server dies") \
    CELL(SY_1, check_sy_1, "range: narrowed copy revoked") \
    CELL(SY_2, check_sy_2, "log, CPUs, counters: revoked")
// clang-format on

#define CELL(id, check, what)                  void check(void);
#define EXPECTED_FAILURE(id, check, what, why) void check(void);
#define ELSEWHERE(id, where)
#define NOT_BUILT(id, why)
CELLS(CELL, EXPECTED_FAILURE, ELSEWHERE, NOT_BUILT)
#undef CELL
#undef EXPECTED_FAILURE
#undef ELSEWHERE
#undef NOT_BUILT

// The cell cannot be shown in this run.
void cell_skip(const char *why);

#endif
