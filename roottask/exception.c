// SPDX-License-Identifier: BSD-2-Clause
// The exception gate of every task: prints the FAULT line and ends the task. Entered by the thread that
// faulted (badge = the task it was in); it does not go back, so its vector registers need not be kept.
#include <l4/gate.h>
#include <l4/pager.h>
#include <l4/string.h>

#include "roottask/fault_name.h"
#include "roottask/print.h"
#include "roottask/task.h"

static enum l4_region_kind region_of(uint64_t task, uint64_t address)
{
    struct l4_task_region region;

    if (l4_task_region(task, address, &region) != L4_OK || region.kind >= L4_REGION_KINDS)
        return L4_REGION_NONE;
    return (enum l4_region_kind)region.kind;
}

static void read_code(uint64_t task, uint64_t address, struct fault_code *code)
{
    size_t count = 0;

    if (l4_task_read(task, address, code->byte, FAULT_CODE, &count) != L4_OK)
        count = 0;
    code->count = (unsigned)count;
}

// Where the function that was running would have returned to, if the stack still says so.
static void read_back(uint64_t task, struct fault *fault)
{
    size_t count = 0;

    if (l4_task_read(task, fault->sp, &fault->back, sizeof(fault->back), &count) != L4_OK ||
        count != sizeof(fault->back)) {
        fault->back = 0;
        return;
    }
    fault->back_region = region_of(task, fault->back);
    if (fault->back_region == L4_REGION_TEXT)
        read_code(task, fault->back - FAULT_CODE, &fault->before);
}

// The exception message, taken off the registers and the UTCB before the first call uses them.
static void take_message(const struct l4_msg *m, const struct l4_utcb *utcb, struct fault *fault)
{
    *fault = (struct fault){
        .vector = m->w[0],
        .ip = m->w[1],
        .sp = m->w[2],
        .error_code = m->w[3],
        .reason = m->w[6] >> 32,
        .address = m->w[7],
    };
    memcpy(fault->registers, &utcb->words[L4_WORDS_REGS], sizeof(fault->registers));
}

static void report(uint64_t task, uint64_t thread, struct fault *fault)
{
    char program[ROOT_NAME] = "?";
    struct fault_name name;

    fault->region = region_of(task, fault->address);
    fault->ip_region = region_of(task, fault->ip);
    read_code(task, fault->ip, &fault->code);
    read_back(task, fault);
    fault_name(fault, &name);
    if (task_name(task, program) != ROOT_ERR_OK)
        program[0] = '?';
    print("FAULT: program=%s thread=%llu kind=%s addr=0x%llx ip=0x%llx", program, (unsigned long long)thread,
          name.kind, (unsigned long long)name.address, (unsigned long long)name.ip);
}

// Named only by the entry code below.
__attribute__((used)) static void handle(struct l4_msg *m, struct l4_utcb *utcb)
{
    struct fault fault;

    if (l4_tag_op(m->tag) != L4_OP_FAULT || l4_msg_label(m) != L4_FAULT_EXCEPTION) {
        l4_answer(m, ROOT_ERR_BAD_REQUEST, 0, 0);
        return;
    }
    take_message(m, utcb, &fault);
    task_silence(m->handle);
    report(m->handle, m->w[4], &fault);
    // Another thread of the task may have been faster: it is ended in any case.
    if (task_end(m->handle, ROOT_END_FAULT, ROOT_STATUS_FAULT) != ROOT_ERR_OK)
        m->w[0] = ROOT_ERR_NO_TASK;
    l4_answer(m, L4_EXC_ABORT, 0, 0);
}

L4_ENTRY_GATE(exception_entry, handle);
