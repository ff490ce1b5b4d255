// SPDX-License-Identifier: BSD-2-Clause
// Events: typed wrappers of the operations on an event capability.
#ifndef L4_EVENT_H
#define L4_EVENT_H

#include <l4/base.h>
#include <l4/abi/handle.h>
#include <l4/abi/ops.h>
#include <l4/abi/tag.h>

L4_MUST_CHECK int l4_event_create(l4_handle_t space, l4_handle_t *event, uint64_t *id);
L4_MUST_CHECK int l4_event_destroy(l4_handle_t event);
L4_MUST_CHECK int l4_event_signal(l4_handle_t event, uint64_t bits);
// deadline: absolute ns, L4_DEADLINE_POLL or L4_DEADLINE_NEVER
L4_MUST_CHECK int l4_event_wait(l4_handle_t event, uint64_t mask, uint64_t deadline, uint64_t *taken);
L4_MUST_CHECK int l4_event_timer(l4_handle_t event, uint64_t bits, uint64_t when);
L4_MUST_CHECK int l4_event_bind_death(l4_handle_t event, uint64_t bits, l4_handle_t space_or_thread);
// From now on the bits of the event, also those that are pending, end the thread's waits at queue gates
// (l4_wait, l4_reply_wait, l4_serve: see l4_msg_is_signal in l4/ipc.h), and nobody waits on the event itself:
// L4_ERR_STATE. Who calls needs MANAGE for both; the thread may be any, also one that has not started.
// L4_HANDLE_NONE ends the binding, as l4_event_unbind and the end of either does; bits that the thread has
// not taken stay with the event. L4_ERR_BUSY: one of the two is bound already, or somebody waits on the
// event.
L4_MUST_CHECK int l4_event_bind_thread(l4_handle_t event, l4_handle_t thread);
L4_MUST_CHECK int l4_event_unbind(l4_handle_t event);

#endif
