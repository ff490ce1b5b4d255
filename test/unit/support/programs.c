// SPDX-License-Identifier: BSD-2-Clause
// See programs.h.
#include "programs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <l4/abi/item.h>

#include "kernel/sys/recount.h"
#include "machine.h"
#include "pick.h"
#include "random.h"
#include "world.h"

enum { SPACES_MAX = 6, THREADS_MAX = 26, OBJECTS_MAX = 56 };
#define QUOTA (UINT64_C(1) << 19)

static uint64_t seed;
uint64_t program_answers[0x100];

bool programs_eventful;

void programs_begin(uint64_t s)
{
    seed = s;
    programs_eventful = s / CORES_MAX % 3 == 2;
    /* neighbours would begin alike */
    for (unsigned i = 0; i < 8; i++)
        roll(1);
}

uint32_t roll(uint32_t n)
{
    return random_next(&seed) % n;
}

static void enter_with(struct thread *t, uint64_t tag, uint64_t handle, uint64_t rsi, const uint64_t *w)
{
    struct activation *a = t->current;

    assert_ptr_equal(cpu_local()->thread, t);
    cpu_local()->current = a;
    a->regs[L4_REG_RAX] = tag;
    a->regs[L4_REG_RDI] = handle;
    a->regs[L4_REG_RSI] = rsi;
    for (unsigned i = 0; i < L4_WORDS_REGS; i++)
        *act_word(a, i) = w[i];
    ipc_decode(t);
    recount_step();
}

static void enter(struct thread *t, uint64_t tag, uint64_t handle, const uint64_t *w)
{
    enter_with(t, tag, handle, machine_now + (roll(3) ? roll(50) : roll(400)), w);
}

// A capability to one of the threads and spaces the test itself stands on.
static bool spared(const struct cap *c)
{
    if (c->kind == L4_KIND_THREAD)
        return world_is_driver(CONTAINER_OF(cap_object(c), struct thread, object));
    return c->kind == L4_KIND_SPACE && cap_object(c) == &root->object;
}

static void object_call(struct thread *t, uint64_t handle, uint64_t op, const uint64_t *w)
{
    uint64_t flags = roll(op == L4_EVENT_WAIT && programs_eventful ? 1 : 4) == 0 ? 0 : L4_FLAG_TIMED;
    const struct cap *c = cap_lookup(&t->current->space->caps, handle);

    if (c && spared(c) && op == L4_SPACE_DESTROY)
        return;

    /* a call on a gate goes through it, and the driver stays at home */
    if (world_is_driver(t) && c && c->kind == L4_KIND_GATE)
        return;
    enter(t, l4_tag(L4_OP_CALL, op, 0, 0) | flags, handle, w);
}

// Memory words and items into T's UTCB; returns the tag's part.
static uint64_t fill_words(struct thread *t, unsigned *items)
{
    /* another CPU may have taken the page a moment ago */
    unsigned words = roll(3) || !t->current->kutcb ? 0 : roll(20);
    uint64_t *memory_words = t->current->kutcb ? t->current->kutcb->words + L4_WORDS_REGS : NULL;

    *items = words >= 4 && roll(2) ? 1 + roll(2) : 0;
    for (unsigned i = 0; i < words; i++)
        memory_words[i] = roll(1000);
    for (unsigned i = 0; i < *items; i++) {
        uint64_t *item = memory_words + words - 2 * (*items - i);
        unsigned type = roll(8) ? L4_ITEM_CAP + roll(2) : roll(8);

        item[0] = type | (uint64_t)L4_RIGHT_ALL << L4_ITEM_RIGHTS_SHIFT;
        item[1] = handle_of(t->current->space, 0);
        if (type == L4_ITEM_MAP) {
            item[0] = WORLD_UTCBS | L4_ITEM_MAP | (uint64_t)L4_RWX << L4_ITEM_RIGHTS_SHIFT;
            item[1] = (roll(6) * PAGE_SIZE) | 12;
        }
    }
    return words;
}

static void serve(struct thread *t)
{
    static const unsigned ops[] = {L4_OP_REPLY, L4_OP_REPLY_WAIT, L4_OP_REPLY_WAIT, L4_OP_FORWARD};
    uint64_t w[L4_WORDS_REGS] = {roll(9)};
    unsigned op = t->current->link ? ops[roll(4)] : L4_OP_WAIT;
    uint64_t flags = (roll(3) ? L4_FLAG_TIMED : 0) | (roll(4) ? 0 : L4_FLAG_SHIELD);

    enter(t, l4_tag(op, 0, 0, 0) | flags, queue_of(t), w);
}

static void gate_call(struct thread *t)
{
    static const unsigned ops[] = {L4_OP_CALL, L4_OP_CALL,  L4_OP_CALL,       L4_OP_SEND,
                                   L4_OP_WAIT, L4_OP_REPLY, L4_OP_REPLY_WAIT, L4_OP_FORWARD};
    uint64_t w[L4_WORDS_REGS] = {roll(9), roll(9)};
    unsigned op = ops[roll(8)];
    unsigned items;
    uint64_t words = fill_words(t, &items);
    uint64_t label = roll(4) ? 0 : roll(5);
    unsigned kind;
    uint64_t flags = (roll(40) ? L4_FLAG_TIMED : 0) | (roll(4) ? 0 : L4_FLAG_SHIELD);

    if (roll(5) < 2 && t->current != t->base)
        op = words && roll(2) ? L4_OP_FORWARD : L4_OP_REPLY;
    if (roll(8) == 0 && t->current->link) { /* the caller in hand is to wait */
        w[0] = 0;
        object_call(t, t->current->space->caps.hot[1].handle, L4_GATE_DEFER, w);
        return;
    }
    if (roll(40) == 0) { /* another system's call: to the handler, or an exception */
        enter(t, roll(300), 0, w);
        return;
    }
    kind = roll(6) ? L4_KIND_GATE : L4_KIND_REPLY;
    if (kind == L4_KIND_REPLY && roll(2)) { /* the caller behind it is handed on */
        enter_with(t, l4_tag(L4_OP_FORWARD, label, roll(8) ? 0 : words, 0) | (roll(8) ? 0 : L4_FLAG_TIMED),
                   handle_of(t->current->space, kind), handle_of(t->current->space, L4_KIND_GATE), w);
        return;
    }
    if (kind == L4_KIND_REPLY)
        op = L4_OP_SEND;
    enter(t, l4_tag(op, label, words, items) | flags,
          op == L4_OP_CALL && roll(2) ? served_gate(t->current->space) : handle_of(t->current->space, kind),
          w);
}

static void create(struct thread *t, uint64_t space_handle)
{
    uint64_t w[L4_WORDS_REGS] = {L4_RIGHT_ALL};

    if (thread_count() + gate_count() + event_count() > OBJECTS_MAX)
        return;
    switch (roll(3)) {
    case 0:
        w[2] = programs_eventful && roll(4) ? 2 : 1 + roll(3);
        if (thread_count() < THREADS_MAX)
            object_call(t, space_handle, L4_THREAD_CREATE, w);
        break;
    case 1:
        w[0] = (roll(2) ? L4_GATE_QUEUE : L4_GATE_ENTRY) | (roll(2) ? L4_GATE_ITEMS : 0);
        w[1] = 0x400000;
        w[2] = roll(6) ? roll(3) : roll(4);
        w[3] = L4_RIGHT_ALL;
        w[5] = roll(3);
        object_call(t, space_handle, L4_GATE_CREATE, w);
        break;
    default:
        object_call(t, space_handle, L4_EVENT_CREATE, w);
        break;
    }
}

static void space_make(struct thread *t, uint64_t funder)
{
    uint64_t w[L4_WORDS_REGS] = {QUOTA / (1 + roll(2)), roll(2) ? L4_CPU_ALL : 1 + roll(15), 5, L4_RIGHT_ALL};

    if (space_totals.spaces < SPACES_MAX)
        object_call(t, funder, L4_SPACE_CREATE, w);
}

static void destroy(struct thread *t)
{
    struct space *s = t->current->space;
    uint64_t w[L4_WORDS_REGS] = {0};
    struct cap *c;

    switch (roll(6)) {
    case 0:
    case 1:
        c = pick(s, L4_KIND_THREAD);
        if (c && !spared(c))
            object_call(t, c->handle, L4_THREAD_DESTROY, w);
        break;
    case 2:
    case 3:
        w[0] = handle_of(s, L4_KIND_GATE);
        object_call(t, s->caps.hot[1].handle, L4_GATE_DESTROY, w);
        break;
    case 4:
        object_call(t, handle_of(s, L4_KIND_EVENT), L4_EVENT_DESTROY, w);
        break;
    default:
        object_call(t, handle_of(s, L4_KIND_SPACE), L4_SPACE_DESTROY, w);
        break;
    }
}

static void thread_call(struct thread *t)
{
    static const uint64_t ops[] = {L4_THREAD_START,    L4_THREAD_START, L4_THREAD_RESUME, L4_THREAD_SUSPEND,
                                   L4_THREAD_PRIORITY, L4_THREAD_STATE, L4_THREAD_YIELD,  L4_THREAD_CANCEL,
                                   L4_THREAD_RECALL,   L4_THREAD_MOVE,  L4_THREAD_FOREIGN};
    struct cap *c = pick(t->current->space, L4_KIND_THREAD);
    uint64_t op = ops[roll(11)];
    bool fresh = c && CONTAINER_OF(cap_object(c), struct thread, object)->state == L4_THREAD_NEW;
    uint64_t w[L4_WORDS_REGS] = {op == L4_THREAD_PRIORITY ? 1 + (programs_eventful ? 1 : roll(4)) : 0x400000,
                                 0, roll(CORES_MAX)};

    if (fresh)
        op = L4_THREAD_START;
    if (op == L4_THREAD_FOREIGN)
        w[0] = roll(8) == 0;
    if (op == L4_THREAD_MOVE || op == L4_THREAD_CANCEL)
        w[0] = op == L4_THREAD_MOVE ? roll(CORES_MAX) : roll(4) == 0;
    if (c && !spared(c))
        object_call(t, c->handle, op, w);
}

// A thread that is away from home, has a caller in hand or is lent loses its owner, its life or its wait.
static void take_back(struct thread *t)
{
    static const uint64_t ops[] = {L4_THREAD_RECALL, L4_THREAD_RECALL, L4_THREAD_DESTROY, L4_THREAD_CANCEL};
    uint64_t w[L4_WORDS_REGS] = {1};

    for (unsigned tries = 0; tries < 30; tries++) {
        struct cap *c = pick(t->current->space, L4_KIND_THREAD);
        const struct thread *other = c ? CONTAINER_OF(cap_object(c), struct thread, object) : NULL;

        if (other && !spared(c) && other->base &&
            (other->depth > 0 || other->base->link || other->cpu != thread_custody(other))) {
            object_call(t, c->handle, ops[roll(4)], w);
            return;
        }
    }
}

// A thread that stopped for some reason goes on.
static void revive(struct thread *t)
{
    uint64_t w[L4_WORDS_REGS] = {0, 0, roll(CORES_MAX)};

    for (unsigned tries = 0; tries < 30; tries++) {
        struct cap *c = pick(t->current->space, L4_KIND_THREAD);
        const struct thread *other = c ? CONTAINER_OF(cap_object(c), struct thread, object) : NULL;
        uint64_t op = !other                                                 ? 0
                      : other->state == L4_THREAD_NEW                        ? L4_THREAD_START
                      : other->cancelled                                     ? L4_THREAD_CANCEL
                      : other->state == L4_THREAD_HALTED || other->suspended ? L4_THREAD_RESUME
                                                                             : 0;

        if (op) {
            object_call(t, c->handle, op, w);
            return;
        }
    }
}

static uint64_t a_page(uint64_t first)
{
    return first + roll(8) * PAGE_SIZE;
}

static void space_call(struct thread *t)
{
    struct space *s = t->current->space;
    uint64_t space = handle_of(s, L4_KIND_SPACE);
    uint64_t w[L4_WORDS_REGS] = {0};
    struct cap *c;

    switch (roll(10)) {
    case 9:
        w[0] = roll(2) * 0x400000;
        object_call(t, space, L4_SPACE_FOREIGN, w);
        break;
    case 8: /* CPUs join and leave; where drivers live all stay */
        memcpy(w, (uint64_t[]){1 + roll(15), roll(2)}, 16);
        if ((c = cap_lookup(&s->caps, space)) && !spared(c))
            object_call(t, space, L4_SPACE_CPUS, w);
        break;
    case 0:
        w[0] = roll(2);
        w[1] = roll(4) ? handle_of(s, L4_KIND_GATE) : 0;
        object_call(t, space, L4_SPACE_SET_GATE, w);
        break;
    case 1:
        w[0] = roll(WORLD_INDICES);
        w[1] = 1 + roll(3);
        object_call(t, space, L4_SPACE_WAKE, w);
        break;
    case 2:
        w[0] = handle_of(s, L4_KIND_EVENT);
        w[1] = 1;
        object_call(t, space, L4_SPACE_SUPERVISE, w);
        break;
    case 3: /* a UTCB page goes, narrowed or whole */
        memcpy(w, (uint64_t[]){WORLD_UTCBS + roll(6) * PAGE_SIZE, PAGE_SIZE, 1 + roll(3), roll(3)}, 32);
        if (roll(4) == 0 && (c = cap_lookup(&s->caps, space)) && !spared(c))
            object_call(t, space, L4_SPACE_UNMAP, w);
        break;
    case 4: /* and comes again, from wherever */
        memcpy(w, (uint64_t[]){a_page(WORLD_UTCBS), a_page(WORLD_UTCBS), PAGE_SIZE, L4_RWX}, 32);
        object_call(t, space, L4_SPACE_MAP, w);
        break;
    case 5: /* the same with pages of others */
        memcpy(w, (uint64_t[]){a_page(WORLD_DATA), PAGE_SIZE, 1 + roll(3), roll(3)}, 32);
        if (roll(3) == 0) /* all of them, and with them their page table */
            memcpy(w, (uint64_t[]){WORLD_DATA, WATCHED_PAGES * PAGE_SIZE, 3, 0}, 32);
        object_call(t, space, L4_SPACE_UNMAP, w);
        break;
    case 6:
        memcpy(w, (uint64_t[]){a_page(WORLD_DATA), a_page(WORLD_DATA), PAGE_SIZE, L4_RWX}, 32);
        object_call(t, space, L4_SPACE_MAP, w);
        break;
    default:
        memcpy(w, (uint64_t[]){roll(3), 16 + roll(16), 1}, 24);
        object_call(t, space, L4_ACTIVATIONS_ADD, w);
        break;
    }
}

static void cap_call(struct thread *t)
{
    struct space *s = t->current->space;
    uint64_t w[L4_WORDS_REGS] = {handle_of(s, roll(2) ? 0 : L4_KIND_GATE),
                                 roll(3) ? L4_SLOT_ANY : 2 + roll(40), L4_RIGHT_ALL, L4_COPY_PLAIN};
    uint64_t space = roll(4) ? handle_of(s, L4_KIND_SPACE) : s->caps.hot[1].handle;

    if (roll(12)) {
        object_call(t, space, L4_CAP_COPY, w);
    } else if (roll(3)) {
        w[0] = L4_HANDLE_FIRST(2 + roll(90)); /* never the space's own in slot 1 */
        object_call(t, space, roll(2) ? L4_CAP_DELETE : L4_CAP_MOVE, w);
    } else {
        object_call(t, space, L4_CAP_REVOKE, w);
    }
}

static void event_call(struct thread *t, bool may_wait)
{
    struct space *s = t->current->space;
    uint64_t event = handle_of(s, L4_KIND_EVENT);
    uint64_t w[L4_WORDS_REGS] = {programs_event_bits(), machine_now + roll(100)};

    if (roll(programs_eventful ? 40 : 11) == 0) { /* a server hears of it, or none any more */
        w[0] = roll(4) ? server_of(s) : L4_HANDLE_NONE;
        object_call(t, event, L4_EVENT_BIND_THREAD, w);
        return;
    }
    switch (roll(programs_eventful ? 12 : 5)) {
    case 0:
        object_call(t, event, L4_EVENT_TIMER, w);
        break;
    case 1:
        w[1] = handle_of(s, 0);
        object_call(t, event, L4_EVENT_BIND_DEATH, w);
        break;
    case 2:
        object_call(t, event, roll(8) ? L4_EVENT_SIGNAL : L4_EVENT_UNBIND, w);
        break;
    default:
        object_call(t, event, may_wait ? L4_EVENT_WAIT : L4_EVENT_SIGNAL, w);
        break;
    }
}

static void fault(struct thread *t)
{
    t->current->full = 1;
    if (roll(2))
        fault_page(t, WORLD_STACKS + roll(WORLD_INDICES) * 0x2000, roll(2) ? 6 : 4);
    else
        fault_exception(t, roll(20), 0, 0, 0);
    recount_step();
}

static void sleep_a_while(struct thread *t)
{
    uint64_t w[L4_WORDS_REGS] = {0};

    enter(t, l4_tag(L4_OP_WAIT, 0, 0, 0) | (roll(8) ? L4_FLAG_TIMED : 0), L4_HANDLE_NONE, w);
}

static void drive(struct thread *t, uint32_t what)
{
    uint64_t space = handle_of(root, L4_KIND_SPACE);

    if (what < 25)
        create(t, space);
    else if (what < 40)
        thread_call(t);
    else if (what < 45)
        take_back(t);
    else if (what < 65)
        revive(t);
    else if (what < 80)
        cap_call(t);
    else if (what < 90)
        space_call(t);
    else if (what < 93)
        event_call(t, false);
    else if (what < 96)
        space_make(t, space);
    else
        destroy(t);
}

// Dead slots go, and copies where there are many: so that what is picked is mostly alive.
static void prune(struct space *s)
{
    for (unsigned i = 2; i < 128; i++) {
        struct cap *c = s->caps.hot + i;

        if (c->kind == L4_KIND_DEAD ||
            (c->kind != L4_KIND_NONE && s->caps.in_use > 60 && cap_cold_of(c)->prev[CAP_OPEN] != 0))
            cap_delete(c);
    }
}

void program_act(struct thread *t)
{
    uint32_t what = roll(100);

    prune(t->current->space);
    world_populate_all();

    if (t->current->regs[L4_REG_RAX] & L4_FLAG_NATIVE &&
        l4_tag_op(t->current->regs[L4_REG_RAX]) == L4_OP_KERNEL)
        program_answers[l4_tag_label(t->current->regs[L4_REG_RAX]) & 0xff]++;
    if (world_is_driver(t))
        drive(t, what);
    else if (programs_eventful && roll(3))
        event_call(t, true);
    else if (what < 50 && t->object.id % 4 != 0)
        gate_call(t);
    else if (what < 57 || (what < 90 && t->current == t->base && t->object.id % 4 == 0))
        t->current->link &&roll(3) == 0 ? gate_call(t) : serve(t);
    else if (what < 64)
        fault(t);
    else if (what < 72)
        sleep_a_while(t);
    else if (what < 82)
        event_call(t, true);
    else if (what < 88)
        space_call(t);
    else if (what < 93)
        cap_call(t);
    else if (what < 97)
        thread_call(t);
    else if (what < 99)
        create(t, handle_of(t->current->space, L4_KIND_SPACE));
    else
        destroy(t);
}

void program_give_up(struct thread *t)
{
    uint64_t w[L4_WORDS_REGS] = {0};

    switch (roll(4)) {
    case 0:
        enter(t, l4_tag(L4_OP_REPLY, 0, 0, 0), 0, w);
        break;
    case 1:
        t->current->full = 1;
        fault_exception(t, 3, 0, 0, 0);
        break;
    default:
        enter(t, l4_tag(L4_OP_WAIT, 0, 0, 0), L4_HANDLE_NONE, w);
        break;
    }
}
