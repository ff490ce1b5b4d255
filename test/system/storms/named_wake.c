// SPDX-License-Identifier: BSD-2-Clause
// A visitor waits for its pending word, shielded, as in a mutex; its owner takes the thread back while
// another CPU wakes the activation. The visit goes on as an orphan's, and must hear of the bits: nobody else
// wakes it.
#include "named.h"

#define QUOTA  (900u << 10)
#define ROUNDS 150
#define LOW    30

static atomic_uint waiting, woken, turn;
static _Atomic uint64_t wait_index, wait_space, wait_gate; // the gate: in the table of the owner

static void handle_wait(struct l4_msg *m, struct l4_utcb *utcb)
{
    atomic_store(&wait_index, utcb->index);
    atomic_fetch_add(&waiting, 1);
    rest(L4_DEADLINE_NEVER);
    atomic_fetch_add(&woken, 1);
    l4_answer(m, 0, 0, 0);
}
L4_ENTRY_GATE(wait_entry, handle_wait);

static void visitor(void *argument)
{
    struct l4_msg m;
    (void)argument;
    l4_msg_init(&m, atomic_load(&wait_gate), 0);
    int error = l4_call(&m);
    (void)error; // the answer, or that it was taken back
    rest_for_ever();
}

// Its turn comes once for each round.
static void waker(void *argument)
{
    (void)argument;
    for (unsigned n = 1; n <= ROUNDS; n++) {
        while (atomic_load(&turn) < n) {
            if (cpus == 1)
                rest(10 * US);
        }
        for (volatile unsigned i = 0; i < n * 7 % 256 * 8; i++)
            ;
        uint64_t w[L4_WORDS_REGS] = {atomic_load(&wait_index), 1};
        int error = l4_object(atomic_load(&wait_space), L4_SPACE_WAKE, w);
        must(!error, "the activation is there to be woken");
    }
    rest_for_ever();
}

static void one_round(const struct nest *owner, unsigned n)
{
    l4_handle_t thread = L4_HANDLE_NONE;
    must(storm_thread(owner->space, visitor, NULL, LOW, cpus > 2 ? 1 : 0, &thread) == L4_OK, "a visitor");
    must(reached(&waiting, n), "that waits");
    rest(200 * US); // until it sleeps
    atomic_store(&turn, n);
    for (volatile unsigned i = 0; i < n * 13 % 256 * 8; i++)
        ;
    int error = l4_thread_recall(thread);
    must(!error, "it is taken back, or has come home by itself");
    must(reached(&woken, n), "and the wake-up arrives");
    end_thread(&thread);
}

void wakes_during_recall(void)
{
    struct nest owner = {.number = 0}, server = {.number = 1};
    struct l4_gate_options entry = {.mode = L4_GATE_ENTRY,
                                    .entry = (uint64_t)(uintptr_t)wait_entry,
                                    .pool = L4_POOL_VISITORS,
                                    .rights = L4_RIGHT_ALL};
    l4_handle_t gate = L4_HANDLE_NONE, theirs = L4_HANDLE_NONE, thread = L4_HANDLE_NONE;
    must(nest_make(&owner, L4_CAP_SPACE, QUOTA) == L4_OK, "an owner");
    must(nest_make(&server, L4_CAP_SPACE, QUOTA) == L4_OK, "a server");
    must(l4_gate_create(server.space, &entry, &gate, NULL) == L4_OK, "its gate");
    must(l4_cap_copy(owner.space, gate, L4_SLOT_ANY, L4_RIGHT_CALL, &theirs) == L4_OK, "that may be called");
    atomic_store(&wait_gate, theirs);
    atomic_store(&wait_space, server.space);
    atomic_store(&waiting, 0);
    atomic_store(&woken, 0);
    atomic_store(&turn, 0);
    must(storm_thread(L4_CAP_SPACE, waker, NULL, 90, other_cpu(cpus > 2), &thread) == L4_OK, "a waker");
    for (unsigned n = 1; n <= ROUNDS && atomic_load(&woken) == n - 1; n++)
        one_round(&owner, n);
    end_thread(&thread);
    forget(&gate);
    nest_destroy(&owner);
    nest_destroy(&server);
}
