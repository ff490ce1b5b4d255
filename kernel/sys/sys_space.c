/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations on spaces: creation, areas, gates, memory, counters.
 */
#include "kernel/base/assert.h"
#include "kernel/ipc/fast.h"
#include "kernel/map/mapdb.h"
#include "kernel/mem/limbo.h"
#include "kernel/smp/round.h"
#include "kernel/sys/reaper.h"

enum l4_error call_argument(const struct call *c, l4_handle_t handle, enum l4_kind kind, unsigned rights,
                            struct cap **out)
{
    struct cap *cap = cap_lookup(&c->space->caps, handle);

    if (!cap)
        return L4_ERR_CAP;
    if (cap_is_dead(cap))
        return L4_ERR_DEAD;
    if (cap->kind != kind)
        return L4_ERR_CAP;
    *out = cap;
    return (cap->rights & rights) == rights ? L4_OK : L4_ERR_RIGHTS;
}

enum l4_error call_give(struct call *c, struct object *o, uint64_t rights, uint64_t index)
{
    struct cap_fill fill = {.object = o, .rights = (uint8_t)rights, .kind = (uint8_t)o->kind};
    struct cap *cap;
    enum l4_error err;

    if (o->kind == L4_KIND_GATE) {
        fill.entry = CONTAINER_OF(o, struct gate, object)->entry;
        fill.record = CONTAINER_OF(o, struct gate, object)->record;
    }
    err = cap_create(&c->space->caps, index, &fill, &cap);
    if (err != L4_OK)
        return err;
    c->w[0] = cap_handle(cap);
    c->w[1] = o->id;
    return L4_OK;
}

enum l4_error user_range_check(uint64_t at, uint64_t bytes)
{
    if ((at | bytes) & (PAGE_SIZE - 1))
        return L4_ERR_ALIGN;
    if (bytes == 0 || bytes > L4_USER_END || at > L4_USER_END - bytes)
        return L4_ERR_RANGE;
    return L4_OK;
}

enum l4_error op_SPACE_CREATE(struct call *c)
{
    struct space *funder = call_space(c);
    uint64_t bytes = c->w[0];
    uint64_t cpus = c->w[1];
    uint64_t priority = c->w[2];
    uint64_t rights = c->w[3];
    struct space *s;
    enum l4_error err;

    if (rights & ~(uint64_t)L4_RIGHT_ALL)
        return L4_ERR_ARG;
    if (priority > funder->max_priority)
        return L4_ERR_RANGE;
    err = cap_check(&c->space->caps, c->w[4]);
    if (err != L4_OK)
        return err;
    err = space_create(funder, bytes, cpus, &s);
    if (err != L4_OK)
        return err;
    s->max_priority = (uint32_t)priority;
    err = call_give(c, &s->object, rights, c->w[4]);
    if (err != L4_OK) {
        space_destroy(s);
        c->ends = &s->object;
    }
    return err;
}

/* Who was given fewer CPUs cannot take more: they join from the space that funds it. */
enum l4_error op_SPACE_CPUS(struct call *c)
{
    struct space *s = call_space(c);
    enum l4_error err;

    if (c->w[1] > 1)
        return L4_ERR_ARG;
    if (c->w[1] == 1 && c->space != (s->funder ? s->funder : s))
        return L4_ERR_STATE;
    err = c->w[1] == 1 ? space_join_cpus(s, c->w[0]) : space_leave_cpus(s, c->w[0], &c->again);
    if (err != L4_OK)
        return err;
    c->w[0] = s->cpus;
    c->w[1] = s->vs.roots & ~s->cpus;
    c->round = frame_retired(); /* then the tables that went are given back */
    return L4_OK;
}

enum l4_error op_SPACE_DESTROY(struct call *c)
{
    struct space *s = call_space(c);

    /* the first space pays for everything; without it nothing is left to run */
    if (!s->funder)
        return L4_ERR_STATE;
    if (space_destroy(s) != L4_OK)
        return L4_ERR_DEAD;
    c->ends = &s->object;
    return L4_OK;
}

enum l4_error op_SPACE_SET_AREA(struct call *c)
{
    struct area a = {c->w[0], c->w[1], c->w[2], c->w[3], c->w[4], c->w[5], c->w[6], c->w[7]};

    return space_set_area(call_space(c), &a);
}

enum l4_error op_SPACE_SET_GATE(struct call *c)
{
    struct space *s = call_space(c);
    struct cap *cap;
    enum l4_error err;

    if (c->w[0] > L4_GATE_EXCEPTION)
        return L4_ERR_ARG;
    if (c->w[1] == L4_HANDLE_NONE) {
        return gate_ref_set(&s->fault_gate[c->w[0]], NULL, 0);
    }
    err = call_argument(c, c->w[1], L4_KIND_GATE, L4_RIGHT_CALL, &cap);
    if (err != L4_OK)
        return err;
    return gate_ref_set(&s->fault_gate[c->w[0]], CONTAINER_OF(cap_object(cap), struct gate, object),
                        cap->badge);
}

enum l4_error op_SPACE_FOREIGN(struct call *c)
{
    if (c->w[0] >= L4_USER_END)
        return L4_ERR_RANGE;
    /* relaxed: a call at the same time finds the one or the other */
    atomic_store_explicit(&call_space(c)->foreign, c->w[0], memory_order_relaxed);
    return L4_OK;
}

enum l4_error op_ACTIVATIONS_ADD(struct call *c)
{
    struct space *s = call_space(c);
    enum l4_error err = L4_ERR_ARG;

    /* all or nothing, with interrupts off */
    if (c->w[2] <= L4_INDEX_MAX_ADD)
        err = space_add_activations(s, c->w[0], c->w[1], c->w[2]);
    if (err == L4_OK)
        entry_pool_freed(s, (unsigned)c->w[0]);
    return err;
}

enum l4_error op_SPACE_MAP(struct call *c)
{
    struct map_request r = {.from = &c->space->vs,
                            .source = c->w[0],
                            .to = &call_space(c)->vs,
                            .target = c->w[1],
                            .bytes = c->w[2],
                            .rights = (unsigned)(c->w[3] & L4_RWX),
                            .grant = (c->w[3] & L4_MAP_GRANT) != 0};
    enum l4_error err = user_range_check(r.source, r.bytes);

    if (err == L4_OK)
        err = user_range_check(r.target, r.bytes);
    if (err != L4_OK)
        return err;
    if (c->w[3] & ~(uint64_t)(L4_RWX | L4_MAP_GRANT) || !(c->w[3] & L4_READ))
        return L4_ERR_ARG;
    return map_range(&r, &c->w[0]);
}

enum l4_error op_SPACE_UNMAP(struct call *c)
{
    uint64_t at = c->w[0];
    uint64_t bytes = c->w[1];
    enum l4_error err = user_range_check(at, bytes);

    if (err != L4_OK)
        return err;
    if (c->w[2] < L4_UNMAP_OWN || c->w[2] > L4_UNMAP_ALL || c->w[3] & ~(uint64_t)L4_RWX)
        return L4_ERR_ARG;
    if (unmap_range(&call_space(c)->vs, at, bytes, (unsigned)c->w[2], (unsigned)c->w[3], &c->w[0]))
        c->w[0] = bytes;
    return L4_OK;
}

enum l4_error op_SPACE_COUNTERS(struct call *c)
{
    struct space *s = call_space(c);
    uint64_t value[L4_SPACE_COUNTER_COUNT + L4_WORDS_REGS] = {
        [L4_SPACE_QUOTA_LIMIT_COUNT] = s->quota.limit,
        [L4_SPACE_QUOTA_USED_COUNT] = s->quota.used,
        [L4_SPACE_THREADS_COUNT] = s->thread_count,
        [L4_SPACE_ACTIVATIONS_COUNT] = s->activations,
        [L4_SPACE_CAPS_COUNT] = s->caps.in_use,
        [L4_SPACE_MAPPED_KIB_COUNT] = s->vs.mapped * (PAGE_SIZE / 1024),
        [L4_SPACE_UTCB_PAGES_COUNT] = s->utcb_pages,
        [L4_SPACE_STACK_PAGES_COUNT] = s->stack_pages,
        [L4_SPACE_SWITCH_FAULTS_COUNT] = s->switch_faults,
        [L4_SPACE_PAGE_FAULTS_COUNT] = s->page_faults,
        [L4_SPACE_VISITORS_COUNT] = s->visitors,
        [L4_SPACE_ID_COUNT] = s->object.id,
        [L4_SPACE_HOME_FREE_COUNT] = s->pools[L4_POOL_HOME].total - s->pools[L4_POOL_HOME].in_use,
    };
    uint64_t first = c->w[0];

    if (first >= L4_SPACE_COUNTER_COUNT)
        return L4_ERR_RANGE;
    for (unsigned i = 0; i < L4_WORDS_REGS; i++)
        c->w[i] = value[first + i];
    return L4_OK;
}

enum l4_error op_SPACE_WAKE(struct call *c)
{
    struct activation *a = space_activation(call_space(c), c->w[0]);
    unsigned cpu;

    if (!a)
        return L4_ERR_RANGE;
    if (c->w[1] == 0)
        return L4_ERR_ARG;
    cpu = activation_cpu(a);
    if (cpu != cpu_number()) {
        c->done = true;
        travel_call(c->thread, cpu);
        return L4_OK;
    }
    if (!activation_thread(a))
        return L4_ERR_STATE;
    pending_wake(a, c->w[1]);
    return L4_OK;
}

enum l4_error op_QUOTA_MOVE(struct call *c)
{
    struct space *s = call_space(c);

    if (s->funder != c->space)
        return L4_ERR_STATE;
    return quota_add(&s->quota, c->w[0]) ? L4_OK : L4_ERR_QUOTA;
}

enum l4_error op_SPACE_SUPERVISE(struct call *c)
{
    struct space *s = call_space(c);
    struct cap *cap;
    enum l4_error err;

    if (c->w[0] == L4_HANDLE_NONE) {
        event_supervise(NULL, s, 0);
        return L4_OK;
    }
    err = call_argument(c, c->w[0], L4_KIND_EVENT, L4_RIGHT_CALL, &cap);
    if (err == L4_OK)
        event_supervise(CONTAINER_OF(cap_object(cap), struct event, object), s, c->w[1]);
    return err;
}
