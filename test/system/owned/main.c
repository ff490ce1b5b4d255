// SPDX-License-Identifier: BSD-2-Clause
// Owners of handles: one closing frees, a second one is found however it comes about, and so is a handle
// nobody would free any more. Builds with assertions stop the thread, and its supervisor reads which mistake
// it was; others return the error. Each mistake is made by a thread of its own.
#include <stdatomic.h>
#include <l4/cap.h>
#include <l4/event.h>
#include <l4/gate.h>
#include <l4/owned.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/string.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/abi/fault.h>
#include <l4/proto/layout.h>

#define LIMIT_NS 5000000000ull

static struct l4_owned one, two, copy; // what the mistakes are made with; nobody but one thread at a time

// A fresh capability, or the end: the test itself does not work then.
static void fill(struct l4_owned *owned)
{
    l4_handle_t event;
    if (l4_event_create(L4_CAP_SPACE, &event, NULL) || l4_owned_take(owned, event))
        l4_abort("set-up");
}

static bool is_there(l4_handle_t handle)
{
    struct l4_identity identity;
    return l4_identify(handle, &identity) == L4_OK;
}

static void check_once(void)
{
    struct l4_owned owned = L4_OWNED_EMPTY;
    tap_ok(!l4_owns(&owned), "a wrapper is empty first");
    fill(&owned);
    l4_handle_t handle = l4_lend(&owned);
    tap_ok(l4_owns(&owned), "it owns what it has taken");
    tap_error(l4_event_signal(handle, 1), L4_OK, "the handle is lent for a call");
    tap_ok(l4_owns(&owned), "and still owned");
    tap_error(l4_owned_close(&owned), L4_OK, "closing works once");
    tap_ok(!l4_owns(&owned), "the wrapper is empty");
    tap_ok(!is_there(handle), "the capability is gone");
    tap_error(l4_event_signal(l4_lend(&owned), 1), L4_ERR_CAP, "an empty wrapper lends nothing");
    fill(&owned);
    tap_error(l4_event_destroy(l4_lend(&owned)), L4_OK, "the object is destroyed");
    tap_error(l4_owned_close(&owned), L4_OK, "its tombstone is closed as well");
}

static void check_hands(void)
{
    struct l4_owned from = L4_OWNED_EMPTY, to = L4_OWNED_EMPTY;
    fill(&from);
    l4_handle_t handle = l4_lend(&from);
    tap_error(l4_owned_move(&to, &from), L4_OK, "a handle is moved");
    tap_ok(!l4_owns(&from), "the source is empty afterwards");
    tap_equal(l4_lend(&to), handle, "the other wrapper owns it");
    tap_ok(is_there(handle), "and nothing was freed");
    tap_equal(l4_owned_release(&to), handle, "it is given away");
    tap_ok(!l4_owns(&to), "and owned no more");
    tap_error(l4_cap_delete(L4_CAP_SPACE, handle), L4_OK, "by code without wrappers it is freed");
    tap_error(l4_owned_move(&to, &from), L4_OK, "an empty one moves nothing");
    tap_equal(l4_owned_release(&to), L4_HANDLE_NONE, "and has nothing to give away");
}

// What is derived may be revoked by whoever has the original: no mistake in any build.
static void check_derived(void)
{
    struct l4_owned original = L4_OWNED_EMPTY, derived = L4_OWNED_EMPTY;
    l4_handle_t handle = L4_HANDLE_NONE;
    fill(&original);
    tap_error(l4_cap_copy(L4_CAP_SPACE, l4_lend(&original), L4_SLOT_ANY, L4_RIGHT_CALL, &handle), L4_OK,
              "a copy");
    tap_error(l4_owned_take(&derived, handle), L4_OK, "has an owner");
    tap_error(l4_cap_revoke(L4_CAP_SPACE, l4_lend(&original)), L4_OK, "and is revoked");
    tap_error(l4_owned_close_derived(&derived), L4_ERR_CAP, "its owner hears that it was gone");
    tap_ok(!l4_owns(&derived), "and owns nothing");
    tap_error(l4_owned_close(&original), L4_OK, "the original is closed");
}

static int close_twice(void)
{
    int error = l4_owned_close(&one);
    return error ? -error : l4_owned_close(&one);
}

static int close_copy(void)
{
    copy = one;
    int error = l4_owned_close(&one);
    return error ? -error : l4_owned_close(&copy);
}

// The slot has a new capability by then, under a new generation: that one stays.
static int close_copy_late(void)
{
    struct l4_owned *old = &copy;
    unsigned index = l4_handle_index(l4_lend(&one));
    l4_handle_t handle;
    copy = one;
    int error = l4_owned_close(&one);
    if (!error)
        error = l4_cap_copy(L4_CAP_SPACE, l4_lend(&two), index, L4_RIGHT_CALL, &handle);
    if (!error)
        error = l4_owned_take(&one, handle);
    return error ? -error : l4_owned_close(old);
}

static int close_moved(void)
{
    struct l4_owned other = L4_OWNED_EMPTY;
    int error = l4_owned_move(&other, &one);
    if (!error)
        error = l4_owned_close(&other);
    return error ? -error : l4_owned_close(&one);
}

static int close_derived_twice(void)
{
    int error = l4_owned_close_derived(&one);
    return error ? -error : l4_owned_close_derived(&one);
}

static int take_over(void)
{
    return l4_owned_take(&one, l4_lend(&two));
}

static int move_over(void)
{
    return l4_owned_move(&one, &two);
}

static int move_onto_itself(void)
{
    return l4_owned_move(&one, &one);
}

static const struct mistake {
    const char *what, *kind;
    int error;
    int (*make)(void);
    bool first_stays; // `one` owns something afterwards
} mistakes[] = {
    {"closed twice", "handle-freed-twice", L4_ERR_CAP, close_twice, false},
    {"closed through a copy", "handle-freed-twice", L4_ERR_CAP, close_copy, false},
    {"closed through a copy, late", "handle-freed-twice", L4_ERR_CAP, close_copy_late, true},
    {"closed where it was moved from", "handle-freed-twice", L4_ERR_CAP, close_moved, false},
    {"a derived one closed twice", "handle-freed-twice", L4_ERR_CAP, close_derived_twice, false},
    {"taken over a full wrapper", "handle-overwritten", L4_ERR_EXISTS, take_over, true},
    {"moved over a full wrapper", "handle-overwritten", L4_ERR_EXISTS, move_over, true},
    {"moved onto itself", "handle-overwritten", L4_ERR_EXISTS, move_onto_itself, true},
};

static const struct mistake *current;
static char kind[L4_ABORT_TEXT + 1]; // of the last abort
static int result;
static atomic_bool ended, aborted;

// The supervisor of this space: reads what the abort says, and lets the thread halt.
static void handle_exception(struct l4_msg *m, struct l4_utcb *utcb)
{
    static const unsigned text[] = {L4_REG_RDX, L4_REG_R8, L4_REG_R9};
    const uint64_t *registers = &utcb->words[L4_WORDS_REGS];
    if (l4_msg_label(m) == L4_FAULT_EXCEPTION && registers[L4_REG_RAX] == L4_ABORT_MAGIC) {
        for (unsigned i = 0; i < L4_ARRAY_SIZE(text); i++)
            memcpy(&kind[i * 8], &registers[text[i]], 8);
        atomic_store(&aborted, true);
    }
    l4_answer(m, L4_EXC_ABORT, 0, 0);
}
L4_ENTRY_FAULT(exception_entry, handle_exception);

static void offend(void *argument)
{
    (void)argument;
    result = current->make();
    atomic_store(&ended, true);
    l4_sleep_until(L4_DEADLINE_NEVER);
}

static int run(const struct mistake *mistake, struct l4_thread *offender)
{
    current = mistake;
    memset(kind, 0, sizeof(kind));
    result = -1;
    atomic_store(&ended, false);
    atomic_store(&aborted, false);
    int error = l4_thread_create(offender, 50);
    if (!error)
        error = l4_thread_start(offender, offend, NULL, 0);
    uint64_t limit = l4_clock() + LIMIT_NS;
    while (!error && !atomic_load(&ended) && !atomic_load(&aborted) && l4_clock() < limit)
        l4_sleep_until(l4_clock() + 1000000ull);
    return error;
}

static void check_outcome(const struct mistake *mistake)
{
    tap_ok(atomic_load(&aborted) == (bool)L4_ASSERT_ON, "%s: the program is %s", mistake->what,
           L4_ASSERT_ON ? "stopped" : "not stopped");
    if (L4_ASSERT_ON) {
        tap_ok(strcmp(kind, mistake->kind) == 0, "%s: '%s' is '%s'", mistake->what, kind, mistake->kind);
        tap_ok(!atomic_load(&ended), "%s: at once", mistake->what);
    } else {
        tap_error(result, mistake->error, mistake->what);
    }
    tap_ok(l4_owns(&one) == mistake->first_stays, "%s: the wrapper holds what it held", mistake->what);
    tap_ok(!l4_owns(&one) || is_there(l4_lend(&one)), "%s: and nothing of it was freed", mistake->what);
    tap_ok(l4_owns(&two) && is_there(l4_lend(&two)), "%s: nor of anything else", mistake->what);
}

static void check_mistake(const struct mistake *mistake)
{
    struct l4_thread offender;
    struct l4_owned thread = L4_OWNED_EMPTY;
    fill(&one);
    fill(&two);
    int error = run(mistake, &offender);
    if (!error)
        error = l4_owned_take(&thread, offender.handle);
    tap_error(error, L4_OK, mistake->what);
    check_outcome(mistake);
    tap_error(l4_thread_destroy(l4_lend(&thread)), L4_OK, "the thread goes");
    tap_error(l4_owned_close(&thread), L4_OK, "and its handle");
    tap_error(l4_owns(&one) ? l4_owned_close(&one) : L4_OK, L4_OK, "the first is closed");
    tap_error(l4_owned_close(&two), L4_OK, "the second, too");
    copy.handle = L4_HANDLE_NONE; // stale
}

int main(int argc, char **argv)
{
    l4_handle_t gate;
    (void)argc;
    (void)argv;
    check_once();
    check_hands();
    check_derived();
    int error = l4_gate_create_entry(L4_CAP_SPACE, exception_entry, L4_POOL_VISITORS, false, &gate);
    if (!error)
        error = l4_space_set_gate(L4_CAP_SPACE, L4_GATE_EXCEPTION, gate);
    tap_error(error, L4_OK, "the program supervises itself");
    for (unsigned i = 0; i < L4_ARRAY_SIZE(mistakes); i++)
        check_mistake(&mistakes[i]);
    return tap_end();
}
