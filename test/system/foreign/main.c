// SPDX-License-Identifier: BSD-2-Clause
// System calls of other systems: they go to a handler in the space, with all registers as they were; without
// one they are exceptions, and so are all calls of a thread that is marked. A program for Linux, linked with
// musl, runs on such a handler, if there was a musl-gcc when this was built.
#include "foreign.h"

#include <l4/cap.h>
#include <l4/event.h>
#include <l4/gate.h>
#include <l4/ipc.h>
#include <l4/probe.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/string.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/abi/fault.h>

#define SECOND         1000000000ull
#define VECTOR_FOREIGN 256
#define STACK_WORDS    8192
#define FLAG_CARRY     1u
#define NOT_YET        (-1)

// Defined by the Linux program, if there is one.
extern const char linux_start[] __attribute__((weak));

struct frame foreign_last;

static uint64_t handler(void)
{
    return (uint64_t)(uintptr_t)foreign_entry;
}

static void check_operation(void)
{
    l4_handle_t poor = L4_HANDLE_NONE;
    uint64_t w[L4_WORDS_REGS] = {2};
    tap_error(l4_space_foreign(L4_CAP_SPACE, L4_USER_END), L4_ERR_RANGE, "a handler above the user's part");
    tap_error(l4_space_foreign(L4_CAP_SPACE, ~0ull), L4_ERR_RANGE, "at the very end");
    tap_error(l4_cap_copy(L4_CAP_SPACE, L4_CAP_SPACE, L4_SLOT_ANY, L4_RIGHT_CALL, &poor), L4_OK, "a copy");
    tap_error(l4_space_foreign(poor, handler()), L4_ERR_RIGHTS, "without the right to manage");
    tap_error(l4_object(L4_CAP_THREAD, L4_THREAD_FOREIGN, w), L4_ERR_ARG, "a mark that is neither");
    tap_error(l4_space_foreign(L4_CAP_SPACE, L4_USER_END - 1), L4_OK, "the last address");
    tap_error(l4_space_foreign(L4_CAP_SPACE, handler()), L4_OK, "a handler");
}

static void check_registers(void)
{
    uint64_t r[16] = {0};
    unsigned wrong = 0;
    tap_equal(foreign_probe(r), 0, "the red zone stays");
    for (unsigned i = L4_REG_RBX; i < L4_REG_RIP; i++)
        wrong += i != L4_REG_RCX && i != L4_REG_R11 && r[i] != 0x100 + i;
    tap_equal(wrong, 0, "registers come back");
    tap_equal(r[L4_REG_RAX], 4321, "with the result");
    tap_equal(r[L4_REG_R11], 1, "and the flags");
    tap_ok(foreign_last.rdi == 0x105 && foreign_last.rsi == 0x104 && foreign_last.rdx == 0x103 &&
               foreign_last.r10 == 0x109 && foreign_last.r8 == 0x107 && foreign_last.r9 == 0x108 &&
               foreign_last.rbx == 0x101 && foreign_last.rbp == 0x106,
           "the handler sees them");
    tap_ok(foreign_last.r11 & FLAG_CARRY, "r11 as the instruction left it");
    tap_equal(foreign_wrong, 0, "the words in the UTCB");
}

static uint64_t stack[STACK_WORDS] __attribute__((aligned(16)));
static uint64_t random_bytes[2] = {0x0123456789abcdef, 0xfedcba9876543210};

static uint64_t address(const void *p)
{
    return (uint64_t)(uintptr_t)p;
}

// Arguments, environment and the auxiliary vector, as Linux leaves them: at the stack pointer, aligned by 16.
static uint64_t *first_words(void)
{
    enum { AT_PAGESZ = 6, AT_RANDOM = 25 };
    const uint64_t words[] = {
        2,         address("program"),    address("hello"), 0, address("HOME=/home"), 0, AT_PAGESZ, 4096,
        AT_RANDOM, address(random_bytes), 0 /* end */,      0};
    uint64_t *sp = stack + STACK_WORDS - L4_ARRAY_SIZE(words);
    _Static_assert(sizeof(words) % 16 == 0, "the stack pointer is aligned");
    memcpy(sp, words, sizeof(words));
    return sp;
}

static const char expected[] = "# linux: 2 arguments, program and hello, HOME is /home\n"
                               "# linux: sum 1 is 1.0000\n"
                               "# linux: sum 2 is 1.5000\n"
                               "# linux: sum 3 is 1.8333\n"
                               "# linux: to stderr\n" // stdout is no terminal
                               "# linux: a write to nowhere is -1, Bad file descriptor\n"
                               "# linux: memory, 0 wrong\n";

static void check_linux(void)
{
    if (!linux_start) {
        tap_ok(true, "a program for Linux # SKIP built without musl-gcc");
        return;
    }
    tap_equal((uint64_t)linux_run(linux_start, first_words()), 7, "a program for Linux ends");
    tap_equal(linux_written_bytes, sizeof(expected) - 1, "it wrote so many bytes");
    tap_ok(memcmp(linux_written, expected, sizeof(expected) - 1) == 0, "the right ones");
    tap_equal(linux_unknown, 0, "calls that nobody knows");
    tap_equal(foreign_wrong, 0, "the words in the UTCB, each time");
    tap_note("musl %s, %u system calls", MUSL_VERSION, foreign_calls);
}

static l4_handle_t event;
static uint64_t seen_vector, seen_tag, seen_calls;

// Answers every exception of a marked thread as if its call had been one on a kernel object that went well.
static void emulate(struct l4_msg *m, struct l4_utcb *utcb)
{
    uint64_t *r = utcb->words + L4_WORDS_REGS;
    seen_vector = m->w[0];
    seen_tag = r[L4_REG_RAX];
    seen_calls++;
    r[L4_REG_RAX] = l4_tag(L4_OP_KERNEL, L4_ERR_BUSY, 0, 0);
    l4_answer(m, L4_EXC_RESUME_REGS, L4_REG_COUNT, 0);
}
L4_ENTRY_FAULT(emulate_entry, emulate);

static void visit(struct l4_msg *m, struct l4_utcb *utcb)
{
    (void)utcb;
    l4_answer(m, (uint32_t)l4_event_signal(event, 2), 0, 0); // by who visits: a native call
}
L4_ENTRY_GATE(visit_entry, visit);

static l4_handle_t gate;
static int marked_error[3] = {NOT_YET, NOT_YET, NOT_YET};
static struct l4_thread marked;

static void run_marked(void *argument)
{
    uint64_t taken;
    struct l4_msg m;
    (void)argument;
    marked_error[0] = l4_event_wait(event, 1, l4_clock() + 5 * SECOND, &taken); // marked in here
    marked_error[1] = l4_event_signal(event, 8);
    l4_msg_init(&m, gate, 0);
    marked_error[2] = l4_call(&m);
    __atomic_store_n(&marked.argument, &marked, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&marked.argument, __ATOMIC_SEQ_CST))
        ;
}

static void check_marked(void)
{
    l4_handle_t exceptions = L4_HANDLE_NONE;
    uint64_t end, taken = 0;
    tap_error(l4_gate_create_entry(L4_CAP_SPACE, emulate_entry, L4_POOL_VISITORS, false, &exceptions), L4_OK,
              "a handler of exceptions");
    tap_error(l4_space_set_gate(L4_CAP_SPACE, L4_GATE_EXCEPTION, exceptions), L4_OK, "is set");
    tap_error(l4_gate_create_entry(L4_CAP_SPACE, visit_entry, L4_POOL_VISITORS, false, &gate), L4_OK,
              "a gate");
    tap_error(l4_event_create(L4_CAP_SPACE, &event, NULL), L4_OK, "an event");
    int error = l4_thread_create(&marked, 40);
    tap_error(error ? error : l4_thread_start(&marked, run_marked, NULL, 0), L4_OK, "a thread");
    l4_sleep_until(l4_clock() + SECOND / 20);
    tap_error(l4_thread_foreign(marked.handle, true), L4_OK, "is marked");
    tap_error(l4_event_signal(event, 1), L4_OK, "and goes on");
    end = l4_clock() + 3 * SECOND;
    while (!__atomic_load_n(&marked.argument, __ATOMIC_SEQ_CST) && l4_clock() < end)
        l4_sleep_until(l4_clock() + SECOND / 100);
    tap_error(marked_error[0], L4_OK, "the call it was in ends as it would");
    tap_error(marked_error[1], L4_ERR_BUSY, "the next ones are what the handler says");
    tap_error(marked_error[2], L4_ERR_BUSY, "native as they are");
    tap_equal(seen_vector, VECTOR_FOREIGN, "the vector");
    tap_equal(seen_calls, 2, "each once");
    tap_equal(l4_tag_op(seen_tag), L4_OP_CALL, "with its tag");
    tap_error(l4_event_wait(event, ~0ull, L4_DEADLINE_POLL, &taken), L4_ERR_TIMEOUT, "nothing was done");
    tap_error(l4_thread_destroy(marked.handle), L4_OK, "it goes");
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    check_operation();
    check_registers();
    check_linux();
    tap_error(l4_space_foreign(L4_CAP_SPACE, 0), L4_OK, "no handler any more");
    check_marked();
    uint64_t r[16] = {0};
    seen_calls = 0;
    (void)foreign_probe(r);
    tap_equal(seen_calls, 1, "without a handler a call is an exception");
    tap_equal(seen_tag, 1000, "with its number");
    return tap_end();
}
