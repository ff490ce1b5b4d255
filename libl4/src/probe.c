// SPDX-License-Identifier: BSD-2-Clause
// Probes: see l4/probe.h. The handler runs on a visitor's activation while the probing thread waits below it;
// it changes that thread's RIP to the address the probe has noted, and writes down what happened.
#include <l4/probe.h>
#include <l4/gate.h>
#include <l4/space.h>
#include <l4/abi/fault.h>
#include <l4/proto/layout.h>

static struct probe last;
static uint64_t go_on; // where a fault of the probe continues; 0: no probe is running

// Words of the message: enum l4_reg from word 8 on.
static void handle_exception(struct l4_msg *m, struct l4_utcb *utcb)
{
    if (l4_tag_op(m->tag) != L4_OP_FAULT || l4_msg_label(m) != L4_FAULT_EXCEPTION || !go_on) {
        l4_answer(m, L4_EXC_ABORT, 0, 0);
        return;
    }
    last = (struct probe){
        .faulted = true,
        .vector = m->w[0],
        .error_code = m->w[3],
        .address = m->w[7],
        .reason = m->w[6] >> 32,
    };
    utcb->words[L4_WORDS_REGS + L4_REG_RIP] = go_on;
    utcb->words[L4_WORDS_REGS + L4_REG_RFLAGS] &= ~0x100ull; // a probe that steps does it once
    l4_answer(m, L4_EXC_RESUME_REGS, L4_REG_COUNT, 0);
}

L4_ENTRY_FAULT(probe_entry, handle_exception);

int probe_init(void)
{
    l4_handle_t gate;
    int error = l4_gate_create_entry(L4_CAP_SPACE, probe_entry, L4_POOL_VISITORS, false, &gate);
    return error ? error : l4_space_set_gate(L4_CAP_SPACE, L4_GATE_EXCEPTION, gate);
}

// rbx holds the stack pointer during the access: a call that faults in its target has pushed something. The
// access keeps clear of the red zone.
#define PROBE(instruction, ...)                                                                       \
    last = (struct probe){0};                                                                         \
    _Static_assert(sizeof(go_on) == 8, "holds an address");                                           \
    /* in assembly, because the place behind the access must have an address */                       \
    __asm__ volatile("lea 1f(%%rip), %%rax\n\tmov %%rax, %0\n\tmov %%rsp, %%rbx\n\t"                  \
                     "lea -128(%%rsp), %%rsp\n\t" instruction "\n1:\tmov %%rbx, %%rsp\n\tmovq $0, %0" \
                     : "+m"(go_on)                                                                    \
                     : __VA_ARGS__                                                                    \
                     : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc")

struct probe probe_read(uint64_t address)
{
    register uint64_t r12 __asm__("r12") = address;
    PROBE("movb (%1), %%cl", "r"(r12));
    return last;
}

struct probe probe_write(uint64_t address, uint8_t value)
{
    register uint64_t r12 __asm__("r12") = address;
    register uint64_t r13 __asm__("r13") = value;
    PROBE("movb %b2, (%1)", "r"(r12), "r"(r13));
    return last;
}

struct probe probe_execute(uint64_t address)
{
    register uint64_t r12 __asm__("r12") = address;
    PROBE("call *%1", "r"(r12));
    return last;
}
