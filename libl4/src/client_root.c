// SPDX-License-Identifier: BSD-2-Clause
// Client functions of the root task's two gates (protocol: l4/proto/root.h).
#include <l4/ipc.h>
#include <l4/proto/layout.h>
#include <l4/proto/root.h>
#include <l4/string.h>

static unsigned call(struct l4_msg *m)
{
    int error = l4_call(m);

    return error != L4_OK ? (unsigned)error : l4_msg_label(m);
}

// A request whose word 0 counts the bytes behind the words, with perhaps a capability as item.
static unsigned call_bytes(struct l4_msg *m, const void *bytes, size_t count, l4_handle_t item,
                           unsigned rights)
{
    unsigned words;

    if (count > ROOT_BYTES)
        return ROOT_ERR_BAD_REQUEST;
    m->w[0] = count;
    words = l4_msg_put_bytes(bytes, count);
    m->tag = l4_msg_tag(l4_msg_label(m), words, 0);
    if (item != L4_HANDLE_NONE) {
        l4_msg_put_cap(words, item, rights);
        m->tag = l4_msg_tag(l4_msg_label(m), words + 2, 1);
    }
    return call(m);
}

unsigned root_publish(const char *name, l4_handle_t gate)
{
    struct l4_msg m;

    l4_msg_init(&m, L4_CAP_ROOT, ROOT_PUBLISH);
    return call_bytes(&m, name, strlen(name), gate, L4_RIGHT_CALL | L4_RIGHT_MANAGE | L4_RIGHT_GIVE);
}

unsigned root_ready(void)
{
    struct l4_msg m;

    l4_msg_init(&m, L4_CAP_ROOT, ROOT_READY);
    return call(&m);
}

unsigned root_renew(const char *capability, l4_handle_t *handle)
{
    struct l4_msg m;
    unsigned error;

    l4_msg_init(&m, L4_CAP_ROOT, ROOT_RENEW);
    error = call_bytes(&m, capability, strlen(capability), L4_HANDLE_NONE, 0);
    if (error == ROOT_ERR_OK)
        *handle = m.w[0];
    return error;
}

unsigned root_death(uint64_t *seen, uint64_t *task)
{
    struct l4_msg m;
    unsigned error;

    l4_msg_init(&m, L4_CAP_ROOT, ROOT_DEATH);
    m.w[0] = *seen;
    error = call(&m);
    if (error == ROOT_ERR_OK || error == ROOT_ERR_MISSED)
        *seen = m.w[0];
    if (error == ROOT_ERR_OK)
        *task = m.w[1];
    return error;
}

unsigned root_alive(uint64_t task, bool *alive)
{
    struct l4_msg m;
    unsigned error;

    l4_msg_init(&m, L4_CAP_ROOT, ROOT_ALIVE);
    m.w[0] = task;
    error = call(&m);
    if (error == ROOT_ERR_OK)
        *alive = m.w[0] != 0;
    return error;
}

unsigned control_spawn(l4_handle_t control, const char *words, size_t bytes, l4_handle_t spawner,
                       uint64_t *task)
{
    struct l4_msg m;
    unsigned error;

    l4_msg_init(&m, control, CONTROL_SPAWN);
    error = call_bytes(&m, words, bytes, spawner, L4_RIGHT_CALL | L4_RIGHT_GIVE);
    if (error == ROOT_ERR_OK)
        *task = m.w[0];
    return error;
}

unsigned control_wait(l4_handle_t control, uint64_t task, int *status, enum root_end *end)
{
    struct l4_msg m;
    unsigned error;

    l4_msg_init(&m, control, CONTROL_WAIT);
    m.w[0] = task;
    error = call(&m);
    if (error == ROOT_ERR_OK) {
        *status = (int)m.w[0];
        *end = (enum root_end)m.w[1];
    }
    return error;
}

unsigned control_kill(l4_handle_t control, const char *who)
{
    struct l4_msg m;

    l4_msg_init(&m, control, CONTROL_KILL);
    return call_bytes(&m, who, strlen(who), L4_HANDLE_NONE, 0);
}

unsigned control_list(l4_handle_t control, uint64_t *place, struct root_task_info *info)
{
    struct l4_msg m;
    unsigned error;

    l4_msg_init(&m, control, CONTROL_LIST);
    m.w[0] = *place;
    error = call(&m);
    if (error != ROOT_ERR_OK)
        return error;
    *place = m.w[0];
    *info = (struct root_task_info){
        .id = m.w[1], .state = m.w[2], .pages = m.w[3], .kernel_bytes = m.w[4], .threads = m.w[5]};
    memcpy(info->name, l4_msg_bytes(), m.w[6] < ROOT_NAME ? m.w[6] : ROOT_NAME - 1);
    return ROOT_ERR_OK;
}

unsigned control_memory(l4_handle_t control, uint64_t counters[static 8])
{
    struct l4_msg m;
    unsigned error;

    l4_msg_init(&m, control, CONTROL_MEMORY);
    error = call(&m);
    if (error == ROOT_ERR_OK)
        memcpy(counters, m.w, sizeof(m.w));
    return error;
}

unsigned control_autorun(l4_handle_t control, uint64_t offset, char *bytes, size_t *count)
{
    struct l4_msg m;
    unsigned error;

    l4_msg_init(&m, control, CONTROL_AUTORUN);
    m.w[0] = offset;
    error = call(&m);
    if (error != ROOT_ERR_OK)
        return error;
    if (m.w[0] > ROOT_BYTES)
        return ROOT_ERR_BAD_REQUEST;
    *count = m.w[0];
    memcpy(bytes, l4_msg_bytes(), m.w[0]);
    return ROOT_ERR_OK;
}

unsigned control_power(l4_handle_t control, enum root_power what, unsigned status)
{
    struct l4_msg m;

    l4_msg_init(&m, control, CONTROL_POWER);
    m.w[0] = what;
    m.w[1] = status;
    return call(&m);
}
