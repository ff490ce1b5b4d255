// SPDX-License-Identifier: BSD-2-Clause
// Capability slots, and system capabilities that are revoked: CS-1 to CS-9, SY-1, SY-2.
#include <l4/system.h>
#include "kit.h"
#include "table.h"

#define DEVICE 0xfed00000ull // a page of a device
#define MAPPED BAD_ADDRESS   // where it is mapped

static struct hand a, b, server;
static struct visit v;

static l4_handle_t copy(l4_handle_t handle)
{
    l4_handle_t out = L4_HANDLE_NONE;
    want_error(l4_cap_copy(L4_CAP_SPACE, handle, L4_SLOT_ANY, L4_RIGHT_ALL, &out), L4_OK, "a copy");
    return keep(out);
}

static int used_by(struct kid *k, l4_handle_t handle)
{
    b = (struct hand){.kid = k, .body = hand_operate, .on = handle, .operation = L4_NOP};
    hand_run(&b, victim_cpu);
    return hand_result(&b);
}

void check_cs_1(void)
{
    struct kid *k = kid_new();
    l4_handle_t e = event_new(), here = copy(e), there = give(k, e, L4_RIGHT_ALL);
    uint64_t caps = count_of(k->space, L4_SPACE_CAPS_COUNT);
    want_error(l4_event_destroy(e), L4_OK, "the event is destroyed");
    want_error(l4_nop(here), L4_ERR_DEAD, "a copy");
    want_error(l4_event_signal(here, 1), L4_ERR_DEAD, "whatever is asked");
    want_error(used_by(k, there), L4_ERR_DEAD, "one elsewhere");
    want_count(k->space, L4_SPACE_CAPS_COUNT, caps, "stays charged");
}

void check_cs_2(void)
{
    struct kid *k = kid_new();
    l4_handle_t e = event_new(), middle = copy(e), last, dead = event_new();
    want_error(l4_cap_copy(k->space, middle, L4_SLOT_ANY, L4_RIGHT_ALL, &last), L4_OK, "a chain of copies");
    want_error(l4_cap_delete(L4_CAP_SPACE, middle), L4_OK, "the middle one is deleted");
    want_error(l4_nop(middle), L4_ERR_CAP, "it is stale");
    want_error(used_by(k, last), L4_OK, "what was derived from it is there");
    want_error(l4_cap_revoke(L4_CAP_SPACE, e), L4_OK, "the slot above is revoked");
    want_error(used_by(k, last), L4_ERR_CAP, "and takes it along");
    uint64_t caps = count_of(L4_CAP_SPACE, L4_SPACE_CAPS_COUNT);
    want_error(l4_event_destroy(dead), L4_OK, "an event dies");
    want_error(l4_cap_delete(L4_CAP_SPACE, dead), L4_OK, "its tombstone is deleted");
    want_error(l4_nop(dead), L4_ERR_CAP, "and stale");
    want_count(L4_CAP_SPACE, L4_SPACE_CAPS_COUNT, caps - 1, "its slot is free");
}

void check_cs_3(void)
{
    struct kid *k = kid_new();
    l4_handle_t e = event_new();
    uint64_t caps = count_of(k->space, L4_SPACE_CAPS_COUNT);
    l4_handle_t here = copy(e), there = give(k, here, L4_RIGHT_ALL);
    want_error(l4_cap_revoke(L4_CAP_SPACE, e), L4_OK, "revoked");
    want_error(l4_nop(e), L4_OK, "the slot itself stays");
    want_error(l4_nop(here), L4_ERR_CAP, "what was derived is gone here");
    want_count(k->space, L4_SPACE_CAPS_COUNT, caps, "and refunded there");
    want_error(used_by(k, there), L4_ERR_CAP, "where it is stale");
}

void check_cs_4(void)
{
    struct kid *k = kid_new();
    l4_handle_t e = event_new(), there = give(k, e, L4_RIGHT_ALL);
    uint64_t caps = count_of(k->space, L4_SPACE_CAPS_COUNT);
    want_error(l4_event_destroy(e), L4_OK, "the event is destroyed");
    want_error(l4_cap_revoke(L4_CAP_SPACE, e), L4_OK, "its tombstone is revoked");
    want_error(l4_nop(e), L4_ERR_DEAD, "it stays");
    want_error(used_by(k, there), L4_ERR_CAP, "what was derived is gone");
    want_count(k->space, L4_SPACE_CAPS_COUNT, caps - 1, "and refunded");
}

// Copies on and on, until it cannot.
static void keep_copying(struct hand *h)
{
    while (!h->error || h->error == NOT_YET) {
        uint64_t w[L4_WORDS_REGS] = {h->on, L4_SLOT_ANY, L4_RIGHT_ALL};
        h->error = l4_object(L4_CAP_SPACE, L4_CAP_COPY, w);
        if (!h->error)
            atomic_fetch_add(&h->step, 1);
    }
}

void check_cs_5(void)
{
    struct kid *k = kid_new();
    l4_handle_t e = event_new(), theirs = give(k, e, L4_RIGHT_ALL);
    uint64_t caps = count_of(k->space, L4_SPACE_CAPS_COUNT);
    a = (struct hand){.kid = k, .body = keep_copying, .on = theirs, .priority = HAND_PRIORITY - 10};
    hand_run(&a, victim_cpu);
    want(reached(&a.step, STEP_FIRST), "a space that keeps deriving");
    want_error(l4_cap_revoke(L4_CAP_SPACE, e), L4_OK, "is revoked");
    want(hand_result(&a) != L4_OK, "it has to stop");
    want_error(used_by(k, theirs), L4_ERR_CAP, "because nothing is left");
    want_count(k->space, L4_SPACE_CAPS_COUNT, caps - 1, "of all that was derived");
}

static void cut(l4_handle_t gate, l4_handle_t through, bool revoke)
{
    if (revoke)
        want_error(l4_cap_revoke(L4_CAP_SPACE, gate), L4_OK, "revoked");
    else
        want_error(l4_cap_delete(L4_CAP_SPACE, through), L4_OK, "deleted");
    want_error(l4_nop(through), L4_ERR_CAP, "the capability is gone");
}

void check_cs_6(void)
{
    for (unsigned revoke = 0; revoke < 2; revoke++) {
        l4_handle_t gate = gate_entry(NULL, L4_POOL_VISITORS), queue = gate_queue(NULL, partner_cpu);
        l4_handle_t e = event_new(), through = copy(gate);
        v = (struct visit){.body = visit_event, .on = e};
        a = (struct hand){.body = hand_call, .on = through, .visit = &v};
        hand_run(&a, victim_cpu);
        want(visit_inside(&v), "a visit");
        cut(gate, through, revoke);
        want_error(l4_event_signal(e, 1), L4_OK, "the visit goes on");
        want_error(hand_result(&a), L4_OK, "and is answered");
        through = copy(queue);
        server = (struct hand){.body = hand_serve, .on = queue};
        hand_waits(&server, partner_cpu);
        a = (struct hand){.body = hand_call, .on = through};
        hand_waits(&a, victim_cpu);
        cut(queue, through, revoke);
        hand_wake(&server, 1);
        want_error(hand_result(&a), L4_OK, "so is who was served");
        want_error(hand_result(&server), L4_OK, "by its server");
    }
}

void check_cs_7(void)
{
    for (unsigned revoke = 0; revoke < 2; revoke++) {
        l4_handle_t gate = gate_queue(NULL, partner_cpu), through = copy(gate);
        a = (struct hand){.body = hand_call, .on = through};
        hand_waits(&a, victim_cpu);
        cut(gate, through, revoke);
        want(hand_blocked(&a, 0), "the caller stays queued");
        server = (struct hand){.body = hand_serve, .on = gate};
        hand_run(&server, partner_cpu);
        want(reached(&server.step, STEP_FIRST), "and is taken");
        hand_wake(&server, 1);
        want_error(hand_result(&a), L4_OK, "and answered");
    }
}

void check_cs_9(void)
{
    struct kid *k = kid_new(), *other = kid_new();
    l4_handle_t e = event_new(), theirs = give(k, e, L4_RIGHT_ALL);
    a = (struct hand){.kid = k,
                      .body = hand_operate,
                      .on = give(k, other->space, L4_RIGHT_MANAGE),
                      .operation = L4_CAP_COPY,
                      .w = {theirs, L4_SLOT_ANY, L4_RIGHT_ALL}};
    hand_run(&a, victim_cpu);
    want_error(hand_result(&a), L4_OK, "a chain of copies through a space");
    kid_destroy(k);
    want_error(used_by(other, a.w[0]), L4_OK, "whose end leaves the last");
    want_error(l4_cap_revoke(L4_CAP_SPACE, e), L4_OK, "the first is revoked");
    want_error(used_by(other, a.w[0]), L4_ERR_CAP, "and takes the last along");
}

static l4_handle_t narrowed(const char *name, uint64_t first, uint64_t count)
{
    l4_handle_t out = L4_HANDLE_NONE;
    want_error(l4_cap_range(L4_CAP_SPACE, l4_cap(name), L4_SLOT_ANY, L4_RIGHT_ALL, first, count, &out), L4_OK,
               name);
    return keep(out);
}

// Memory of a device that was mapped through a copy of a capability, and mapped on from there.
static void memory_goes(bool revoke)
{
    struct kid *k = kid_new();
    l4_handle_t phys = narrowed("phys", DEVICE / L4_PAGE_SIZE, 1), memory = copy(phys);
    uint64_t access = L4_READ | L4_WRITE, cache = L4_CACHE_UC << L4_CACHE_SHIFT;
    b = (struct hand){.kid = k, .body = hand_touch, .arg = MAPPED};
    hand_waits(&b, victim_cpu);
    uint64_t before = count_of(k->space, L4_SPACE_MAPPED_KIB_COUNT);
    uint64_t kernel = count_of(k->space, L4_SPACE_QUOTA_USED_COUNT);
    want_error(l4_phys_map(memory, DEVICE, MAPPED, L4_PAGE_SIZE, access | cache, NULL), L4_OK, "is mapped");
    want_error(l4_space_map(k->space, MAPPED, MAPPED, L4_PAGE_SIZE, access, NULL), L4_OK, "and mapped on");
    if (revoke)
        want_error(l4_cap_revoke(L4_CAP_SPACE, phys), L4_OK, "its source is revoked");
    else
        want_error(l4_cap_delete(L4_CAP_SPACE, memory), L4_OK, "the copy is deleted");
    // at once: it is over when the call returns
    want_equal(count_of(k->space, L4_SPACE_MAPPED_KIB_COUNT), before, "what was derived is gone");
    want_count(k->space, L4_SPACE_QUOTA_USED_COUNT, kernel, "and refunded");
    hand_wake(&b, 1);
    want(hand_in_state(&b, L4_THREAD_HALTED), "its holder faults");
}

void check_sy_1(void)
{
    l4_handle_t ports = narrowed("ports", 0x70, 1), irq = narrowed("irq", 9, 1);
    l4_handle_t phys = narrowed("phys", DEVICE / L4_PAGE_SIZE, 1), e = event_new();
    l4_handle_t port = copy(ports), line = copy(irq), memory = copy(phys);
    uint64_t access = L4_READ | L4_CACHE_UC << L4_CACHE_SHIFT;
    uint32_t value;
    want_error(l4_port_in(port, 0x70, 1, &value), L4_OK, "a port");
    want_error(l4_irq_bind(line, 9, e, 1), L4_OK, "an interrupt");
    want_error(l4_phys_map(memory, DEVICE, MAPPED, L4_PAGE_SIZE, access, NULL), L4_OK, "memory of a device");
    want_error(l4_phys_map(phys, DEVICE, MAPPED, L4_PAGE_SIZE, access, NULL), L4_ERR_EXISTS,
               "which is there");
    want_error(l4_cap_revoke(L4_CAP_SPACE, ports), L4_OK, "the ports are revoked");
    want_error(l4_cap_revoke(L4_CAP_SPACE, irq), L4_OK, "the interrupts");
    want_error(l4_cap_revoke(L4_CAP_SPACE, phys), L4_OK, "the memory");
    want_error(l4_port_in(port, 0x70, 1, &value), L4_ERR_CAP, "the port");
    want_error(l4_irq_ack(line, 9), L4_ERR_CAP, "the interrupt");
    want_error(l4_irq_ack(irq, 9), L4_ERR_STATE, "which is not bound any more");
    want_error(l4_phys_map(memory, DEVICE, MAPPED, L4_PAGE_SIZE, access, NULL), L4_ERR_CAP, "the memory");
    want_error(l4_phys_map(phys, DEVICE, MAPPED, L4_PAGE_SIZE, access, NULL), L4_OK, "which is not mapped");
    want_error(l4_cap_delete(L4_CAP_SPACE, phys), L4_OK, "nor is it without the last");
    phys = narrowed("phys", DEVICE / L4_PAGE_SIZE, 1);
    want_error(l4_phys_map(phys, DEVICE, MAPPED, L4_PAGE_SIZE, access, NULL), L4_OK, "so it can be again");
    want_error(l4_cap_delete(L4_CAP_SPACE, phys), L4_OK, "and is gone again");
    memory_goes(true);
    memory_goes(false);
}

void check_sy_2(void)
{
    uint64_t at = 0, w[8];
    size_t bytes;
    char text[L4_STRING_MAX];
    l4_handle_t log = copy(l4_cap("log")), cpus = copy(l4_cap("cpus")), info = copy(l4_cap("info"));
    l4_handle_t log_copy = copy(log), cpus_copy = copy(cpus), info_copy = copy(info);
    want_error(l4_log_read(log_copy, &at, text, &bytes), L4_OK, "the log");
    want_error(l4_cpu_state(cpus_copy, 0, &w[0], &w[1]), L4_OK, "the processors");
    want_error(l4_info_counters(info_copy, 0, w), L4_OK, "the counters");
    want_error(l4_cap_revoke(L4_CAP_SPACE, log), L4_OK, "are revoked");
    want_error(l4_cap_revoke(L4_CAP_SPACE, cpus), L4_OK, "all");
    want_error(l4_cap_revoke(L4_CAP_SPACE, info), L4_OK, "of them");
    want_error(l4_log_read(log_copy, &at, text, &bytes), L4_ERR_CAP, "the log");
    want_error(l4_cpu_state(cpus_copy, 0, &w[0], &w[1]), L4_ERR_CAP, "the processors");
    want_error(l4_info_counters(info_copy, 0, w), L4_ERR_CAP, "the counters");
}
