// SPDX-License-Identifier: BSD-2-Clause
// Client functions of the system pager. Stateless.
#include <l4/pager.h>
#include <l4/cap.h>
#include <l4/ipc.h>
#include <l4/proto/startup.h>
#include <l4/string.h>

static int request(struct l4_msg *m, enum l4_pager_request label, uint64_t w0, uint64_t w1)
{
    l4_msg_init(m, L4_CAP_PAGER, label);
    m->w[0] = w0;
    m->w[1] = w1;
    return l4_request(m);
}

int l4_memory_alloc(size_t bytes, void **out)
{
    struct l4_msg m;
    int error = request(&m, L4_PAGER_ALLOC, bytes, 0);
    if (!error)
        *out = (void *)(uintptr_t)m.w[0];
    return error;
}

int l4_memory_free(void *address, size_t bytes)
{
    struct l4_msg m;
    return request(&m, L4_PAGER_FREE, (uint64_t)(uintptr_t)address, bytes);
}

int l4_archive_attach(const void **archive, size_t *bytes)
{
    struct l4_msg m;
    int error = request(&m, L4_PAGER_ATTACH_ARCHIVE, 0, 0);
    if (!error) {
        *archive = (const void *)(uintptr_t)m.w[0];
        *bytes = m.w[1];
    }
    return error;
}

int l4_pool_fill(unsigned pool, unsigned count)
{
    struct l4_msg m;
    return request(&m, L4_PAGER_INDICES, pool, count);
}

// The first capability of the answer, out of the receive window.
static int keep_cap(const struct l4_msg *m, struct l4_owned *out)
{
    l4_handle_t kept, arrived = l4_msg_cap(m, 0);
    if (arrived == L4_HANDLE_NONE)
        return L4_ERR_CAP;
    int error = l4_cap_move(L4_CAP_SPACE, arrived, L4_SLOT_ANY, &kept);
    return error ? error : l4_owned_take(out, kept);
}

int l4_task_create(const struct l4_task_options *options, struct l4_task *out)
{
    struct l4_msg m;
    size_t length = strlen(options->path);
    if (length > L4_TASK_PATH_MAX || options->max_priority >= L4_PRIORITIES || options->cpus >> 48)
        return L4_ERR_ARG;
    l4_msg_init(&m, L4_CAP_PAGER, L4_PAGER_TASK_CREATE);
    m.tag = l4_msg_tag(L4_PAGER_TASK_CREATE, l4_msg_put_bytes(options->path, length), 0);
    m.w[0] = options->memory;
    m.w[1] = options->quota;
    m.w[2] = options->max_priority | options->cpus << 16;
    m.w[3] = options->visitors;
    m.w[4] = length;
    m.w[5] = options->flags;
    int error = l4_request(&m);
    if (error)
        return error;
    out->id = m.w[0];
    out->entry = m.w[1];
    return keep_cap(&m, &out->space);
}

int l4_task_startup(uint64_t task, const void *block, size_t bytes)
{
    int error = L4_OK;
    for (size_t done = 0; done < bytes && !error;) {
        struct l4_msg m;
        size_t part = bytes - done < L4_PAGER_BYTES ? bytes - done : L4_PAGER_BYTES;
        l4_msg_init(&m, L4_CAP_PAGER, L4_PAGER_TASK_STARTUP);
        m.tag = l4_msg_tag(L4_PAGER_TASK_STARTUP, l4_msg_put_bytes((const char *)block + done, part), 0);
        m.w[0] = task;
        m.w[1] = done;
        m.w[2] = part;
        error = l4_request(&m);
        done += part;
    }
    return error;
}

int l4_task_start(struct l4_task *task, unsigned priority)
{
    struct l4_msg m;
    int error = request(&m, L4_PAGER_TASK_START, task->id, priority);
    return error ? error : keep_cap(&m, &task->thread);
}

int l4_task_move(struct l4_task *to, struct l4_task *from)
{
    int error = l4_owned_move(&to->space, &from->space);
    if (error)
        return error;
    to->id = from->id;
    to->entry = from->entry;
    return l4_owned_move(&to->thread, &from->thread);
}

// The pager deletes its own handles, and revokes nothing: ours are there until we close them.
int l4_task_destroy(struct l4_task *task)
{
    struct l4_msg m;
    int error = request(&m, L4_PAGER_TASK_DESTROY, task->id, 0);
    int thread = l4_owns(&task->thread) ? l4_owned_close(&task->thread) : L4_OK;
    int space = l4_owned_close(&task->space);
    if (!error)
        error = thread;
    return error ? error : space;
}

int l4_task_read(uint64_t task, uint64_t address, void *buffer, size_t bytes, size_t *count)
{
    struct l4_msg m;
    l4_msg_init(&m, L4_CAP_PAGER, L4_PAGER_TASK_READ);
    m.w[0] = task;
    m.w[1] = address;
    m.w[2] = bytes < L4_PAGER_BYTES ? bytes : L4_PAGER_BYTES;
    int error = l4_request(&m);
    if (error)
        return error;
    *count = m.w[0] < bytes ? m.w[0] : bytes;
    memcpy(buffer, l4_msg_bytes(), *count);
    return L4_OK;
}

int l4_task_region(uint64_t task, uint64_t address, struct l4_task_region *out)
{
    struct l4_msg m;
    int error = request(&m, L4_PAGER_TASK_REGION, task, address);
    if (!error)
        *out = (struct l4_task_region){m.w[0], m.w[1], m.w[2], m.w[3]};
    return error;
}

int l4_task_counters(uint64_t task, uint64_t out[static 8])
{
    struct l4_msg m;
    int error = request(&m, L4_PAGER_TASK_COUNTERS, task, 0);
    if (!error)
        memcpy(out, m.w, sizeof(m.w));
    return error;
}

int l4_pager_counters(uint64_t out[static 8])
{
    return l4_task_counters(0, out);
}
