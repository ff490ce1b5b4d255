/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers NASM shares with C: compiled to assembly text only, from which scripts/mkoffsets makes offsets.inc.
 * Each name is edited in its C header alone.
 */
#include <l4/abi/layout.h>
#include <l4/abi/tag.h>

#include "kernel/arch/irq.h"
#include "kernel/arch/kmap.h"
#include "kernel/arch/trap.h"
#include "kernel/base/cpu_local.h"
#include "kernel/base/types.h"
#include "kernel/cap/cap.h"
#include "kernel/ipc/event.h"
#include "kernel/ipc/fast.h"
#include "kernel/space/record.h"

#define SHARE(name, value) __asm__ volatile("->" #name " %0" : : "i"(value))

void offsets(void);
void offsets_fast(void);
void offsets_event(void);

void offsets(void)
{
    /* marks in the assembly text, never executed */
    SHARE(KERNEL_BASE, KERNEL_BASE);
    SHARE(SELECTOR_KERNEL_CODE, SELECTOR_KERNEL_CODE);
    SHARE(SELECTOR_KERNEL_DATA, SELECTOR_KERNEL_DATA);
    SHARE(SELECTOR_USER_DATA, SELECTOR_USER_DATA);
    SHARE(SELECTOR_USER_CODE, SELECTOR_USER_CODE);
    SHARE(KERNEL_STACK_TOP, CPU_STACK_TOP(CPU_STACK_KERNEL));
    SHARE(CPU_CURRENT, CPU_LOCAL_PAGE + offsetof(struct cpu_local, current));
    SHARE(CPU_STACK_TOP, CPU_LOCAL_PAGE + offsetof(struct cpu_local, stack_top));
    SHARE(CPU_USER_RSP, CPU_LOCAL_PAGE + offsetof(struct cpu_local, user_rsp));
    SHARE(A_RIP, offsetof(struct activation, rip));
    SHARE(A_RSP, offsetof(struct activation, rsp));
    SHARE(A_RAX, offsetof(struct activation, regs) + 8 * L4_REG_RAX);
    SHARE(A_RBX, offsetof(struct activation, regs) + 8 * L4_REG_RBX);
    SHARE(A_RCX, offsetof(struct activation, regs) + 8 * L4_REG_RCX);
    SHARE(A_RDX, offsetof(struct activation, regs) + 8 * L4_REG_RDX);
    SHARE(A_RSI, offsetof(struct activation, regs) + 8 * L4_REG_RSI);
    SHARE(A_RDI, offsetof(struct activation, regs) + 8 * L4_REG_RDI);
    SHARE(A_RBP, offsetof(struct activation, regs) + 8 * L4_REG_RBP);
    SHARE(A_R8, offsetof(struct activation, regs) + 8 * L4_REG_R8);
    SHARE(A_R9, offsetof(struct activation, regs) + 8 * L4_REG_R9);
    SHARE(A_R10, offsetof(struct activation, regs) + 8 * L4_REG_R10);
    SHARE(A_R11, offsetof(struct activation, regs) + 8 * L4_REG_R11);
    SHARE(A_R12, offsetof(struct activation, regs) + 8 * L4_REG_R12);
    SHARE(A_R13, offsetof(struct activation, regs) + 8 * L4_REG_R13);
    SHARE(A_R14, offsetof(struct activation, regs) + 8 * L4_REG_R14);
    SHARE(A_R15, offsetof(struct activation, regs) + 8 * L4_REG_R15);
    SHARE(A_RFLAGS, offsetof(struct activation, regs) + 8 * ACT_REG_RFLAGS);
}

void offsets_fast(void)
{
    /* for the fast paths */
    SHARE(CPU_TOP, CPU_LOCAL_PAGE + offsetof(struct cpu_local, top));
    SHARE(CPU_USER_WORD, CPU_USER_ALIAS + offsetof(struct l4_cpu_page, utcb));
    SHARE(TAG_CALL, L4_OP_CALL | L4_FLAG_NATIVE);
    SHARE(TAG_NOP, L4_OP_CALL | L4_FLAG_NATIVE | (uint64_t)L4_NOP << L4_TAG_LABEL_SHIFT);
    SHARE(TAG_OK, L4_OP_KERNEL | L4_FLAG_NATIVE);
    /* every kind that there can be a capability to, but gates, through which a call goes */
    SHARE(NOP_KINDS, ((1 << L4_KIND_DEAD) - 1) & ~(1 << L4_KIND_NONE | 1 << L4_KIND_GATE));
    SHARE(TAG_REPLY, L4_OP_REPLY | L4_FLAG_NATIVE);
    SHARE(TAG_REPLY_WAIT, L4_OP_REPLY_WAIT | L4_FLAG_NATIVE);
    SHARE(TAG_WORDS_MASK, 0xff << L4_TAG_WORDS_SHIFT);
    SHARE(WORDS_MEM_MAX, L4_WORDS_MEM_MAX);
    SHARE(UTCB_MEMORY, offsetof(struct l4_utcb, words) + 8 * L4_WORDS_REGS);
    SHARE(SLOT_MASK, L4_SLOT_MASK);
    SHARE(RFLAGS_CLEAN, 0x202);
    SHARE(C_HANDLE, offsetof(struct cap, handle));
    SHARE(C_BADGE, offsetof(struct cap, badge));
    SHARE(C_ENTRY, offsetof(struct cap, entry));
    SHARE(C_RECORD, offsetof(struct cap, record));
    SHARE(C_SLOT, offsetof(struct cap, slot));
    SHARE(C_RIGHTS, offsetof(struct cap, rights));
    SHARE(RIGHT_CALL, L4_RIGHT_CALL);
    SHARE(C_KIND, offsetof(struct cap, kind));
    SHARE(R_FREE, offsetof(struct record, free));
    SHARE(FAST_NONE, FAST_NONE);
    SHARE(FAST_RECEIVER, FAST_RECEIVER);
    SHARE(FAST_CALLER, FAST_CALLER);
    SHARE(COST_UNUSABLE, COST_UNUSABLE);
    SHARE(A_LINK, offsetof(struct activation, link));
    SHARE(A_LIVE, offsetof(struct activation, live));
    SHARE(A_CR3, offsetof(struct activation, cr3));
    SHARE(A_CAPS, offsetof(struct activation, caps));
    SHARE(A_SP0, offsetof(struct activation, sp0));
    SHARE(A_RECORD, offsetof(struct activation, record));
    SHARE(A_SLOT, offsetof(struct activation, slot));
    SHARE(A_DEPTH, offsetof(struct activation, depth));
    SHARE(A_COST, offsetof(struct activation, cost));
    SHARE(A_PRIORITY, offsetof(struct activation, priority));
    SHARE(A_WAIT_RECORD, offsetof(struct activation, wait_record));
    SHARE(A_WAIT_HANDLE, offsetof(struct activation, wait_handle));
    SHARE(A_KUTCB, offsetof(struct activation, kutcb));
    SHARE(A_UTCB, offsetof(struct activation, utcb));
    SHARE(A_QUEUE, offsetof(struct activation, queue));
}

#define CPU_FIELD(name) (CPU_LOCAL_PAGE + offsetof(struct cpu_local, name))
#define NODE(name)      ((long)offsetof(struct thread, name) - (long)offsetof(struct thread, receiver))

void offsets_event(void)
{
    /* for those of events */
    SHARE(QUIRE_FASTPATH, QUIRE_FASTPATH);
    SHARE(IRQ_VECTOR_FIRST, IRQ_VECTOR_FIRST);
    SHARE(IRQ_VECTOR_LAST, IRQ_VECTOR_LAST);
    SHARE(KIND_EVENT, L4_KIND_EVENT);
    SHARE(RIGHT_WAIT, L4_RIGHT_WAIT);
    SHARE(TAG_LABEL_SHIFT, L4_TAG_LABEL_SHIFT);
    SHARE(LABEL_SIGNAL, L4_EVENT_SIGNAL);
    SHARE(LABEL_WAIT, L4_EVENT_WAIT);
    SHARE(STATE_READY, L4_THREAD_READY);
    SHARE(STATE_BLOCKED, L4_THREAD_BLOCKED);
    SHARE(WAIT_NOTHING, WAIT_NOTHING);
    SHARE(WAIT_EVENT, WAIT_EVENT);
    SHARE(FAST_NESTED, FAST_NESTED);
    SHARE(C_OBJECT, CAP_COLD_OFFSET + offsetof(struct cap_cold, object));
    SHARE(CPU_NUMBER, CPU_FIELD(number));
    SHARE(CPU_THREAD, CPU_FIELD(thread));
    SHARE(CPU_WOKEN, CPU_FIELD(woken));
    SHARE(CPU_TOP_BELOW, CPU_FIELD(top_below));
    SHARE(CPU_VECTOR_THREAD, CPU_FIELD(vector_thread));
    SHARE(CPU_TIMER_AT, CPU_FIELD(timer_at));
    SHARE(CPU_SLICE_END, CPU_FIELD(slice_end));
    SHARE(CPU_SWITCHES, CPU_FIELD(switches));
    SHARE(EVENT_IDLE, EVENT_IDLE);
    SHARE(EVENT_ONE, EVENT_ONE);
    SHARE(E_CPU, offsetof(struct event, cpu));
    SHARE(E_SHAPE, offsetof(struct event, shape));
    SHARE(E_LEVEL, offsetof(struct event, level));
    SHARE(E_PENDING, offsetof(struct event, pending));
    SHARE(E_WAITERS, offsetof(struct event, waiters));
    SHARE(S_STOPPED, offsetof(struct space, stopped));
    SHARE(S_CPUS, offsetof(struct space, cpus));
    SHARE(S_ROOT, offsetof(struct space, vs.root));
    SHARE(A_THREAD, offsetof(struct activation, thread));
    SHARE(A_SPACE, offsetof(struct activation, space));
    SHARE(A_FLAGS, offsetof(struct activation, flags));
    SHARE(ACT_FORGOT, ACT_FORGOT);
    SHARE(A_FULL, offsetof(struct activation, full));
    SHARE(T_STATE, offsetof(struct thread, state));
    SHARE(T_PRIORITY, offsetof(struct thread, priority));
    SHARE(T_SPECIAL, offsetof(struct thread, special));
    SHARE(T_BASE, offsetof(struct thread, base));
    SHARE(T_RECEIVER, offsetof(struct thread, receiver));
    SHARE(T_WAIT_ON, offsetof(struct thread, wait_on));
    SHARE(T_WAIT_MASK, offsetof(struct thread, wait_mask));
    SHARE(N_STATE, NODE(state));
    SHARE(N_PRIORITY, NODE(priority));
    SHARE(N_SPECIAL, NODE(special));
    SHARE(N_BASE, NODE(base));
    SHARE(N_CURRENT, NODE(current));
    SHARE(N_MOVE_TO, NODE(move_to));
    SHARE(N_DEADLINE, NODE(deadline.queued));
    SHARE(N_WAIT_ON, NODE(wait_on));
    SHARE(N_MASK, NODE(wait_mask));
}

_Static_assert(offsetof(struct thread, wait) == offsetof(struct thread, state) + 1, "written as one word");
_Static_assert(offsetof(struct list, prev) == 8, "the second word of a list");
