/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults and exceptions as messages. A fault goes through the gate of the space the thread is in; all general
 * registers stay in the activation. What cannot be delivered goes to the exception gate once; failing that,
 * a visit is aborted with L4_ERR_FAULT and a thread at home is halted.
 */
#include "kernel/base/assert.h"
#include "kernel/ipc/ipc.h"
#include "kernel/map/mapdb.h"

#define VECTOR_PAGE_FAULT 14
#define VECTOR_FOREIGN    256 /* beyond the processor's: a system call that is not a native one */
#define VECTOR_SWITCH     257 /* likewise: a switch fault nobody answered */
#define INDEX_LIMIT       64  /* times a thread asks for indices and finds none left for it */
#define PROGRESS_LIMIT    16  /* equal page faults in a row before they count as an exception */

/* User-changeable bits of RFLAGS; the others are 0 but for IF and bit 1. SDM vol. 1, 3.4.3. */
#define RFLAGS_USER UINT64_C(0x254dd5)
#define RFLAGS_BASE UINT64_C(0x202)

/* SDM vol. 3, 4.7: page-fault error code. */
#define PF_PRESENT 1
#define PF_WRITE   2
#define PF_FETCH   16

uint64_t ipc_exceptions;

static void frame_open(struct thread *t, enum frame_state frame)
{
    struct activation *a = t->current;

    if (!frame_is_fault(a->frame))
        t->faults++;
    a->mapped = 0;
    a->frame = (uint8_t)frame;
}

static void frame_close(struct thread *t)
{
    ASSERT(frame_is_fault(t->current->frame));
    t->current->frame = FRAME_OPEN;
    t->faults--;
}

void fault_send(struct thread *t)
{
    struct activation *a = t->current;
    enum l4_space_gate which = a->frame == FRAME_EXCEPTION ? L4_GATE_EXCEPTION : L4_GATE_PAGER;
    uint64_t badge;
    struct gate *g = gate_ref_get(&a->space->fault_gate[which], &badge);

    if (g)
        gate_send(t, g, badge);
    else
        frame_error(t, L4_ERR_FAULT);
}

/* A page or switch fault becomes an exception, which is asked for once more. */
static void fault_escalate(struct thread *t, uint64_t reason)
{
    struct activation *a = t->current;
    uint64_t first = a->fault[0];
    uint64_t access = a->fault[1];
    bool page = a->frame == FRAME_PAGE;

    a->fault[0] = page ? VECTOR_PAGE_FAULT : VECTOR_SWITCH;
    a->fault[1] = page ? access >> 16 : first;
    a->fault[2] = page ? first : a->utcb;
    a->fault[3] = reason & UINT32_MAX;
    a->frame = FRAME_EXCEPTION;
    ipc_exceptions++;
    fault_send(t);
}

bool fault_failed(struct thread *t, uint64_t reason)
{
    if (t->current->frame != FRAME_EXCEPTION) {
        fault_escalate(t, reason);
        return true;
    }
    frame_close(t);
    if (t->current == t->base) {
        thread_halt(t);
        return true;
    }
    t->current->flags |= ACT_RETIRED;
    supervisor_tell(t->current->space);
    if (visit_leave(t)) {
        frame_error(t, L4_ERR_FAULT);
        return true;
    }
    if (!t->object.dying)
        thread_destroy(t);
    return false;
}

void fault_exception(struct thread *t, uint64_t vector, uint64_t error_code, uint64_t extra, uint64_t reason)
{
    struct activation *a = t->current;

    frame_open(t, FRAME_EXCEPTION);
    a->fault[0] = vector;
    a->fault[1] = error_code;
    a->fault[2] = extra;
    a->fault[3] = reason & UINT32_MAX;
    ipc_exceptions++;
    fault_send(t);
}

void fault_foreign(struct thread *t, bool flagged)
{
    struct activation *a = t->current;
    uint64_t handler = a->space->foreign;
    struct l4_utcb *utcb = activation_utcb(a);

    a->full = 1;
    a->regs[ACT_REG_RFLAGS] = a->regs[L4_REG_R11];
    if (flagged || !handler) {
        fault_exception(t, VECTOR_FOREIGN, 0, 0, 0);
    } else if (!utcb) {
        a->flags |= ACT_AGAIN; /* it went a moment ago: the call is decoded anew when it is back */
    } else {
        utcb->foreign_ip = a->rip;
        utcb->foreign_flags = a->regs[L4_REG_R11];
        a->rip = handler;
        a->regs[ACT_REG_RFLAGS] = RFLAGS_BASE;
    }
}

/* True when the access is allowed by now: another thread's fault brought the page. */
static bool access_allowed(struct activation *a, uint64_t address, uint64_t access)
{
    return vspace_access(&a->space->vs, address, (unsigned)access);
}

void fault_page(struct thread *t, uint64_t address, uint64_t error_code)
{
    struct activation *a = t->current;
    uint64_t access = error_code & PF_FETCH ? L4_EXEC : error_code & PF_WRITE ? L4_WRITE : L4_READ;

    a->space->page_faults++;
    space_totals.page_faults++;
    if (address >= L4_USER_END) {
        fault_exception(t, VECTOR_PAGE_FAULT, error_code, address, L4_ERR_RANGE);
        return;
    }
    if (address == a->progress_address && a->rip == a->progress_ip) {
        a->progress_count++;
    } else {
        a->progress_address = address;
        a->progress_ip = a->rip;
        a->progress_count = 0;
    }
    if (a->progress_count >= PROGRESS_LIMIT) {
        a->progress_count = 0;
        fault_exception(t, VECTOR_PAGE_FAULT, error_code, address, L4_ERR_FAULT);
        return;
    }
    if (access_allowed(a, address, access))
        return; /* the stale translation went with the fault: SDM vol. 3, 4.10.4.1 */
    frame_open(t, FRAME_PAGE);
    a->fault[0] = address;
    a->fault[1] = access | (error_code & PF_PRESENT) << 8 | error_code << 16;
    a->fault[2] = a->progress_count;
    fault_send(t);
}

/*
 * The answer to the last switch fault did not help. Indices are different: other threads may have taken those
 * the pager added before this one came to run, so it asks again, but not for ever. (Such an activation has
 * never run: the count is its own.)
 */
static bool asked_in_vain(struct activation *a)
{
    if (a->index == ACT_NO_INDEX)
        return ++a->progress_count > INDEX_LIMIT;
    return a->flags & ACT_TRIED;
}

void fault_switch(struct thread *t)
{
    struct activation *a = t->current;

    if (asked_in_vain(a)) {
        a->flags &= (uint8_t)~ACT_TRIED;
        a->progress_count = 0;
        fault_exception(t, VECTOR_SWITCH, a->index, a->utcb, L4_ERR_UTCB);
        return;
    }
    a->flags |= ACT_TRIED;
    a->space->switch_faults++;
    space_totals.switch_faults++;
    frame_open(t, FRAME_SWITCH);
    a->fault[0] = a->index == ACT_NO_INDEX ? L4_SWITCH_INDEX : L4_SWITCH_UTCB | L4_SWITCH_STACK;
    fault_send(t);
}

static enum l4_error resume_with_registers(struct activation *a, struct activation *from)
{
    const struct l4_utcb *utcb = activation_utcb(from);
    const uint64_t *w;

    if (!utcb)
        return L4_ERR_UTCB;
    w = utcb->words + L4_WORDS_REGS;
    if (w[L4_REG_RIP] >= L4_USER_END)
        return L4_ERR_RANGE;
    for (unsigned i = 0; i < L4_REG_RIP; i++)
        a->regs[i] = w[i];
    a->rip = w[L4_REG_RIP];
    a->rsp = w[L4_REG_RSP];
    a->regs[ACT_REG_RFLAGS] = (w[L4_REG_RFLAGS] & RFLAGS_USER) | RFLAGS_BASE;
    a->full = 1;
    return L4_OK;
}

enum l4_error fault_take(struct activation *a, struct activation *from, const struct message *m)
{
    uint32_t label = l4_tag_label(m->tag);

    if (a->frame != FRAME_EXCEPTION)
        return label == 0 ? message_fetch(from, a, m->tag, FETCH_FAULT) : L4_OK;
    if (label > L4_EXC_ABORT)
        return L4_ERR_ARG;
    if (label != L4_EXC_RESUME_REGS)
        return L4_OK;
    return l4_tag_words(m->tag) == L4_REG_COUNT ? resume_with_registers(a, from) : L4_ERR_ARG;
}

void fault_finish(struct thread *t, const struct message *m)
{
    uint32_t label = l4_tag_label(m->tag);

    if (t->current->frame != FRAME_EXCEPTION && label != 0)
        frame_error(t, label);
    else if (t->current->frame == FRAME_EXCEPTION && label == L4_EXC_ABORT)
        frame_error(t, L4_ERR_FAULT);
    else
        frame_close(t);
}
