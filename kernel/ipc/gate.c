/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gates as objects: creation and memory. What goes through them is in ipc_entry.c and ipc_queue.c.
 */
#include "kernel/ipc/gate.h"

#include "kernel/base/assert.h"
#include "kernel/ipc/ipc.h"
#include "kernel/mem/slab.h"

#define REFS 32 /* that are cleared in one step */

static struct slab_cache gate_cache = SLAB_CACHE("gate", (sizeof(struct gate) + 63) / 64 * 64, 64);

static enum l4_error gate_check(const struct space *s, const struct gate_config *c)
{
    if (c->mode != L4_GATE_ENTRY && c->mode != L4_GATE_QUEUE)
        return L4_ERR_ARG;
    if (c->mode == L4_GATE_QUEUE && c->pool >= CPUS_MAX)
        return L4_ERR_CPU;
    if ((c->mode == L4_GATE_ENTRY && c->pool >= L4_POOL_COUNT) || c->floor > s->max_priority)
        return L4_ERR_RANGE;
    /* SYSRET with a RIP that is not canonical faults in ring 0 (SDM vol. 2, SYSRET): checked when stored */
    if (c->mode == L4_GATE_ENTRY && c->entry >= L4_USER_END)
        return L4_ERR_RANGE;
    return L4_OK;
}

enum l4_error gate_create(struct space *s, const struct gate_config *c, struct gate **out)
{
    enum l4_error err = gate_check(s, c);
    uint64_t home = err == L4_OK && c->mode == L4_GATE_QUEUE ? UINT64_C(1) << c->pool : 0;
    struct gate *g = NULL;
    int32_t record = 0;

    if (err != L4_OK)
        return err;
    if (home && !space_use_cpus(s, home))
        return L4_ERR_CPU;
    if (quota_charge(&s->quota, GATE_CHARGE) && !(g = slab_alloc(&gate_cache)))
        quota_refund(&s->quota, GATE_CHARGE);
    if (g && home && !(record = record_take((unsigned)c->pool))) {
        slab_free(&gate_cache, g);
        quota_refund(&s->quota, GATE_CHARGE);
        g = NULL;
    }
    if (!g) {
        space_unuse_cpus(s, home);
        return L4_ERR_QUOTA;
    }
    object_init(&g->object, L4_KIND_GATE);
    g->space = s;
    g->mode = (uint8_t)c->mode;
    g->entry = c->entry;
    g->pool = (uint8_t)(c->mode == L4_GATE_ENTRY ? c->pool : 0);
    g->cpu = (uint8_t)(c->mode == L4_GATE_QUEUE ? c->pool : 0);
    g->floor = (uint8_t)c->floor;
    g->takes_items = c->takes_items;
    /* a floor is the slow path's business */
    if (g->mode == L4_GATE_ENTRY)
        g->record = g->floor ? RECORD_NULL : s->record + (int32_t)(g->pool * sizeof(struct record));
    else
        g->record = record;
    list_init(&g->refs);
    list_init(&g->receivers);
    list_init(&g->served);
    list_init(&g->in_space);
    list_init(&g->ending.list);
    space_link(s, &s->gates, &g->in_space);
    *out = g;
    return L4_OK;
}

void gate_free(struct gate *g)
{
    struct space *s = g->space;

    ASSERT(!g->callers.top && list_empty(&g->receivers) && list_empty(&g->served) && list_empty(&g->refs));
    quota_refund(&s->quota, GATE_CHARGE);
    if (g->mode == L4_GATE_QUEUE) {
        record_give_back(g->cpu, g->record);
        space_unuse_cpus(s, UINT64_C(1) << g->cpu);
    }
    space_unlink(s, &s->gates, &g->in_space);
    slab_free(&gate_cache, g);
}

enum l4_error gate_ref_set(struct gate_ref *ref, struct gate *g, uint64_t badge)
{
    enum l4_error err = L4_OK;

    spin_lock(&bind_lock);
    if (g && g->object.dying) {
        err = L4_ERR_DEAD;
    } else {
        list_remove(&ref->in_gate);
        /* seq_cst: first nothing, then the badge, then the gate: gate_ref_get never pairs one with another's
         */
        atomic_store_explicit(&ref->gate, NULL, memory_order_seq_cst);
        atomic_store_explicit(&ref->badge, badge, memory_order_seq_cst);
        atomic_store_explicit(&ref->gate, g, memory_order_seq_cst);
        if (g)
            list_add_tail(&g->refs, &ref->in_gate);
    }
    spin_unlock(&bind_lock);
    return err;
}

struct gate *gate_ref_get(struct gate_ref *ref, uint64_t *badge)
{
    struct gate *g;

    do {
        /* seq_cst: in this order, see gate_ref_set */
        g = atomic_load_explicit(&ref->gate, memory_order_seq_cst);
        *badge = atomic_load_explicit(&ref->badge, memory_order_seq_cst);
    } while (g != atomic_load_explicit(&ref->gate, memory_order_seq_cst));
    return g;
}

bool gate_refs_clear(struct gate *g)
{
    bool done;

    spin_lock(&bind_lock);
    for (unsigned i = 0; i < REFS && !list_empty(&g->refs); i++) {
        struct gate_ref *ref = LIST_FIRST(&g->refs, struct gate_ref, in_gate);

        list_remove(&ref->in_gate);
        /* relaxed: who finds the gate a last time is seen out by the rounds of its end */
        atomic_store_explicit(&ref->gate, NULL, memory_order_relaxed);
    }
    done = list_empty(&g->refs);
    spin_unlock(&bind_lock);
    return done;
}

void gate_leave(struct gate *g)
{
    struct space *s = g->space;

    /* relaxed: see gate_enter */
    atomic_fetch_sub_explicit(&s->visitors, 1, memory_order_relaxed);
    /* acq_rel: who frees the gate after the last has left comes after what that one did with it */
    if (atomic_fetch_sub_explicit(&g->inside, 1, memory_order_acq_rel) == 1 && g->object.dying)
        mail_post(&g->object.mail, g->ending.cpu, MAIL_CHECK);
}

void gate_wait_end(struct gate *g)
{
    /* acq_rel: as in gate_leave; who leaves also has the next ones told */
    (void)atomic_fetch_sub_explicit(&g->inside, 1, memory_order_acq_rel);
    if (g->object.dying)
        mail_post(&g->object.mail, g->ending.cpu, MAIL_CHECK);
}

uint64_t gate_count(void)
{
    return gate_cache.in_use;
}
