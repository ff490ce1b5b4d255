// SPDX-License-Identifier: BSD-2-Clause
// Two spaces that call each other back without end: the chain comes to an end by itself, at the same depth
// each time, and unwinds to where it began with nothing left over in either space.
#include <l4/cap.h>
#include <l4/gate.h>
#include <l4/pager.h>
#include <l4/string.h>
#include <l4/tap.h>
#include "child.h"

#define POOL      2  // of this program's visits; filled once
#define EACH      40 // activations, in either space
#define DEPTH     64 // visits of one chain (docs/ipc.md)
#define OWN_DEPTH EACH
#define ROUNDS    20
#define WORDS     3

static struct child r;

// Word 0: the gate to call, by its handle here; word 1: the gate to call from there, by its handle there.
// Answers with the error that ended the chain as label, and how many visits there were from here on in
// word 2. Nothing but registers and the stack: in the child this code is all there is.
static void call_back(struct l4_msg *m, struct l4_utcb *utcb)
{
    struct l4_msg next;
    (void)utcb;
    l4_msg_init(&next, m->w[0], 0);
    next.tag = l4_msg_tag(0, l4_tag_words(m->tag), 0);
    next.w[0] = m->w[1];
    next.w[1] = m->w[0];
    int error = l4_call(&next);
    l4_answer(m, error ? (uint32_t)error : l4_msg_label(&next), 0, 0);
    m->w[2] = error ? 1 : next.w[2] + 1;
}
L4_ENTRY_GATE(call_back_entry, call_back);

static l4_handle_t gate_to(l4_handle_t space, unsigned pool)
{
    struct l4_gate_options options = {.mode = L4_GATE_ENTRY,
                                      .entry = (uint64_t)(uintptr_t)call_back_entry,
                                      .pool = pool,
                                      .rights = L4_RIGHT_ALL};
    l4_handle_t gate = L4_HANDLE_NONE;
    tap_error(l4_gate_create(space, &options, &gate, NULL), L4_OK, "a gate");
    return gate;
}

// Calls FIRST with the two handles; depth and error of the chain.
static uint64_t chain(l4_handle_t first, l4_handle_t there, l4_handle_t here, unsigned words,
                      uint32_t *reason)
{
    struct l4_msg m;
    l4_msg_init(&m, first, 0);
    m.tag = l4_msg_tag(0, words, 0);
    m.w[0] = there;
    m.w[1] = here;
    int error = l4_call(&m);
    *reason = error ? (uint32_t)error : l4_msg_label(&m);
    return error ? 0 : m.w[2];
}

static void look(l4_handle_t space, uint64_t out[static L4_SPACE_COUNTER_COUNT])
{
    uint64_t part[8] = {0};
    for (unsigned first = 0; first < L4_SPACE_COUNTER_COUNT; first += 8) {
        unsigned count = L4_SPACE_COUNTER_COUNT - first < 8 ? L4_SPACE_COUNTER_COUNT - first : 8;
        tap_error(l4_space_counters(space, first, part), L4_OK, "counters of a space");
        memcpy(out + first, part, count * sizeof(*out));
    }
}

static void compare(const uint64_t *before, const uint64_t *after)
{
    tap_equal(after[L4_SPACE_QUOTA_USED_COUNT], before[L4_SPACE_QUOTA_USED_COUNT],
              "no kernel memory is left");
    tap_equal(after[L4_SPACE_THREADS_COUNT], before[L4_SPACE_THREADS_COUNT], "no thread");
    tap_equal(after[L4_SPACE_VISITORS_COUNT], before[L4_SPACE_VISITORS_COUNT], "no visitor");
    tap_equal(after[L4_SPACE_SWITCH_FAULTS_COUNT], before[L4_SPACE_SWITCH_FAULTS_COUNT],
              "and no fault was needed");
}

static void again_and_again(l4_handle_t theirs, l4_handle_t back)
{
    uint64_t before[2][L4_SPACE_COUNTER_COUNT] = {0}, after[2][L4_SPACE_COUNTER_COUNT] = {0};
    unsigned wrong = 0;
    uint32_t reason;
    look(L4_CAP_SPACE, before[0]);
    look(r.space, before[1]);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t depth = chain(theirs, back, theirs, i % 2 ? WORDS : 0, &reason);
        wrong += depth != DEPTH || reason != L4_ERR_DEPTH;
    }
    tap_equal(wrong, 0, "each further chain ends at the same depth by the same error");
    look(L4_CAP_SPACE, after[0]);
    look(r.space, after[1]);
    compare(before[0], after[0]);
    compare(before[1], after[1]);
}

void check_call_backs(void)
{
    static bool filled;
    l4_handle_t back = L4_HANDLE_NONE;
    uint32_t reason = 0;
    tap_error(filled ? L4_OK : l4_pool_fill(POOL, EACH), L4_OK, "visitors of this program");
    filled = true;
    tap_error(child_make(&r, QUOTA), L4_OK, "a space");
    for (unsigned i = 0; i < EACH; i += 8)
        tap_error(l4_activations_add(r.space, 1, i, 8), L4_OK, "with as many");
    l4_handle_t ours = gate_to(L4_CAP_SPACE, POOL), theirs = gate_to(r.space, 1);
    tap_error(child_give(&r, ours, L4_RIGHT_CALL, &back), L4_OK, "that may call back");
    tap_equal(chain(ours, ours, ours, 0, &reason), OWN_DEPTH, "calls into the own space use the pool up");
    tap_equal(reason, L4_ERR_DEPTH, "which only this chain could free");
    // The last visit of the first chain would need a pager that would be one deeper, if it were not warm now.
    tap_equal(chain(theirs, back, theirs, 0, &reason), DEPTH, "call-backs between two spaces come to an end");
    tap_equal(reason, L4_ERR_DEPTH, "by the depth of the chain");
    again_and_again(theirs, back);
    tap_error(child_end(&r), L4_OK, "the space ends");
    tap_error(l4_cap_delete(L4_CAP_SPACE, theirs), L4_OK, "and its gate");
    tap_error(l4_gate_destroy(ours), L4_OK, "and this program's");
    tap_error(l4_cap_delete(L4_CAP_SPACE, ours), L4_OK, "with its capability");
}
