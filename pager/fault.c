// SPDX-License-Identifier: BSD-2-Clause
// Page faults and context-switch faults of all tasks. The faulting thread itself walks in here; several may
// be in at once, the books are locked for the time of a decision. Nothing a task controls (address, access,
// index) is used before it is compared with the task's own books, and nothing of it leads to an abort.
//
// Pages that stay until the task goes (text, data, stacks, UTCBs, start-up, archive) are mapped by items of
// the answer. Anonymous pages may be freed by another thread of the task between books and answer, so they
// are mapped here, under the lock.
#include "pager/fault.h"
#include "pager/memory.h"
#include "pager/pages.h"
#include <l4/condition.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/abi/fault.h>
#include <l4/proto/layout.h>

#define FAULTS_IN_VAIN 8 // the same fault so often without progress is refused
#define PAGE_LOG2      12

static uint64_t faults; // since boot, of all tasks

uint64_t fault_count(void)
{
    return faults;
}

struct fault {
    uint64_t address;
    unsigned access;
    unsigned items; // in the answer
};

// A fault of this task was decided: L4_OK or the refusal.
static int counted(struct task *task, int error)
{
    if (error)
        task->refused++;
    return error;
}

static void answer_with(struct fault *fault, uint64_t source, uint64_t target, unsigned size_log2,
                        unsigned access)
{
    l4_msg_put_map(2 * fault->items, source, target, size_log2, access);
    fault->items++;
}

static int stack_fault(struct task *task, struct fault *fault, enum stack_touch touch, uint32_t index)
{
    uint64_t page = l4_page_down(fault->address), source;
    if (!slots_is_out(&task->slots, index))
        return L4_ERR_RANGE;
    if (touch == STACK_OVERFLOW)
        return L4_ERR_LIMIT;
    if (fault->access & L4_EXEC)
        return L4_ERR_RIGHTS;
    bool fresh = !pages_source(task, page);
    int error = pages_bring(task, page, NULL, &source);
    if (error)
        return error;
    task->stack_pages += fresh;
    answer_with(fault, source, page, PAGE_LOG2, L4_READ | L4_WRITE);
    return L4_OK;
}

// A UTCB page comes by a switch fault only; here it is shown again, if it is there.
static int utcb_fault(struct task *task, struct fault *fault)
{
    uint64_t page = l4_page_down(fault->address);
    uint64_t source = pages_source(task, page);
    if (!source)
        return L4_ERR_RANGE;
    if (fault->access & L4_EXEC)
        return L4_ERR_RIGHTS;
    answer_with(fault, source, page, PAGE_LOG2, L4_READ | L4_WRITE);
    return L4_OK;
}

static int region_fault(struct task *task, struct fault *fault)
{
    uint64_t page = l4_page_down(fault->address), source;
    const struct region *region = regions_find(&task->regions, fault->address);
    if (!region || region->kind == REGION_CLOSING)
        return L4_ERR_RANGE;
    if (fault->access & ~region->access)
        return L4_ERR_RIGHTS;
    int error = pages_bring(task, page, region, &source);
    if (error)
        return error;
    if (region->kind == L4_REGION_ANONYMOUS)
        return l4_space_map(l4_lend(&task->space), source, page, L4_PAGE_SIZE, region->access, NULL);
    answer_with(fault, source, page, PAGE_LOG2, region->access);
    return L4_OK;
}

static int page_fault(struct task *task, const struct l4_msg *m, struct fault *fault)
{
    struct stack_place place;
    uint32_t first;
    fault->address = m->w[0];
    fault->access = (unsigned)m->w[3] & L4_RWX;
    task->page_faults++;
    if (m->w[7] >= FAULTS_IN_VAIN)
        return L4_ERR_FAULT;
    if (fault->address >= L4_USER_END)
        return L4_ERR_RANGE;
    enum stack_touch touch = areas_stack(&task->areas, fault->address, &place);
    if (touch != STACK_ELSEWHERE)
        return stack_fault(task, fault, touch, place.index);
    if (areas_utcb(&task->areas, fault->address, &first))
        return utcb_fault(task, fault);
    return region_fault(task, fault);
}

// One answer for both: the page of the UTCB and the first of the stack.
static int switch_fault(struct task *task, const struct l4_msg *m, struct fault *fault)
{
    uint64_t source;
    task->switch_faults++;
    if (m->w[0] >= task->areas.indices || !slots_is_out(&task->slots, (uint32_t)m->w[0]))
        return L4_ERR_RANGE;
    uint32_t index = (uint32_t)m->w[0];
    uint64_t utcb = areas_utcb_page(&task->areas, index);
    uint64_t stack = areas_stack_first(&task->areas, index);
    if (m->w[7] & L4_SWITCH_UTCB) {
        bool fresh = !pages_source(task, utcb);
        int error = pages_bring(task, utcb, NULL, &source);
        if (error)
            return error;
        task->utcb_pages += fresh;
        answer_with(fault, source, utcb, PAGE_LOG2, L4_READ | L4_WRITE);
    }
    if (m->w[7] & L4_SWITCH_STACK) {
        bool fresh = !pages_source(task, stack);
        int error = pages_bring(task, stack, NULL, &source);
        if (error)
            return error;
        task->stack_pages += fresh;
        answer_with(fault, source, stack, PAGE_LOG2, L4_READ | L4_WRITE);
    }
    return L4_OK;
}

static struct l4_condition added; // some task got its indices

// Who adds indices for this task now; false: the task is gone, or somebody else was at it and is done (then
// the thread looks again, and asks again if others were quicker). Without this every thread that starts while
// one asks would bring four more, and UTCB pages would stay half empty.
static bool begin_adding(uint64_t id, int *error)
{
    bool mine = false;
    l4_mutex_lock(&books);
    struct task *task = task_find(id);
    faults++;
    *error = task ? L4_OK : L4_ERR_DEAD;
    if (task) {
        task->switch_faults++;
        mine = !task->adding;
        task->adding = true;
        if (!mine && l4_condition_wait(&added, &books, L4_DEADLINE_NEVER))
            mine = true; // cancelled: it does not wait for anybody, so it adds some itself
    }
    l4_mutex_unlock(&books);
    return mine;
}

static void end_adding(uint64_t id)
{
    l4_mutex_lock(&books);
    struct task *task = task_find(id);
    if (task)
        task->adding = false;
    l4_condition_wake_all_unlock(&added, &books);
}

// Threads that wait for their turn in here asked when there was none; by now there may be some for them. If
// others take those first, they ask again.
static bool has_free_index(uint64_t id)
{
    uint64_t counters[8] = {0};
    l4_mutex_lock(&books);
    struct task *task = task_find(id);
    l4_handle_t space = task ? l4_lend(&task->space) : L4_HANDLE_NONE;
    l4_mutex_unlock(&books);
    int error = l4_space_counters(space, L4_SPACE_HOME_FREE_COUNT, counters);
    return !error && counters[0] > 0;
}

// Home threads may have as many activations as the area holds; the visitors' pools stay as they were made,
// their size is the limit and callers queue.
static int more_indices(uint64_t id, uint64_t pool)
{
    int error;
    if (pool != L4_POOL_HOME)
        return L4_ERR_LIMIT;
    if (!begin_adding(id, &error))
        return error;
    if (!has_free_index(id))
        error = task_indices(id, NULL, L4_POOL_HOME, L4_INDEX_BLOCK);
    end_adding(id);
    return error;
}

static int decide(uint64_t id, const struct l4_msg *m, struct fault *fault)
{
    int error;
    l4_mutex_lock(&books);
    struct task *task = task_find(id);
    faults++;
    if (!task)
        error = L4_ERR_DEAD;
    else if (l4_msg_label(m) == L4_FAULT_PAGE)
        error = counted(task, page_fault(task, m, fault));
    else
        error = counted(task, switch_fault(task, m, fault));
    l4_mutex_unlock(&books);
    return error;
}

static void handle_fault(struct l4_msg *m, struct l4_utcb *utcb)
{
    struct fault fault = {0};
    uint32_t label = l4_msg_label(m);
    int error;
    (void)utcb;
    if (l4_tag_op(m->tag) != L4_OP_FAULT || (label != L4_FAULT_PAGE && label != L4_FAULT_SWITCH))
        error = L4_ERR_NOSYS;
    else if (label == L4_FAULT_SWITCH && (m->w[7] & L4_SWITCH_INDEX))
        error = more_indices(m->handle, m->w[6]);
    else
        error = decide(m->handle, m, &fault);
    if (error)
        fault.items = 0;
    l4_answer(m, (uint32_t)error, 2 * fault.items, fault.items);
    task_recount();
}

L4_ENTRY_FAULT(fault_entry, handle_fault);

int fault_open(l4_handle_t *gate)
{
    return l4_gate_create_entry(L4_CAP_SPACE, fault_entry, L4_POOL_VISITORS, false, gate);
}
