/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gates as objects: creation and memory. What goes through them is in ipc_entry.c and ipc_queue.c.
 */
#include "kernel/ipc/gate.h"

#include "kernel/base/assert.h"
#include "kernel/mem/slab.h"

static struct slab_cache gate_cache = SLAB_CACHE("gate", (sizeof(struct gate) + 63) / 64 * 64, 64);

enum l4_error gate_create(struct space *s, const struct gate_config *c, struct gate **out)
{
    struct gate *g;

    if (c->mode != L4_GATE_ENTRY && c->mode != L4_GATE_QUEUE)
        return L4_ERR_ARG;
    if (c->pool >= L4_POOL_COUNT || c->floor > s->max_priority)
        return L4_ERR_RANGE;
    /* SYSRET with a RIP that is not canonical faults in ring 0 (SDM vol. 2, SYSRET): checked when stored */
    if (c->mode == L4_GATE_ENTRY && c->entry >= L4_USER_END)
        return L4_ERR_RANGE;
    if (!quota_charge(&s->quota, sizeof(*g)))
        return L4_ERR_QUOTA;
    g = slab_alloc(&gate_cache);
    if (!g) {
        quota_refund(&s->quota, sizeof(*g));
        return L4_ERR_QUOTA;
    }
    object_init(&g->object, L4_KIND_GATE);
    g->space = s;
    g->mode = (uint8_t)c->mode;
    g->entry = c->entry;
    g->pool = (uint8_t)c->pool;
    g->floor = (uint8_t)c->floor;
    g->takes_items = c->takes_items;
    list_init(&g->refs);
    list_init(&g->receivers);
    list_init(&g->served);
    list_init(&g->in_space);
    list_add_tail(&s->gates, &g->in_space);
    *out = g;
    return L4_OK;
}

void gate_free(struct gate *g)
{
    ASSERT(!g->callers.top && list_empty(&g->receivers) && list_empty(&g->served));
    while (!list_empty(&g->refs))
        gate_ref_set(LIST_FIRST(&g->refs, struct gate_ref, in_gate), NULL, 0);
    list_remove(&g->in_space);
    quota_refund(&g->space->quota, sizeof(*g));
    slab_free(&gate_cache, g);
}

void gate_ref_set(struct gate_ref *ref, struct gate *g, uint64_t badge)
{
    list_remove(&ref->in_gate);
    ref->gate = g;
    ref->badge = badge;
    if (g)
        list_add_tail(&g->refs, &ref->in_gate);
}

uint64_t gate_count(void)
{
    return gate_cache.in_use;
}
