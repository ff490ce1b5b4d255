// SPDX-License-Identifier: BSD-2-Clause
// A data breakpoint on a word of this program (boot argument watch=ADDRESS of check builds,
// test/boot/watch.py): MOV SS from that word holds the debug exception back until after the next instruction
// (SDM 3, 6.8.3). When that one enters the kernel, the exception comes at the kernel's first instruction,
// behind SYSCALL with the user's stack pointer (CVE-2018-8897). It must be as if nothing had happened.
#include "test/system/traps/traps.h"

#include <l4/event.h>
#include <l4/gate.h>
#include <l4/ipc.h>
#include <l4/pager.h>
#include <l4/probe.h>
#include <l4/program.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#define ROUNDS   200
#define APART    (64ull << 20)
#define DB       1
#define BP       3
#define GP       13
#define DR6_B0   1u
#define DR6_BS   0x4000u
#define PRIORITY 80

// watch_call(where, tag, handle): a system call right behind `mov ss` from there; all words 0 but word 0,
// which is 7. Returns the answer's tag, word 0 of it in rdx.
struct l4_short watch_call(volatile uint16_t *where, uint64_t tag, l4_handle_t handle);
void watch_int3(void); // these two with the address in r13
void watch_int80(void);
void watch_only(void);

// Raw instructions: the order of two of them is what is tested.
_Static_assert(sizeof(struct l4_short) == 16, "tag and word 0 are returned in rax and rdx");
__asm__(".pushsection .text.watch,\"ax\",@progbits\n"
        ".globl watch_call, watch_int3, watch_int80, watch_only\n"
        "watch_call:\n"
        "    push %rbx\n    push %rbp\n    push %r12\n    push %r13\n    push %r14\n    push %r15\n"
        "    mov %rsi, %rax\n    mov %rdi, %rcx\n    mov %rdx, %rdi\n    mov $7, %edx\n    xor %esi, %esi\n"
        "    xor %r8d, %r8d\n    xor %r9d, %r9d\n    xor %r10d, %r10d\n"
        "    mov (%rcx), %ss\n    syscall\n"
        "    pop %r15\n    pop %r14\n    pop %r13\n    pop %r12\n    pop %rbp\n    pop %rbx\n    ret\n"
        "watch_int3:\n    mov watched(%rip), %rcx\n    mov (%rcx), %ss\n    int3\n    ret\n"
        "watch_int80:\n    mov watched(%rip), %rcx\n    mov (%rcx), %ss\n    int $0x80\n    ret\n"
        "watch_only:\n    mov watched(%rip), %rcx\n    mov (%rcx), %ss\n    nop\n    nop\n    ret\n"
        ".popsection\n");

volatile uint16_t *watched;

static void handle(struct l4_msg *m, struct l4_utcb *utcb)
{
    (void)utcb;
    l4_answer(m, 9, 0, 0);
    m->w[0]++;
}
L4_ENTRY_GATE(watch_entry, handle);

static void serve(void *argument)
{
    int error = l4_serve(*(l4_handle_t *)argument, handle);
    (void)error;
}

static struct probe execute(void (*code)(void))
{
    return probe_execute((uint64_t)(uintptr_t)code);
}

// What of it is a program's own affair: the breakpoint is there, and behind MOV SS it comes one later.
static void check_armed(void)
{
    struct probe p = probe_read((uint64_t)(uintptr_t)watched);
    tap_ok(p.faulted && p.vector == DB && p.address & DR6_B0, "the breakpoint is armed");
    tap_note("vector %lu, DR6 %lx", p.vector, p.address);
    p = execute(watch_only);
    tap_ok(p.faulted && p.vector == DB && p.address & DR6_B0, "also for mov ss");
}

static void check_calls(l4_handle_t gate, l4_handle_t queue, l4_handle_t event)
{
    const struct {
        const char *what;
        uint64_t tag;
        l4_handle_t handle;
        uint64_t label, word;
    } calls[] = {
        {"the operation that does nothing", l4_tag(L4_OP_CALL, L4_NOP, 0, 0), event, L4_OK, 7},
        {"an operation in C", l4_tag(L4_OP_CALL, L4_THREAD_YIELD, 0, 0), L4_CAP_THREAD, L4_OK, 7},
        {"a call through an entry gate", l4_tag(L4_OP_CALL, 1, 0, 0), gate, 9, 8},
        {"a call through a queue gate", l4_tag(L4_OP_CALL, 1, 0, 0), queue, 9, 8},
        {"an unknown call", l4_tag(0x40, 1, 0, 0), gate, L4_ERR_NOSYS, 7},
    };
    for (unsigned i = 0; i < L4_ARRAY_SIZE(calls); i++) {
        unsigned wrong = 0;
        for (unsigned round = 0; round < ROUNDS; round++) {
            struct l4_short answer = watch_call(watched, calls[i].tag, calls[i].handle);
            wrong += l4_tag_label(answer.tag) != calls[i].label;
            wrong += calls[i].label == 9 && answer.w0 != calls[i].word;
        }
        tap_equal(wrong, 0, calls[i].what);
    }
}

void check_watch(void)
{
    static l4_handle_t gate, queue;
    l4_handle_t event;
    static struct l4_thread server;
    void *page = NULL;
    uint16_t stack_segment;
    // The breakpoint is one of all spaces: in a place that no other program has memory at.
    tap_error(l4_memory_alloc(APART + 4096, &page), L4_OK, "many addresses");
    page = (char *)page + APART;
    tap_equal((uint64_t)(uintptr_t)page, L4_ANON_BASE + APART, "where the breakpoint is");
    // Contract: nothing but the selector. no assertion: it cannot fail.
    __asm__ volatile("mov %%ss, %0" : "=r"(stack_segment));
    watched = page;
    struct probe p = probe_write((uint64_t)(uintptr_t)page, 0); // here the breakpoint may come, too
    tap_ok(p.faulted && p.vector == DB, "a store meets it");
    p = probe_write((uint64_t)(uintptr_t)page, (uint8_t)stack_segment);
    tap_ok(stack_segment < 256 && p.faulted && p.vector == DB, "also that of a selector");
    tap_error(l4_gate_create_entry(L4_CAP_SPACE, watch_entry, L4_POOL_VISITORS, false, &gate), L4_OK,
              "a gate");
    tap_error(l4_gate_create_queue(L4_CAP_SPACE, false, &queue), L4_OK, "a queue");
    tap_error(l4_event_create(L4_CAP_SPACE, &event, NULL), L4_OK, "an event");
    int error = l4_thread_create(&server, PRIORITY);
    tap_error(error ? error : l4_thread_start(&server, serve, &queue, l4_cpu()), L4_OK, "its server");
    check_armed();
    check_calls(gate, queue, event);
    p = execute(watch_int3);
    tap_ok(p.faulted && p.vector == BP, "int3 behind it is a breakpoint exception");
    p = execute(watch_int80);
    tap_ok(p.faulted && p.vector == GP, "int 0x80 a protection fault");
    p = execute(trap_step);
    tap_ok(p.faulted && p.vector == DB && p.address & DR6_BS && !(p.address & DR6_B0),
           "nothing of it is left in DR6");
    check_armed();
}
