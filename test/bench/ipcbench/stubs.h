// SPDX-License-Identifier: BSD-2-Clause
// The bare stubs (stubs.asm) and those through libl4 (stubs.asm, lib.c). None returns.
#ifndef STUBS_H
#define STUBS_H

#include <l4/short.h>

void reader(void);       // reads the word at block.word; if it comes back, block.wrong is not 0
void client_empty(void); // takes its samples of nothing: what the time stamps cost
void client_w0(void);
void client_w8(void);
void client_w64(void);
void client_null(void); // an operation that does nothing, on the object block.handle
void client_chain(void);
void client_lib(void);
void client_lib_vectors(void);
void client_lib_w8(void);
void client_inline(void);
void client_event(void);  // signals block.other, waits for block.handle
void partner_event(void); // the other side of it
void client_irq(void);    // irq.asm: makes interrupts and marks where it is
void handler_irq(void);   // waits for them at block.handle
void server_entry(void);
void server_entry_w64(void);
void server_entry_chain(void); // calls block.handle of its space
void server_queue(void);       // waits at block.handle
void server_queue_w64(void);
void server_queue_lib(void);
void server_queue_lib_w8(void);
void server_entry_vectors(void);
_Noreturn void finish(void); // signals block.event and rests
// Of the rows through libl4: answers with the word of the request.
struct l4_short handle_short(uint64_t badge, uint64_t tag, uint64_t w0, struct l4_utcb *utcb, uint64_t w1,
                             uint64_t w2);

#endif
