// SPDX-License-Identifier: BSD-2-Clause
// What a holder may not do. Create calls state the rights of the capability they return: what was left out is
// refused later. And whoever answers a fault with registers edits those of a thread that waits for the
// answer, never of one that runs.
#include <stdatomic.h>
#include <l4/cap.h>
#include <l4/event.h>
#include <l4/gate.h>
#include <l4/ipc.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/abi/fault.h>

#define QUOTA    (32u << 10) // of a space in which nothing is made
#define BOX      (608u << 10)
#define FIRST    0x1111u // in r15 after the answer
#define SECOND   0x2222u // after one that comes too late
#define LIMIT_NS 3000000000ull

static l4_handle_t box; // a space in which everything is made, and with which it goes

static int make(enum l4_kind kind, unsigned rights, l4_handle_t *out)
{
    struct l4_gate_options gate = {.mode = L4_GATE_QUEUE, .rights = rights};
    uint64_t event[L4_WORDS_REGS] = {rights, L4_SLOT_ANY};
    int error;
    switch (kind) {
    case L4_KIND_SPACE:
        return l4_space_create(box, QUOTA, 1, 10, rights, out, NULL);
    case L4_KIND_THREAD:
        return l4_space_thread(box, rights, L4_SLOT_ANY, 10, out, NULL);
    case L4_KIND_GATE:
        return l4_gate_create(box, &gate, out, NULL);
    default:
        error = l4_object(box, L4_EVENT_CREATE, event);
        *out = event[0];
        return error;
    }
}

// What needs CALL, WAIT, MANAGE, GIVE of a gate; each answers at once, one way or the other.
static int use_gate(l4_handle_t gate, l4_handle_t other, unsigned right)
{
    struct l4_msg m;
    l4_msg_init(&m, gate, 7);
    l4_msg_deadline(&m, L4_DEADLINE_POLL);
    switch (right) {
    case L4_RIGHT_CALL:
        return l4_call(&m);
    case L4_RIGHT_WAIT:
        return l4_wait(&m);
    case L4_RIGHT_MANAGE:
        return l4_cap_mint(L4_CAP_SPACE, gate, L4_SLOT_ANY, L4_RIGHT_CALL, 1, &m.handle);
    default:
        return l4_cap_copy(other, gate, L4_SLOT_ANY, L4_RIGHT_CALL, NULL);
    }
}

static int use_event(l4_handle_t event, l4_handle_t other, unsigned right)
{
    uint64_t taken;
    switch (right) {
    case L4_RIGHT_CALL:
        return l4_event_signal(event, 1);
    case L4_RIGHT_WAIT:
        return l4_event_wait(event, 1, L4_DEADLINE_POLL, &taken);
    case L4_RIGHT_MANAGE:
        return l4_event_timer(event, 1, L4_DEADLINE_NEVER);
    default:
        return l4_cap_copy(other, event, L4_SLOT_ANY, L4_RIGHT_CALL, NULL);
    }
}

// Of spaces and threads: all that can be done to them needs MANAGE.
static int use(enum l4_kind kind, l4_handle_t handle, l4_handle_t other, unsigned right)
{
    uint64_t w[L4_WORDS_REGS];
    struct l4_thread_info info;
    if (kind == L4_KIND_GATE)
        return use_gate(handle, other, right);
    if (kind == L4_KIND_EVENT)
        return use_event(handle, other, right);
    if (right == L4_RIGHT_GIVE)
        return l4_cap_copy(other, handle, L4_SLOT_ANY, L4_RIGHT_CALL, NULL);
    if (right == L4_RIGHT_MANAGE)
        return kind == L4_KIND_SPACE ? l4_space_counters(handle, 0, w) : l4_thread_state(handle, &info);
    return right == L4_RIGHT_CALL ? l4_nop(handle) : L4_ERR_RIGHTS; // no operation asks for WAIT
}

static void check_created_rights(void)
{
    static const enum l4_kind kinds[] = {L4_KIND_SPACE, L4_KIND_THREAD, L4_KIND_GATE, L4_KIND_EVENT};
    static const char *const names[] = {"space", "thread", "gate", "event"};
    static const struct l4_space_area area = {0x10000000, 0x20000000, 0x4000, 64, 0, 0, 0, 0};
    l4_handle_t none;
    tap_error(l4_space_create(L4_CAP_SPACE, BOX, L4_CPU_ALL, 10, L4_RIGHT_ALL, &box, NULL), L4_OK, "a space");
    tap_error(l4_space_set_area(box, &area), L4_OK, "for everything");
    for (unsigned k = 0; k < L4_ARRAY_SIZE(kinds); k++) {
        unsigned wrong = 0;
        for (unsigned rights = 0; rights <= L4_RIGHT_ALL; rights++) {
            l4_handle_t handle = L4_HANDLE_NONE;
            struct l4_identity is = {0};
            wrong += make(kinds[k], rights, &handle) != L4_OK;
            wrong += l4_identify(handle, &is) != L4_OK || is.kind != kinds[k] || is.rights != rights;
            for (unsigned right = 1; right <= L4_RIGHT_ALL; right <<= 1) {
                int error = use(kinds[k], handle, box, right);
                bool refused = error == L4_ERR_RIGHTS;
                bool never = right == L4_RIGHT_WAIT && kinds[k] < L4_KIND_GATE;
                wrong += refused == ((rights & right) && !never);
            }
            wrong += l4_cap_delete(L4_CAP_SPACE, handle) != L4_OK;
        }
        tap_equal(wrong, 0, names[k]);
    }
    tap_error(make(L4_KIND_EVENT, L4_RIGHT_ALL + 1, &none), L4_ERR_ARG, "a right that is none");
    tap_error(l4_space_destroy(box), L4_OK, "all of it goes");
}

// An exception, then a wait in user mode with r15 as the answer has left it, until *word is set; r15 to
// *word.
void rights_trap(void *word);
__asm__(".pushsection .text.rights,\"ax\",@progbits\n"
        ".globl rights_trap\n"
        "rights_trap:\n    push %r15\n    xor %r15d, %r15d\n    int3\n"
        "1:  cmpq $0, (%rdi)\n    je 1b\n    mov %r15, 8(%rdi)\n    pop %r15\n    ret\n"
        ".popsection\n");
_Static_assert(sizeof(uint64_t) == 8, "what the code above compares");

static _Atomic uint64_t words[2]; // go on; what r15 was
static atomic_bool over;

static void trapped(void *argument)
{
    rights_trap(argument);
    atomic_store(&over, true);
}

static void answer(struct l4_msg *m, uint64_t r15)
{
    l4_answer(m, L4_EXC_RESUME_REGS, L4_REG_COUNT, 0);
    l4_utcb()->words[L4_WORDS_REGS + L4_REG_R15] = r15;
}

// The handler answers twice; the thread runs when the second answer comes, on another CPU if there is one.
static void check_running_registers(void)
{
    struct l4_thread_info info = {0};
    struct l4_thread t;
    struct l4_msg m;
    l4_handle_t gate = L4_HANDLE_NONE;
    uint64_t set_ip[L4_WORDS_REGS] = {L4_PAGE_SIZE, 0};
    tap_error(l4_gate_create_queue(L4_CAP_SPACE, false, &gate), L4_OK, "a queue gate");
    tap_error(l4_space_set_gate(L4_CAP_SPACE, L4_GATE_EXCEPTION, gate), L4_OK, "for exceptions");
    tap_error(l4_thread_create(&t, 10), L4_OK, "a thread");
    tap_error(l4_thread_start(&t, trapped, (void *)(uintptr_t)words, l4_info()->cpus > 1), L4_OK,
              "is started");
    l4_msg_init(&m, gate, 0);
    l4_msg_deadline(&m, l4_clock() + LIMIT_NS);
    tap_error(l4_wait(&m), L4_OK, "its exception comes");
    tap_equal(m.w[0], 3, "a breakpoint");
    answer(&m, FIRST);
    tap_error(l4_reply(&m), L4_OK, "it is answered with registers");
    l4_sleep_until(l4_clock() + 5000000);
    answer(&m, SECOND);
    tap_error(l4_reply(&m), L4_ERR_STATE, "a second answer finds nobody");
    tap_error(l4_object(t.handle, L4_THREAD_SET_IP, set_ip), L4_ERR_NOSYS, "no operation sets registers");
    atomic_store(&words[0], 1);
    uint64_t end = l4_clock() + LIMIT_NS;
    while (!atomic_load(&over) && l4_clock() < end)
        l4_sleep_until(l4_clock() + 1000000);
    tap_ok(atomic_load(&over), "the thread runs on");
    tap_equal(atomic_load(&words[1]), FIRST, "with the registers of the first answer");
    tap_ok(l4_thread_state(t.handle, &info) || info.depth == 0, "at home");
    tap_error(l4_space_set_gate(L4_CAP_SPACE, L4_GATE_EXCEPTION, L4_HANDLE_NONE), L4_OK,
              "the gate is taken off");
    tap_error(l4_gate_destroy(gate), L4_OK, "and goes");
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    check_created_rights();
    check_running_registers();
    return tap_end();
}
