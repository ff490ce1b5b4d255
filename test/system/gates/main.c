// SPDX-License-Identifier: BSD-2-Clause
// Entry gates, with this program as client and server: what crosses, badges, memory words, capabilities,
// calls back into the own space until the depth ends, forwarding, a pool with more callers than activations,
// the same activation for call after call, a lock held at a call.
#include <stdatomic.h>
#include <l4/cap.h>
#include <l4/event.h>
#include <l4/gate.h>
#include <l4/ipc.h>
#include <l4/pager.h>
#include <l4/probe.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/string.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#define POOL_SMALL 2 // with SMALL activations
#define SMALL      4
#define POOL_DEEP  3 // with more activations than a chain may have
#define DEEP       80
#define CALLS      5000
#define SECOND     1000000000ull

enum label { ECHO = 1, DEEPER, HAND_ON, WHERE, SLEEP, TAKE_CAP };

static l4_handle_t gate, second_gate, small_gate, deep_gate, deeper_gate, event;
static l4_handle_t minted;
static atomic_uint asleep, first_in;

// Answers with the words, each one more; the memory words, each one more; the badge in word 7.
static void echo(struct l4_msg *m, struct l4_utcb *utcb)
{
    unsigned words = l4_tag_words(m->tag);
    for (unsigned i = 0; i < 7; i++)
        m->w[i]++;
    for (unsigned i = 0; i < words; i++)
        utcb->words[L4_WORDS_REGS + i]++;
    m->w[7] = m->handle;
    l4_answer(m, 77, words, 0);
}

// Calls the same gate again until an error comes; word 0 = how deep it was, label = that error.
static void deeper(struct l4_msg *m)
{
    struct l4_msg next;
    l4_msg_init(&next, deeper_gate, DEEPER);
    int error = l4_call(&next);
    uint64_t depth = error ? 1 : next.w[0] + 1;
    uint32_t reason = error ? (uint32_t)error : l4_msg_label(&next);
    l4_answer(m, reason, 0, 0);
    m->w[0] = depth;
}

static void take_cap(struct l4_msg *m)
{
    struct l4_identity identity = {0};
    l4_handle_t arrived = l4_msg_cap(m, 0);
    int error = l4_identify(arrived, &identity);
    l4_answer(m, (uint32_t)error, 0, 0);
    m->w[0] = identity.kind;
    m->w[1] = identity.rights;
    m->w[2] = arrived;
}

// Visits of this program that are going on.
static uint64_t visitors(void)
{
    uint64_t c[8] = {0};
    return l4_space_counters(L4_CAP_SPACE, 8, c) ? ~0ull : c[L4_SPACE_VISITORS_COUNT - 8];
}

static void handle(struct l4_msg *m, struct l4_utcb *utcb)
{
    uint64_t taken;
    switch (l4_msg_label(m)) {
    case ECHO:
        echo(m, utcb);
        break;
    case DEEPER:
        deeper(m);
        break;
    case HAND_ON: // to the second gate, so many times: the last one's answer goes to the first caller
        m->handle = second_gate;
        m->tag = l4_msg_tag(m->w[0]-- > 1 ? HAND_ON : WHERE, 0, 0);
        l4_answer(m, (uint32_t)l4_forward(m), 0, 0); // reached only if it failed
        break;
    case WHERE:
        l4_answer(m, 55, 0, 0);
        m->w[0] = utcb->index;
        m->w[1] = m->handle;
        m->w[2] = utcb->stack_top - (uint64_t)(uintptr_t)__builtin_frame_address(0);
        m->w[3] = visitors();
        break;
    case SLEEP:
        if (atomic_fetch_add(&asleep, 1) == SMALL) // the first that had to wait
            first_in = (unsigned)m->w[0];
        l4_answer(m, (uint32_t)l4_event_wait(event, 1, l4_clock() + 10 * SECOND, &taken), 0, 0);
        break;
    case TAKE_CAP:
        take_cap(m);
        break;
    default:
        l4_answer(m, L4_ERR_NOSYS, 0, 0);
        break;
    }
}

L4_ENTRY_GATE(gate_entry, handle);

static void check_words(void)
{
    struct l4_utcb *utcb = l4_utcb();
    unsigned wrong = 0;
    for (unsigned count = 0; count <= L4_WORDS_MEM_MAX; count++) {
        struct l4_msg m;
        l4_msg_init(&m, minted, ECHO);
        m.tag = l4_msg_tag(ECHO, count, 0);
        for (unsigned i = 0; i < 8; i++)
            m.w[i] = 1000 * count + i;
        for (unsigned i = 0; i < L4_WORDS_MEM_MAX; i++)
            utcb->words[L4_WORDS_REGS + i] = i;
        wrong += l4_call(&m) != L4_OK || l4_msg_label(&m) != 77 || l4_tag_words(m.tag) != count;
        for (unsigned i = 0; i < 7; i++)
            wrong += m.w[i] != 1000 * count + i + 1;
        wrong += m.w[7] != 0x1234567890abcdef;
        for (unsigned i = 0; i < L4_WORDS_MEM_MAX; i++)
            wrong += utcb->words[L4_WORDS_REGS + i] != (i < count ? i + 1 : i);
    }
    tap_equal(wrong, 0, "words, memory words of every count, label and badge cross");
}

static void check_caps(void)
{
    struct l4_msg m;
    l4_msg_init(&m, gate, TAKE_CAP);
    l4_msg_put_cap(0, event, L4_RIGHT_CALL);
    m.tag = l4_msg_tag(TAKE_CAP, 2, 1);
    tap_error(l4_request(&m), L4_OK, "a capability crosses");
    tap_equal(m.w[0], L4_KIND_EVENT, "it is the event");
    tap_equal(m.w[1], L4_RIGHT_CALL, "with the right that was sent");
    tap_error(l4_event_signal(m.w[2], 2), L4_ERR_CAP, "after the visit it is gone from the window");
    l4_msg_init(&m, second_gate, TAKE_CAP);
    l4_msg_put_cap(0, event, L4_RIGHT_CALL);
    m.tag = l4_msg_tag(TAKE_CAP, 2, 1);
    int error = l4_request(&m);
    tap_ok(error != L4_OK, "a gate that takes no items gets none");
    tap_note("answer %d", error);
}

static void check_depth(void)
{
    struct l4_msg m;
    deeper_gate = deep_gate;
    l4_msg_init(&m, deep_gate, DEEPER);
    tap_error(l4_call(&m), L4_OK, "calls into the own space come to an end");
    // The deepest visit has no stack yet, and nobody can be asked for it any deeper.
    tap_ok(l4_msg_label(&m) == L4_ERR_DEPTH || l4_msg_label(&m) == L4_ERR_FAULT, "by an error");
    tap_note("at depth %lu", m.w[0]);
    uint64_t first = m.w[0];
    l4_msg_init(&m, deep_gate, DEEPER);
    tap_error(l4_call(&m), L4_OK, "a second time");
    tap_equal(m.w[0], first, "as deep as the first");
    deeper_gate = small_gate; // nobody but this thread could free what it waits for
    l4_msg_init(&m, small_gate, DEEPER);
    tap_error(l4_call(&m), L4_OK, "calls that use a small pool up come to an end too");
    tap_ok(l4_msg_label(&m) == L4_ERR_DEPTH && m.w[0] == SMALL, "when all are in the own chain");
}

static uint64_t where(l4_handle_t target, struct l4_msg *m)
{
    l4_msg_init(m, target, WHERE);
    return l4_call(m) ? ~0ull : m->w[0];
}

static void check_forward(void)
{
    for (unsigned levels = 1; levels <= 3; levels++) {
        struct l4_msg m;
        l4_msg_init(&m, minted, HAND_ON);
        m.w[0] = levels;
        tap_error(l4_call(&m), L4_OK, "a request is handed on");
        tap_equal(l4_msg_label(&m), 55, "the last gate answers the first caller");
        tap_equal(m.w[1], 0, "with the badge of the capability it came through");
        tap_equal(m.w[3], 1, "and the visits on the way are gone");
    }
}

// The same activation serves call after call: no faults, no other index.
static void check_warm(void)
{
    struct l4_msg m;
    uint64_t before[16] = {0}, after[16] = {0}, other = 0;
    uint64_t index = where(gate, &m);
    tap_ok(m.w[2] < 1024, "a visit starts at the top of its stack");
    int error = l4_space_counters(L4_CAP_SPACE, 8, before + 8);
    uint64_t start = l4_clock();
    for (unsigned i = 0; i < CALLS; i++)
        other += where(gate, &m) != index;
    tap_note("%lu ns a call", (l4_clock() - start) / CALLS);
    tap_error(error ? error : l4_space_counters(L4_CAP_SPACE, 8, after + 8), L4_OK, "counters");
    tap_equal(other, 0, "call after call is served by the same activation");
    tap_equal(after[L4_SPACE_SWITCH_FAULTS_COUNT], before[L4_SPACE_SWITCH_FAULTS_COUNT], "no switch fault");
    tap_equal(after[L4_SPACE_PAGE_FAULTS_COUNT], before[L4_SPACE_PAGE_FAULTS_COUNT], "no page fault");
}

#define CALLERS (SMALL + 3)
static struct l4_thread sleepers[CALLERS];
static int sleeper_error[CALLERS];
static atomic_uint awake;

static void sleeper(void *argument)
{
    struct l4_msg m;
    unsigned number = (unsigned)((int *)argument - sleeper_error);
    l4_msg_init(&m, small_gate, SLEEP);
    m.w[0] = number;
    sleeper_error[number] = l4_request(&m);
    atomic_fetch_add(&awake, 1);
    if (l4_event_signal(event, 2))
        l4_abort("signal");
}

static int start_sleepers(void)
{
    int error = L4_OK;
    for (unsigned i = 0; i < CALLERS && !error; i++) {
        // those that have to wait: the one in the middle has the highest priority
        error = l4_thread_create(&sleepers[i], i == SMALL + 1 ? 80 : 60);
        if (!error)
            error = l4_thread_start(&sleepers[i], sleeper, &sleeper_error[i], 0);
        l4_sleep_until(l4_clock() + 10000000);
    }
    return error;
}

// More callers than the pool has activations: they wait their turn; other pools do not notice.
static void check_full_pool(void)
{
    struct l4_msg m;
    uint64_t taken, end = l4_clock() + 5 * SECOND;
    int error = start_sleepers();
    tap_error(error, L4_OK, "more callers than the pool has activations");
    tap_equal(asleep, SMALL, "as many are inside as it has");
    tap_ok(where(gate, &m) != ~0ull, "the other pool serves");
    l4_msg_init(&m, small_gate, WHERE);
    l4_msg_deadline(&m, L4_DEADLINE_POLL);
    tap_error(l4_call(&m), L4_ERR_TIMEOUT, "a caller that does not wait is told so");
    tap_error(l4_event_signal(event, 1), L4_OK, "one sleeper is woken");
    tap_error(l4_event_wait(event, 2, end, &taken), L4_OK, "and comes back");
    while (asleep < SMALL + 1 && l4_clock() < end)
        l4_sleep_until(l4_clock() + 1000000);
    tap_equal(asleep, SMALL + 1, "one of those that waited is inside now");
    tap_equal(first_in, SMALL + 1, "the one with the highest priority");
    while (awake < CALLERS && l4_clock() < end) {
        error = l4_event_signal(event, 1);
        l4_sleep_until(l4_clock() + 1000000);
    }
    tap_equal(awake, CALLERS, "all come back");
    for (unsigned i = 0; i < CALLERS; i++)
        tap_error(sleeper_error[i], L4_OK, "without an error");
}

static void make_gates(void)
{
    tap_error(l4_gate_create_entry(L4_CAP_SPACE, gate_entry, L4_POOL_VISITORS, true, &gate), L4_OK, "a gate");
    tap_error(l4_gate_create_entry(L4_CAP_SPACE, gate_entry, L4_POOL_VISITORS, false, &second_gate), L4_OK,
              "a gate without items");
    tap_error(l4_pool_fill(POOL_SMALL, SMALL), L4_OK, "a small pool");
    tap_error(l4_gate_create_entry(L4_CAP_SPACE, gate_entry, POOL_SMALL, false, &small_gate), L4_OK,
              "a gate of the small pool");
    tap_error(l4_pool_fill(POOL_DEEP, DEEP), L4_OK, "a large pool");
    tap_error(l4_gate_create_entry(L4_CAP_SPACE, gate_entry, POOL_DEEP, false, &deep_gate), L4_OK,
              "a gate of the large pool");
    tap_error(l4_cap_mint(L4_CAP_SPACE, gate, L4_SLOT_ANY, L4_RIGHT_CALL, 0x1234567890abcdef, &minted), L4_OK,
              "a badge");
    tap_error(l4_cap_mint(L4_CAP_SPACE, minted, L4_SLOT_ANY, L4_RIGHT_CALL, 1, &minted), L4_ERR_RIGHTS,
              "is not changed by who only has the copy");
    tap_error(l4_event_create(L4_CAP_SPACE, &event, NULL), L4_OK, "an event");
}

int main(int argc, char **argv)
{
    struct l4_msg m;
    (void)argc;
    (void)argv;
    make_gates();
    check_words();
    check_caps();
    check_depth();
    check_forward();
    check_warm();
    check_full_pool();
    tap_error(l4_gate_destroy(gate), L4_OK, "the gate is destroyed");
    l4_msg_init(&m, minted, ECHO);
    int error = l4_call(&m);
    tap_ok(error == L4_ERR_DEAD || error == L4_ERR_CAP, "calls through what is left of it fail");
    return tap_end();
}
