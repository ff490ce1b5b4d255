/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads as memory: allocation and counts. What they do is in sched/ and ipc/.
 */
#include "kernel/thread/thread.h"

#include "kernel/arch/cpu_features.h"
#include "kernel/base/assert.h"
#include "kernel/mem/slab.h"

static struct slab_cache thread_cache = SLAB_CACHE("thread", 1024, 64);
static struct slab_cache vector_cache = SLAB_CACHE("vector", 0, 64);

uint64_t thread_charge(void)
{
    return thread_cache.size + fpu_area_size;
}

struct thread *thread_alloc(struct space *home, struct quota *quota)
{
    struct thread *t;

    if (!quota_charge(quota, thread_charge()))
        return NULL;
    vector_cache.size = (uint32_t)fpu_area_size;
    t = slab_alloc(&thread_cache);
    if (t)
        t->vector_area = slab_alloc(&vector_cache);
    if (!t || !t->vector_area) {
        if (t)
            slab_free(&thread_cache, t);
        quota_refund(quota, thread_charge());
        return NULL;
    }
    fpu_area_init(t->vector_area);
    object_init(&t->object, L4_KIND_THREAD);
    object_init(&t->reply, L4_KIND_REPLY);
    t->home = home;
    t->payer = home;
    t->cpu = (uint8_t)cpu_number();
    t->custody = t->cpu;
    t->move_to = t->cpu;
    t->state = L4_THREAD_NEW;
    list_init(&t->in_home);
    list_init(&t->ready);
    list_init(&t->receiver);
    return t;
}

void thread_free(struct thread *t)
{
    ASSERT(list_empty(&t->ready) && list_empty(&t->in_home));
    ASSERT(!t->deadline.queued && !t->queue.queued && !t->current);
    slab_free(&vector_cache, t->vector_area);
    slab_free(&thread_cache, t);
}

uint64_t thread_count(void)
{
    return thread_cache.in_use;
}
