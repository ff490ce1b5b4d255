// SPDX-License-Identifier: BSD-2-Clause
// The control gate: what programs with a capability of kind `control` do with others (l4/proto/root.h).
// Entered by the client's own thread; all data of a request lie on its activation's stack.
#include <stdatomic.h>

#include <l4/cap.h>
#include <l4/gate.h>
#include <l4/pager.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/string.h>
#include <l4/system.h>

#include "roottask/print.h"
#include "roottask/request.h"
#include "roottask/spawn.h"
#include "roottask/start.h"

#define STATUS_MOST 99 // higher ones mean something else to scripts

// The capability sent along, out of the receive window: the next one that arrives there takes its place.
static unsigned take_item(const struct l4_msg *m, struct l4_owned *item)
{
    l4_handle_t moved, arrived = l4_msg_cap(m, 0);
    int error;

    if (arrived == L4_HANDLE_NONE)
        return ROOT_ERR_OK;
    error = l4_cap_move(L4_CAP_SPACE, arrived, L4_SLOT_ANY, &moved);
    return (unsigned)(error != L4_OK ? error : l4_owned_take(item, moved));
}

static unsigned spawn(struct l4_msg *m, const struct l4_utcb *utcb)
{
    char words[ROOT_BYTES + 1];
    struct l4_owned spawner = L4_OWNED_EMPTY;
    unsigned error;

    if (!request_bytes(m, utcb, words, sizeof(words)) || m->w[0] == 0 || words[m->w[0] - 1] != 0)
        return ROOT_ERR_BAD_REQUEST;
    error = take_item(m, &spawner);
    if (error != ROOT_ERR_OK)
        return error;
    error = spawn_words(words, m->w[0], m->handle, l4_lend(&spawner), &m->w[0]);
    // Whoever sent it may have revoked it meanwhile.
    if (l4_owns(&spawner) && l4_owned_close_derived(&spawner) != L4_OK)
        print("roottask: a capability sent along was not there to delete");
    return error;
}

static unsigned wait(struct l4_msg *m)
{
    enum root_end end = ROOT_END_EXIT;
    int status = 0;
    unsigned error = task_wait(m->w[0], m->handle, &status, &end);

    m->w[0] = (uint64_t)(int64_t)status;
    m->w[1] = end;
    return error;
}

static unsigned kill(const struct l4_msg *m, const struct l4_utcb *utcb)
{
    char who[ROOT_NAME];
    uint64_t id;
    unsigned error;

    if (!request_bytes(m, utcb, who, sizeof(who)))
        return ROOT_ERR_BAD_REQUEST;
    error = task_find(who, &id);
    return error != ROOT_ERR_OK ? error : task_end(id, ROOT_END_KILLED, ROOT_STATUS_KILLED);
}

static unsigned list(struct l4_msg *m, unsigned *words)
{
    struct root_task_info info;
    uint64_t of_space[8] = {0}, of_task[8] = {0};
    l4_handle_t space;
    unsigned error = task_list(&m->w[0], &info, &space);

    if (error != ROOT_ERR_OK)
        return error;
    // One that has ended in the meantime has no counters; what it was is still worth telling.
    if (l4_task_counters(info.id, of_task) != L4_OK)
        memset(of_task, 0, sizeof(of_task));
    if (l4_space_counters(space, 0, of_space) != L4_OK)
        memset(of_space, 0, sizeof(of_space));
    m->w[1] = info.id;
    m->w[2] = info.state;
    m->w[3] = of_task[L4_TASK_COUNT_FRAMES];
    m->w[4] = of_space[L4_SPACE_QUOTA_USED_COUNT];
    m->w[5] = of_space[L4_SPACE_THREADS_COUNT];
    m->w[6] = strlen(info.name);
    *words = l4_msg_put_bytes(info.name, sizeof(info.name));
    return ROOT_ERR_OK;
}

// The commands are handed out once: a shell that died over them does not begin again.
static unsigned autorun(struct l4_msg *m, struct l4_utcb *utcb, unsigned *words)
{
    static atomic_bool begun;
    size_t count = 0;

    if (!spawn_autorun(m->w[0], &utcb->words[L4_WORDS_REGS], ROOT_BYTES, &count))
        return ROOT_ERR_NO_PROGRAM;
    // relaxed: nothing else depends on it
    if (m->w[0] == 0 && atomic_exchange_explicit(&begun, true, memory_order_relaxed))
        return ROOT_ERR_MISSED;
    m->w[0] = count;
    *words = l4_msg_end_bytes(count);
    return ROOT_ERR_OK;
}

static unsigned power(const struct l4_msg *m)
{
    unsigned status = m->w[1] > STATUS_MOST ? STATUS_MOST : (unsigned)m->w[1];

    if (m->w[0] == ROOT_POWER_RESET)
        return (unsigned)l4_power_reset(l4_cap("power"));
    if (m->w[0] != ROOT_POWER_OFF)
        return ROOT_ERR_BAD_REQUEST;
    print("exit: status %u", status);
    print_drain();
    return (unsigned)l4_power_off(l4_cap("power"), status);
}

static unsigned request(struct l4_msg *m, struct l4_utcb *utcb, unsigned *words)
{
    switch (l4_msg_label(m)) {
    case CONTROL_SPAWN:
        return spawn(m, utcb);
    case CONTROL_WAIT:
        return wait(m);
    case CONTROL_KILL:
        return kill(m, utcb);
    case CONTROL_LIST:
        return list(m, words);
    case CONTROL_MEMORY:
        return (unsigned)l4_pager_counters(m->w);
    case CONTROL_POWER:
        return power(m);
    case CONTROL_AUTORUN:
        return autorun(m, utcb, words);
    default:
        return ROOT_ERR_BAD_REQUEST;
    }
}

// Named only by the entry code below.
__attribute__((used)) static void handle(struct l4_msg *m, struct l4_utcb *utcb)
{
    unsigned words = 0;
    unsigned error = l4_tag_op(m->tag) == L4_OP_CALL ? request(m, utcb, &words) : ROOT_ERR_BAD_REQUEST;

    l4_answer(m, error, words, 0);
}

L4_ENTRY_GATE(control_entry, handle);
