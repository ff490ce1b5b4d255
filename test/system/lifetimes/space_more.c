// SPDX-License-Identifier: BSD-2-Clause
// Spaces: what they gave and were given, destruction in the middle of things, pagers, quotas: SP-12 to SP-21.
#include <l4/abi/fault.h>
#include <l4/system.h>
#include "kit.h"
#include "table.h"

#define TARGET L4_ANON_BASE
#define CROWD  96 // threads of a space whose destruction takes its time
#define ALARM  8  // an interrupt of this program

static struct hand a, b, c;
static struct visit v;
static char page[L4_PAGE_SIZE] __attribute__((aligned(4096)));

static uint64_t mapped(const struct kid *k)
{
    return count_of(k->space, L4_SPACE_MAPPED_KIB_COUNT);
}

void check_sp_12(void)
{
    struct kid *k = kid_new(), *to = kid_new();
    page[0] = 1;
    a = (struct hand){.kid = to, .body = hand_touch, .arg = TARGET};
    hand_waits(&a, victim_cpu);
    b = (struct hand){.kid = k, .body = hand_touch, .arg = (uint64_t)(uintptr_t)page};
    hand_waits(&b, partner_cpu);
    hand_wake(&b, 1);
    want_error(hand_result(&b), L4_OK, "the page is in the first space");
    uint64_t before = mapped(to);
    c = (struct hand){.kid = k,
                      .body = hand_operate,
                      .on = give(k, to->space, L4_RIGHT_MANAGE),
                      .operation = L4_SPACE_MAP,
                      .w = {(uint64_t)(uintptr_t)page, TARGET, L4_PAGE_SIZE, L4_READ | L4_WRITE}};
    hand_run(&c, partner_cpu);
    want_error(hand_result(&c), L4_OK, "which maps it on");
    want_count(to->space, L4_SPACE_MAPPED_KIB_COUNT, before + 4, "into the second");
    kid_destroy(k);
    want_count(to->space, L4_SPACE_MAPPED_KIB_COUNT, before, "it is gone there");
    hand_wake(&a, 1);
    want(hand_in_state(&a, L4_THREAD_HALTED), "its holder faults");
    want_equal((uint64_t)page[0], 1, "here it stays");
}

void check_sp_13(void)
{
    struct kid *k = kid_new();
    page[0] = 0;
    a = (struct hand){.kid = k, .body = hand_touch, .arg = (uint64_t)(uintptr_t)page};
    hand_waits(&a, victim_cpu);
    hand_wake(&a, 1);
    want_error(hand_result(&a), L4_OK, "it writes to a page of ours");
    uint64_t here = count_of(L4_CAP_SPACE, L4_SPACE_MAPPED_KIB_COUNT);
    kid_destroy(k);
    want_equal((uint64_t)page[0], 1, "the page is as it was");
    page[0] = 2;
    // more may have come: pages of this program that are touched for the first time
    want(count_of(L4_CAP_SPACE, L4_SPACE_MAPPED_KIB_COUNT) >= here, "nothing is gone here");
}

// Event -> slot of K -> slot of OTHER; K dies, the last hangs from the first.
static l4_handle_t derived_in(struct kid *k, struct kid *other, l4_handle_t e)
{
    a = (struct hand){.kid = k,
                      .body = hand_operate,
                      .on = give(k, other->space, L4_RIGHT_MANAGE),
                      .operation = L4_CAP_COPY,
                      .w = {give(k, e, L4_RIGHT_ALL), L4_SLOT_ANY, L4_RIGHT_ALL}};
    hand_run(&a, partner_cpu);
    want_error(hand_result(&a), L4_OK, "a capability is passed on");
    return a.w[0];
}

static int used_by(struct kid *k, l4_handle_t handle)
{
    b = (struct hand){.kid = k, .body = hand_operate, .on = handle, .operation = L4_NOP};
    hand_run(&b, victim_cpu);
    return hand_result(&b);
}

void check_sp_14(void)
{
    struct kid *k = kid_new(), *other = kid_new();
    l4_handle_t e = event_new(), inside = L4_HANDLE_NONE, theirs = derived_in(k, other, e);
    want_error(l4_event_create(k->space, &inside, NULL), L4_OK, "an event that lies in it");
    keep(inside);
    l4_handle_t dead = derived_in(k, other, inside);
    kid_destroy(k);
    want_error(used_by(other, theirs), L4_OK, "what was derived is there");
    want_error(used_by(other, dead), L4_ERR_DEAD, "what named an object of it is a tombstone");
    want_error(l4_nop(inside), L4_ERR_DEAD, "here as well");
    want_error(l4_cap_revoke(L4_CAP_SPACE, e), L4_OK, "the slot above is revoked");
    want_error(used_by(other, theirs), L4_ERR_CAP, "and takes it along");
}

void check_sp_15(void)
{
    struct kid *k = kid_new();
    l4_handle_t inside = L4_HANDLE_NONE, e = event_new();
    want_error(l4_event_create(k->space, &inside, NULL), L4_OK, "an event that lies in it");
    keep(inside);
    want_error(l4_irq_bind(l4_cap("irq"), ALARM, inside, 1), L4_OK, "bound to an interrupt");
    want_error(l4_irq_bind(l4_cap("irq"), ALARM, e, 1), L4_ERR_BUSY, "which is taken");
    kid_destroy(k);
    want_error(l4_irq_ack(l4_cap("irq"), ALARM), L4_ERR_STATE, "the binding is gone");
    want_error(l4_irq_bind(l4_cap("irq"), ALARM, e, 1), L4_OK, "it can be bound again");
}

// A space with a crowd in it.
static struct kid *crowded(void)
{
    struct kid *k = kid_new();
    for (unsigned i = 0; i < CROWD; i++) {
        l4_handle_t t = L4_HANDLE_NONE;
        want_error(l4_space_thread(k->space, L4_RIGHT_ALL, L4_SLOT_ANY, 10, &t, NULL), L4_OK, "a thread");
        want_error(l4_cap_delete(L4_CAP_SPACE, t), L4_OK, "nobody's");
    }
    return k;
}

// Stops the destroyer of a crowded space after DELAY ns. False: before its call had begun; the space is whole
// then.
static bool destroyer_stopped(bool cancel, uint64_t delay)
{
    struct kid *k = crowded();
    a = (struct hand){.body = hand_operate, .on = k->space, .operation = L4_SPACE_DESTROY};
    hand_run(&a, victim_cpu);
    l4_sleep_until(l4_clock() + delay);
    if (cancel)
        want_error(l4_thread_cancel(a.thread, true), L4_OK, "the destroyer is cancelled");
    else
        hand_destroy(&a);
    if (cancel && hand_result(&a) != L4_ERR_CANCELLED)
        want_error(hand_result(&a), L4_OK, "and says so, or has done it");
    if (l4_nop(k->space) == L4_ERR_DEAD)
        return true;
    want_error(l4_object(k->space, L4_SPACE_DESTROY, (uint64_t[8]){0}), L4_OK,
               "untouched, it goes when asked to");
    return false;
}

void check_sp_17(void)
{
    for (int cancel = 0; cancel < 2; cancel++) {
        uint64_t delay = MS / 20;
        while (!destroyer_stopped(cancel, delay) && delay < MS * 100)
            delay *= 2; // the CPU was away, or is slow
        want(delay < MS * 100, "the space goes when its destroyer stops half-way");
    }
}

void check_sp_18(void)
{
    struct kid *k = crowded();
    a = b = (struct hand){.body = hand_operate, .on = k->space, .operation = L4_SPACE_DESTROY};
    hand_make(&a);
    hand_make(&b);
    start_on(&a, victim_cpu);
    start_on(&b, partner_cpu);
    int first = hand_result(&a), second = hand_result(&b);
    want(first == L4_OK || second == L4_OK, "one destroys it");
    want_error(first + second, L4_ERR_DEAD, "the other hears that it is dead");
    want_error(l4_nop(k->space), L4_ERR_DEAD, "as it is");
}

static atomic_int exceptions;

static void handle_exception(struct l4_msg *m, struct l4_utcb *utcb)
{
    (void)utcb;
    atomic_fetch_add(&exceptions, l4_msg_label(m) == L4_FAULT_EXCEPTION);
    l4_answer(m, L4_EXC_ABORT, 0, 0);
}
L4_ENTRY_FAULT(exception_entry, handle_exception);

// KILL takes K's pager away; then a thread at home faults, and a visitor, who came before.
static void pager_gone(struct kid *k, void (*kill)(l4_handle_t), l4_handle_t what, bool handler)
{
    l4_handle_t e = event_new(), go = event_new();
    v = (struct visit){.body = visit_touch, .on = give(k, go, L4_RIGHT_WAIT), .arg = TARGET};
    a = (struct hand){.kid = k, .body = hand_touch, .arg = TARGET};
    b = (struct hand){.body = hand_call, .on = gate_entry(k, L4_POOL_VISITORS), .visit = &v};
    if (handler)
        want_error(l4_space_set_gate(k->space, L4_GATE_EXCEPTION, gate_faults(exception_entry)), L4_OK,
                   "an exception gate");
    want_error(l4_space_supervise(k->space, e, 2), L4_OK, "a supervisor");
    hand_waits(&a, victim_cpu);
    hand_run(&b, partner_cpu);
    want(visit_inside(&v) && hand_blocked(&b, 1), "a visitor");
    kill(what);
    atomic_store(&exceptions, 0);
    hand_wake(&a, 1);
    want(hand_in_state(&a, L4_THREAD_HALTED), "at home: halted");
    want_equal(event_await(e, 2), 2, "the supervisor hears");
    want_equal((uint64_t)atomic_load(&exceptions), handler, "the exception gate heard first");
    want_error(l4_event_signal(go, 1), L4_OK, "the visitor goes on");
    want_error(hand_result(&b), L4_ERR_FAULT, "and its visit is aborted");
    want_equal((uint64_t)atomic_load(&exceptions), 2 * (unsigned)handler, "the exception gate heard first");
}

static void kill_gate(l4_handle_t gate)
{
    want_error(l4_gate_destroy(gate), L4_OK, "the pager's gate dies");
}

static void kill_space(l4_handle_t space)
{
    want_error(l4_space_destroy(space), L4_OK, "the pager's space dies");
}

// The pager takes over when everything is set up and dies without having served.
static l4_handle_t late_pager;
static struct kid *late_kid;

static void take_over(void)
{
    want_error(l4_space_set_gate(late_kid->space, L4_GATE_PAGER, late_pager), L4_OK, "another pager");
}

static void take_over_and_kill_gate(l4_handle_t gate)
{
    take_over();
    kill_gate(gate);
}

static void take_over_and_kill_space(l4_handle_t space)
{
    take_over();
    kill_space(space);
}

void check_sp_19(void)
{
    struct kid *pager = kid_new();
    late_kid = kid_new();
    late_pager = gate_holding();
    pager_gone(late_kid, take_over_and_kill_gate, late_pager, true);
    late_kid = kid_new();
    late_pager = gate_entry(pager, L4_POOL_VISITORS);
    pager_gone(late_kid, take_over_and_kill_space, pager->space, false);
}

// GA-9: the same by the gate itself, without and with an exception gate that is destroyed as well.
void check_ga_9(void)
{
    late_kid = kid_new();
    late_pager = gate_holding();
    pager_gone(late_kid, take_over_and_kill_gate, late_pager, false);
    late_kid = kid_new();
    late_pager = gate_holding();
    l4_handle_t handler = gate_faults(exception_entry);
    want_error(l4_space_set_gate(late_kid->space, L4_GATE_EXCEPTION, handler), L4_OK, "an exception gate");
    want_error(l4_gate_destroy(handler), L4_OK, "which dies");
    pager_gone(late_kid, take_over_and_kill_gate, late_pager, false);
}

void check_sp_20(void)
{
    struct kid *k = kid_new();
    l4_handle_t e = event_new(), theirs = give(k, e, L4_RIGHT_WAIT), handle;
    a = (struct hand){.kid = k, .body = hand_event, .on = theirs};
    hand_waits(&a, victim_cpu);
    exhaust(k);
    uint64_t used = count_of(k->space, L4_SPACE_QUOTA_USED_COUNT);
    uint64_t caps = count_of(k->space, L4_SPACE_CAPS_COUNT);
    want_error(l4_event_create(k->space, &handle, NULL), L4_ERR_QUOTA, "an event");
    want_error(l4_space_thread(k->space, L4_RIGHT_ALL, L4_SLOT_ANY, 10, &handle, NULL), L4_ERR_QUOTA,
               "a thread");
    want_error(l4_activations_add(k->space, 3, 8, 8), L4_ERR_QUOTA, "activations");
    want_count(k->space, L4_SPACE_QUOTA_USED_COUNT, used, "nothing has changed");
    want_count(k->space, L4_SPACE_CAPS_COUNT, caps, "nor here");
    want_error(l4_event_signal(e, 1), L4_OK, "its thread");
    want_error(hand_result(&a), L4_OK, "notices nothing");
}

void check_sp_21(void)
{
    struct kid *k = kid_new();
    l4_handle_t e = event_new();
    v = (struct visit){.body = visit_event, .on = give(k, e, L4_RIGHT_WAIT)};
    b = (struct hand){.body = hand_call, .on = gate_entry(k, L4_POOL_VISITORS), .visit = &v};
    hand_run(&b, partner_cpu);
    want(visit_inside(&v) && hand_blocked(&b, 1), "a visitor waits");
    a = (struct hand){.kid = k, .body = hand_count};
    hand_run(&a, victim_cpu);
    want(reached(&a.step, STEP_RUNS), "a thread runs");
    want_error(l4_space_stop(k->space, true), L4_OK, "the space is stopped");
    uint64_t count = *(volatile uint64_t *)&a.w[0];
    want_error(l4_event_signal(e, 1), L4_OK, "the visitor's event comes");
    pause_ms(5);
    want_equal(*(volatile uint64_t *)&a.w[0], count, "the thread stands still");
    want_equal((uint64_t)atomic_load(&v.over), 0, "so does the visitor");
    want_error(l4_space_stop(k->space, false), L4_OK, "it is undone");
    want(visit_over(&v), "the visitor goes on");
    want_error(hand_result(&b), L4_OK, "and comes home");
    a.arg = 1;
    want_error(hand_result(&a), L4_OK, "the thread goes on");
}
