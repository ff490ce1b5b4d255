// SPDX-License-Identifier: BSD-2-Clause
// The last two bytes that a program can have are a system call: its return address is the first that nobody
// may run at. Through all the ways back: the thread is gone with an exception there, and the kernel notices
// nothing.
#include "test/system/traps/traps.h"

#include <l4/cap.h>
#include <l4/gate.h>
#include <l4/ipc.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#define LAST_PAGE  (L4_USER_END - L4_PAGE_SIZE)
#define CODE_BYTES 18
#define MS         1000000ull

// The last bytes of this page load tag and handle and make the call.
extern const char trap_last_page[];
extern volatile uint64_t trap_last_call[2];
static l4_handle_t entry, queue, last_gate;
static struct l4_thread server;

static void handle(struct l4_msg *m, struct l4_utcb *utcb)
{
    (void)utcb;
    l4_answer(m, 5, 0, 0);
}
L4_ENTRY_GATE(last_entry, handle);

static void serve(void *unused)
{
    (void)unused;
    if (l4_serve(queue, handle) != L4_ERR_DEAD)
        l4_abort("serve");
}

static void set_call(uint64_t tag, uint64_t handle)
{
    trap_last_call[0] = tag;
    trap_last_call[1] = handle;
}

// A thread that makes this call there is halted at the first address that is none.
static void try_call(const char *what, uint64_t tag, uint64_t handle)
{
    struct l4_thread_info info = {.state = L4_THREAD_READY};
    l4_handle_t thread;
    int error = l4_space_thread(L4_CAP_SPACE, L4_RIGHT_ALL, L4_SLOT_ANY, 60, &thread, NULL);
    set_call(tag, handle);
    if (!error)
        error = l4_thread_start_at(thread, L4_USER_END - CODE_BYTES, 0, 0);
    for (unsigned i = 0; i < 1000 && !error && info.state != L4_THREAD_HALTED; i++) {
        l4_sleep_until(l4_clock() + MS);
        error = l4_thread_state(thread, &info);
    }
    tap_ok(!error && info.state == L4_THREAD_HALTED && info.ip == L4_USER_END, "%s from the last two bytes",
           what);
    if (info.ip != L4_USER_END)
        tap_note("error %d, state %lu, ip 0x%lx", error, info.state, info.ip);
    tap_error(l4_thread_destroy(thread), L4_OK, "it goes");
}

// A gate whose entry lies there: the answer is the last instruction there is.
static void try_entry(void)
{
    const struct l4_gate_options options = {
        L4_GATE_ENTRY, L4_USER_END - CODE_BYTES, L4_POOL_VISITORS, L4_RIGHT_ALL, L4_SLOT_ANY, 0};
    struct l4_msg m;
    set_call(l4_tag(L4_OP_REPLY, 9, 0, 0), 0);
    tap_error(l4_gate_create(L4_CAP_SPACE, &options, &last_gate, NULL), L4_OK, "a gate that leads there");
    l4_msg_init(&m, last_gate, 1);
    tap_error(l4_call(&m), L4_OK, "is called");
    tap_equal(l4_msg_label(&m), 9, "and answers");
    set_call(l4_tag(L4_OP_REPLY, 9, 105, 0), 0); // not to be delivered
    l4_msg_init(&m, last_gate, 1);
    tap_error(l4_call(&m), L4_ERR_FAULT, "an answer that comes back there is an exception");
    tap_error(l4_gate_destroy(last_gate), L4_OK, "it goes");
}

static int make_servers(void)
{
    int error = l4_gate_create_entry(L4_CAP_SPACE, last_entry, L4_POOL_VISITORS, false, &entry);
    if (!error)
        error = l4_gate_create_queue(L4_CAP_SPACE, false, &queue);
    if (!error)
        error = l4_thread_create(&server, 90);
    if (!error)
        error = l4_thread_start(&server, serve, NULL, l4_cpu());
    (void)*(const volatile char *)trap_last_page; // so that there is one
    return error ? error
                 : l4_space_map(L4_CAP_SPACE, (uint64_t)(uintptr_t)trap_last_page, LAST_PAGE, L4_PAGE_SIZE,
                                L4_READ | L4_EXEC, NULL);
}

void check_last_calls(void)
{
    int error = make_servers();
    tap_error(error, L4_OK, "servers, and code in the last page");
    if (error)
        return;
    try_call("a call of an entry gate", l4_tag(L4_OP_CALL, 0, 0, 0), entry);
    try_call("a call of a queue gate", l4_tag(L4_OP_CALL, 0, 0, 0), queue);
    try_call("a send to an entry gate", l4_tag(L4_OP_SEND, 0, 0, 0), entry);
    try_call("a send to a queue gate", l4_tag(L4_OP_SEND, 0, 0, 0), queue);
    try_call("a call without a capability", l4_tag(L4_OP_CALL, 0, 0, 0), 0);
    try_call("a wait without a capability", l4_tag(L4_OP_WAIT, 0, 0, 0), ~0ull);
    try_call("an answer to nobody", l4_tag(L4_OP_REPLY, 0, 0, 0), 0);
    try_call("an unknown call", l4_tag(0xff, 0, 0, 0), 0);
    try_entry();
    tap_error(l4_gate_destroy(queue), L4_OK, "the queue server ends");
    tap_error(l4_gate_destroy(entry), L4_OK, "the gate goes");
    tap_error(l4_space_unmap(L4_CAP_SPACE, LAST_PAGE, L4_PAGE_SIZE, L4_UNMAP_OWN, 0, NULL), L4_OK,
              "the page goes");
}
