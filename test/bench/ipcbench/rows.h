// SPDX-License-Identifier: BSD-2-Clause
// The rows of the benchmark, each a line of output: docs/benchmarks.md says what lies between the two time
// stamps.
#ifndef ROWS_H
#define ROWS_H

// X(NAME, spaces, gate, client, server, memory words): a row that calls one gate
// spaces: 2 = caller and callee cannot read each other's memory, 1 = both are in one space
// gate: ENTRY or QUEUE; client, server: functions of stubs.asm or lib.c
#define CALL_ROWS(X)                                                                       \
    X("entry.rt.2s.w0", 2, ENTRY, client_w0, server_entry, 0)                              \
    X("entry.rt.2s.w8", 2, ENTRY, client_w8, server_entry, 0)                              \
    X("entry.rt.2s.w64", 2, ENTRY, client_w64, server_entry_w64, 56)                       \
    X("entry.rt.1s.w0", 1, ENTRY, client_w0, server_entry, 0)                              \
    X("entry.rt.2s.w0.inline", 2, ENTRY, client_inline, server_entry, 0)                   \
    X("entry.rt.2s.w0.lib", 2, ENTRY, client_lib, server_entry_lib, 0)                     \
    X("entry.rt.2s.w0.lib.vectors", 2, ENTRY, client_lib_vectors, server_entry_vectors, 0) \
    X("entry.rt.2s.w8.lib", 2, ENTRY, client_lib_w8, server_entry_lib_w8, 0)               \
    X("entry.rt.2s.w0.lib.caller", 2, ENTRY, client_lib, server_entry, 0)                  \
    X("entry.rt.2s.w8.lib.caller", 2, ENTRY, client_lib_w8, server_entry, 0)               \
    X("entry.rt.1s.w0.lib", 1, ENTRY, client_lib, server_entry_lib, 0)                     \
    X("queue.rt.2s.w0", 2, QUEUE, client_w0, server_queue, 0)                              \
    X("queue.rt.2s.w8", 2, QUEUE, client_w8, server_queue, 0)                              \
    X("queue.rt.2s.w64", 2, QUEUE, client_w64, server_queue_w64, 56)                       \
    X("queue.rt.1s.w0", 1, QUEUE, client_w0, server_queue, 0)                              \
    X("queue.rt.2s.w0.lib", 2, QUEUE, client_lib, server_queue_lib, 0)                     \
    X("queue.rt.2s.w8.lib", 2, QUEUE, client_lib_w8, server_queue_lib_w8, 0)

// X(NAME, function of main.c): rows of another kind
#define OTHER_ROWS(X)               \
    X("null", null_row)             \
    X("event.pingpong", event_row)  \
    X("entry.chain2.rt", chain_row) \
    X("irq.user", irq_row)

#endif
