// SPDX-License-Identifier: BSD-2-Clause
// See fast_twin.h.
#include "fast_twin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <l4/abi/tag.h>

#include "kernel/ipc/gate.h"
#include "kernel/smp/cpus.h"
#include "kernel/space/record.h"

struct fast_twin_counts fast_twin_counts;

static const struct record null_record = {.free = NULL_ACTIVATION};

// What the CPU sees at record ID: a null record where it has none.
static struct record *seen(int32_t id)
{
    struct record *r = record_on(cpu_number(), id);

    return r ? r : (struct record *)(uintptr_t)&null_record;
}

static struct cap *slot(const struct activation *a, uint64_t handle)
{
    struct cap *c = (struct cap *)((char *)a->caps + ((uint32_t)handle & L4_SLOT_MASK));

    return c->handle == handle ? c : NULL;
}

// A runs from now on.
static void run(struct activation *a)
{
    assert_int_not_equal(a->cr3, 0);
    assert_int_equal(a->cr3, a->space->vs.root[cpu_number()].v);
    assert_true(a->space->vs.cpus >> cpu_number() & 1);
    cpu_local()->current = a;
}

// A is called. Into a space that dies there are only ways back, until the mail comes that ends its threads.
static void enter(struct activation *a)
{
    assert_false(a->space->object.dying && a->space->phase > REAP_ROUND);
    run(a);
}

// The memory words of TAG from one to the other. False when the slow path must.
static bool copy(const struct activation *from, struct activation *to, uint64_t tag)
{
    unsigned words = l4_tag_words(tag);

    if (words == 0)
        return true;
    if (!from->kutcb || !to->kutcb || words > L4_WORDS_MEM_MAX)
        return false;
    memcpy(to->kutcb->words + L4_WORDS_REGS, from->kutcb->words + L4_WORDS_REGS, words * sizeof(uint64_t));
    fast_twin_counts.words++;
    return true;
}

// What the books say of the wait of a receiver holds for the next one as well.
static void check_wait(const struct thread *t)
{
    assert_false(t->shielded);
    assert_false(t->deadline.queued);
}

// What the paths need not ask about a queue gate: nothing of it can change without a slow entry of this CPU,
// after which nobody is FAST_CALLER and no receiver in a record.
static void check_gate(const struct gate *g)
{
    assert_int_equal(g->cpu, cpu_number());
    assert_int_equal(g->object.dying, 0);
    assert_null(g->callers.top);
}

static bool queue_call(struct activation *a, struct cap *c, struct record *r, int left, uint64_t tag)
{
    struct activation *server = r->free;

    if (server->queue == FAST_NONE || left + COST_UNUSABLE - 1 < 0)
        return false;
    server->depth = (int8_t)(left + COST_UNUSABLE - 1);
    if (server->priority < cpu_local()->top || !copy(a, server, tag))
        return false;
    assert_int_equal(server->queue, FAST_RECEIVER);
    assert_ptr_equal(server->thread->wait_on, CONTAINER_OF(cap_object(c), struct gate, object));
    check_gate(server->thread->wait_on);
    check_wait(server->thread);
    a->queue = FAST_CALLER;
    a->live = 0;
    r->free = NULL_ACTIVATION;
    server->link = a;
    enter(server);
    fast_twin_counts.queue_calls++;
    return true;
}

static bool call(struct activation *a, uint64_t handle, uint64_t tag)
{
    struct cap *c = slot(a, handle);
    struct record *r;
    struct activation *visit;
    int left;

    if (!c)
        return false;
    r = seen(c->record);
    visit = r->free;
    left = a->depth - visit->cost;
    if (left < 0)
        return queue_call(a, c, r, left, tag);
    assert_null(visit->thread);
    assert_int_equal(visit->cached, cpu_number() + 1);
    assert_int_equal(visit->live, visit->utcb);
    if (!copy(a, visit, tag))
        return false;
    visit->depth = (int8_t)left;
    visit->slot = c->slot;
    r->free = visit->link;
    visit->link = a;
    enter(visit);
    fast_twin_counts.entry_calls++;
    return true;
}

static bool reply(struct activation *a, uint64_t tag)
{
    struct activation *below = a->link;
    struct record *r;

    if (below->live == 0 || !copy(a, below, tag))
        return false;
    assert_null(a->thread);
    r = record_on(cpu_number(), a->record);
    a->link = r->free;
    r->free = a;
    run(below);
    fast_twin_counts.entry_replies++;
    return true;
}

static bool reply_wait(struct activation *a, uint64_t handle, uint64_t tag)
{
    struct cap *c = slot(a, handle);
    struct activation *caller = a->link;
    struct record *r;

    if (!c || handle != a->wait_handle || caller->queue != FAST_CALLER || !copy(a, caller, tag))
        return false;
    r = seen(a->wait_record);
    check_gate(CONTAINER_OF(cap_object(c), struct gate, object));
    assert_ptr_equal(r->free, NULL_ACTIVATION);
    assert_ptr_equal(a->thread->wait_on, CONTAINER_OF(cap_object(c), struct gate, object));
    caller->queue = FAST_NONE;
    a->queue = FAST_RECEIVER;
    r->free = a;
    caller->live = caller->utcb;
    run(caller);
    fast_twin_counts.reply_waits++;
    return true;
}

bool fast_twin(uint64_t tag, uint64_t handle)
{
    struct activation *a = cpu_local()->current;
    bool done = false;

    switch ((uint32_t)tag & ~(uint32_t)(0xff << L4_TAG_WORDS_SHIFT)) {
    case L4_OP_CALL | (uint32_t)L4_FLAG_NATIVE:
        done = call(a, handle, tag);
        break;
    case L4_OP_REPLY | (uint32_t)L4_FLAG_NATIVE:
        done = reply(a, tag);
        break;
    case L4_OP_REPLY_WAIT | (uint32_t)L4_FLAG_NATIVE:
        done = reply_wait(a, handle, tag);
        break;
    default:
        break;
    }
    fast_twin_counts.refused += !done;
    return done;
}
