// SPDX-License-Identifier: BSD-2-Clause
// Requests of tasks: decoding, checking, answering. Each function names its arguments first, checks them,
// then acts. The badge was minted by the pager, so the id in it is the caller's; the TASK requests need
// L4_BADGE_TASKS.
#include "pager/create.h"
#include "pager/fault.h"
#include "pager/memory.h"
#include "pager/pages.h"
#include "pager/service.h"
#include <l4/program.h>
#include <l4/string.h>
#include <l4/proto/layout.h>

static int task_create(struct request *r)
{
    uint64_t cpus = r->m->w[2] >> 16, length = r->m->w[4], flags = r->m->w[5];
    char path[L4_TASK_PATH_MAX + 1];
    struct created created;
    struct create_options options = {
        .path = path,
        .memory = r->m->w[0],
        .quota = r->m->w[1],
        .cpus = cpus ? cpus : L4_CPU_ALL,
        .max_priority = (unsigned)(r->m->w[2] & 0xffff),
        .visitors = r->m->w[3] < L4_TASK_INDICES ? (unsigned)r->m->w[3] : L4_TASK_INDICES,
        .badge_flags = flags & L4_TASK_ARCHIVE ? L4_BADGE_ARCHIVE : 0,
    };
    if (length == 0 || length > L4_TASK_PATH_MAX || length > r->bytes || (flags & ~(uint64_t)L4_TASK_FLAGS) ||
        options.max_priority >= L4_PRIORITIES || r->m->w[3] > L4_TASK_INDICES - L4_INDEX_BLOCK)
        return L4_ERR_ARG;
    memcpy(path, l4_msg_bytes(), length);
    path[length] = '\0';
    int error = create_task(&options, &created);
    if (error)
        return error;
    r->m->w[0] = created.id;
    r->m->w[1] = created.entry;
    l4_msg_put_cap(0, created.space, L4_RIGHT_MANAGE | L4_RIGHT_GIVE);
    r->items = 1;
    return L4_OK;
}

static int task_start(struct request *r)
{
    uint64_t id = r->m->w[0], priority = r->m->w[1];
    l4_handle_t thread;
    if (priority >= L4_PRIORITIES)
        return L4_ERR_ARG;
    int error = create_first_thread(id, (unsigned)priority, &thread);
    if (error)
        return error;
    l4_msg_put_cap(0, thread, L4_RIGHT_MANAGE | L4_RIGHT_GIVE);
    r->items = 1;
    return L4_OK;
}

static int task_destroy(struct request *r)
{
    uint64_t id = r->m->w[0];
    if (id == r->caller)
        return L4_ERR_STATE; // who destroys itself cannot be answered
    return create_destroy(id);
}

static int task_startup(struct request *r)
{
    uint64_t id = r->m->w[0], offset = r->m->w[1], bytes = r->m->w[2];
    if (bytes > L4_PAGER_BYTES || bytes > r->bytes)
        return L4_ERR_ARG;
    return create_startup(id, offset, l4_msg_bytes(), bytes);
}

static int task_read(struct request *r)
{
    uint64_t id = r->m->w[0], address = r->m->w[1], bytes = r->m->w[2], done = 0;
    if (bytes > L4_PAGER_BYTES)
        return L4_ERR_ARG;
    if (address >= L4_USER_END || bytes > L4_USER_END - address)
        return L4_ERR_RANGE;
    l4_mutex_lock(&books);
    struct task *task = task_find(id);
    while (task && done < bytes) {
        uint64_t source = pages_source(task, address + done);
        uint64_t within = (address + done) & L4_PAGE_MASK;
        uint64_t part = L4_PAGE_SIZE - within < bytes - done ? L4_PAGE_SIZE - within : bytes - done;
        if (!source)
            break;
        memcpy(l4_msg_bytes() + done, (const char *)(uintptr_t)source + within, part);
        done += part;
    }
    l4_mutex_unlock(&books);
    r->m->w[0] = done;
    r->words = l4_msg_end_bytes(done);
    return task ? L4_OK : L4_ERR_DEAD;
}

static int task_region(struct request *r)
{
    uint64_t id = r->m->w[0], address = r->m->w[1];
    l4_mutex_lock(&books);
    struct task *task = task_find(id);
    if (task)
        service_describe(task, address, r->m->w);
    l4_mutex_unlock(&books);
    return task ? L4_OK : L4_ERR_DEAD;
}

static int pager_counters(struct request *r)
{
    l4_mutex_lock(&books);
    struct memory_counts counts = memory_counts();
    uint64_t tasks = task_count(), faults = fault_count();
    l4_mutex_unlock(&books);
    r->m->w[L4_PAGER_COUNT_FRAMES] = counts.frames;
    r->m->w[L4_PAGER_COUNT_FREE] = counts.free + counts.held;
    r->m->w[L4_PAGER_COUNT_ZEROED] = counts.zeroed;
    r->m->w[L4_PAGER_COUNT_ZERO_HITS] = counts.hits;
    r->m->w[L4_PAGER_COUNT_ZERO_MISSES] = counts.misses;
    r->m->w[L4_PAGER_COUNT_TASKS] = tasks;
    r->m->w[L4_PAGER_COUNT_FAULTS] = faults;
    r->m->w[7] = 0;
    return L4_OK;
}

static int task_counters(struct request *r)
{
    uint64_t id = r->m->w[0];
    if (id == 0)
        return pager_counters(r);
    l4_mutex_lock(&books);
    struct task *task = task_find(id);
    if (task) {
        r->m->w[L4_TASK_COUNT_FRAMES] = task->used;
        r->m->w[L4_TASK_COUNT_LIMIT] = task->limit;
        r->m->w[L4_TASK_COUNT_UTCB_PAGES] = task->utcb_pages;
        r->m->w[L4_TASK_COUNT_STACK_PAGES] = task->stack_pages;
        r->m->w[L4_TASK_COUNT_PAGE_FAULTS] = task->page_faults;
        r->m->w[L4_TASK_COUNT_SWITCH_FAULTS] = task->switch_faults;
        r->m->w[L4_TASK_COUNT_REFUSED] = task->refused;
        r->m->w[L4_TASK_COUNT_INDICES] = task->slots.out;
    }
    l4_mutex_unlock(&books);
    return task ? L4_OK : L4_ERR_DEAD;
}

static int serve(struct request *r)
{
    static const struct {
        enum l4_pager_request label;
        bool tasks; // needs L4_BADGE_TASKS
        int (*function)(struct request *r);
    } table[] = {
        {L4_PAGER_TASK_CREATE, true, task_create},     {L4_PAGER_TASK_STARTUP, true, task_startup},
        {L4_PAGER_TASK_START, true, task_start},       {L4_PAGER_TASK_DESTROY, true, task_destroy},
        {L4_PAGER_TASK_READ, true, task_read},         {L4_PAGER_TASK_REGION, true, task_region},
        {L4_PAGER_TASK_COUNTERS, true, task_counters}, {L4_PAGER_ALLOC, false, service_alloc},
        {L4_PAGER_FREE, false, service_free},          {L4_PAGER_ATTACH_ARCHIVE, false, service_attach},
        {L4_PAGER_INDICES, false, service_indices},
    };
    for (unsigned i = 0; i < L4_ARRAY_SIZE(table); i++) {
        if (table[i].label != l4_msg_label(r->m))
            continue;
        if (table[i].tasks && !(r->m->handle & L4_BADGE_TASKS))
            return L4_ERR_RIGHTS;
        return table[i].function(r);
    }
    return L4_ERR_NOSYS;
}

static void handle_request(struct l4_msg *m, struct l4_utcb *utcb)
{
    struct request r = {
        .m = m,
        .caller = m->handle & L4_BADGE_ID_MASK,
        .bytes = l4_tag_words(m->tag) * sizeof(uint64_t),
    };
    (void)utcb;
    int error = l4_tag_op(m->tag) == L4_OP_CALL ? serve(&r) : L4_ERR_NOSYS;
    l4_answer(m, (uint32_t)error, error ? 0 : r.words + 2 * r.items, error ? 0 : r.items);
    task_recount();
}

L4_ENTRY_GATE(service_entry, handle_request);

int service_open(l4_handle_t *gate)
{
    return l4_gate_create_entry(L4_CAP_SPACE, service_entry, L4_POOL_VISITORS, false, gate);
}
