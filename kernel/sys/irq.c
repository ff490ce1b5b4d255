/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts as signals. A number below 16 is an ISA interrupt, others are GSIs; the table is by GSI.
 * A level-triggered input is masked from the interrupt to IRQ_ACK; an edge-triggered one stays open, because
 * edges that come while it is masked are lost.
 */
#include "kernel/arch/entry.h"
#include "kernel/arch/irq.h"
#include "kernel/arch/trap.h"

#include "kernel/base/assert.h"
#include "kernel/ipc/fast.h"
#include "kernel/sys/call.h"
#include "kernel/base/compiler.h"

struct binding {
    _Atomic(struct event *) event; /* NULL: unbound, masked; written last */
    uint64_t bits;
    bool level;
    const struct cap *via; /* the slot it was bound through, */
    l4_handle_t handle;    /* which must still hold this */
    struct list in_event;
};

static struct binding bindings[IRQ_MAX];

static void unbind(unsigned gsi)
{
    irq_mask(gsi);
    list_remove(&bindings[gsi].in_event);
    bindings[gsi].event = NULL;
}

/* Under bind_lock. */
static void unbind_all(struct event *e)
{
    while (!list_empty(&e->interrupts))
        unbind((unsigned)(LIST_FIRST(&e->interrupts, struct binding, in_event) - bindings));
}

/* Ends the bindings whose capability is gone. */
static void unbind_revoked(void)
{
    spin_lock(&bind_lock);
    for (unsigned i = 0; i < irq_count(); i++) {
        const struct binding *b = &bindings[i];

        /* relaxed: this CPU, or one whose unlocking this one has seen, has emptied the slot */
        if (b->event && atomic_load_explicit(&b->via->handle, memory_order_relaxed) != b->handle)
            unbind(i);
    }
    spin_unlock(&bind_lock);
}

INIT void irq_setup(void)
{
    for (unsigned i = 0; i < IRQ_MAX; i++)
        list_init(&bindings[i].in_event);
    event_unbind_interrupts = unbind_all;
    cap_irq_deleted = unbind_revoked;
}

void irq_fired(unsigned vector)
{
    unsigned gsi = vector - IRQ_VECTOR_FIRST;
    struct binding *b = &bindings[gsi];
    struct event *e;
    uint64_t bits;

    if ((irq_flags(gsi) & IRQ_LEVEL) || !b->event)
        irq_mask(gsi);
    irq_eoi();
    spin_lock(&bind_lock);
    e = b->event;
    bits = b->bits;
    spin_unlock(&bind_lock);
    if (e)
        event_signal(e, bits);
}

void irq_hand_over(unsigned gsi, const struct user_frame *f)
{
    const struct binding *b = &bindings[gsi];
    /* acquire: pairs with bind. Without the lock: the event stays until this CPU's quiescent point, and the
     * bits are its own if it is still there when they have been read */
    struct event *e = atomic_load_explicit(&b->event, memory_order_acquire);
    uint64_t bits = *(const volatile uint64_t *)&b->bits;
    struct activation *a = cpu_local()->current;

    /* acquire: as above */
    if (!e || b->level || atomic_load_explicit(&b->event, memory_order_acquire) != e ||
        !event_can_interrupt(e, bits))
        return;
    irq_eoi();
    cpu_local()->interrupts++;
    if (a->rip != UINT64_MAX)
        a->progress_ip = L4_USER_END; /* see save_frame */
    a->rip = f->rip;
    a->rsp = f->rsp;
    a->regs[ACT_REG_RFLAGS] = f->rflags;
    event_switch(event_interrupt(e, bits));
}

/* The GSI of interrupt NUMBER, if the capability covers it. */
static enum l4_error gsi_of(const struct call *c, uint64_t number, unsigned *gsi)
{
    uint64_t first = c->cap->badge >> 32;
    uint64_t count = c->cap->badge & UINT32_MAX;

    if (number < first || number - first >= count)
        return L4_ERR_RANGE;
    *gsi = number < 16 ? irq_isa_to_gsi((unsigned)number) : (unsigned)number;
    return *gsi < irq_count() ? L4_OK : L4_ERR_RANGE;
}

/* Under bind_lock. */
static enum l4_error bind(unsigned gsi, struct event *e, uint64_t bits, const struct cap *via,
                          l4_handle_t handle)
{
    struct binding *b = &bindings[gsi];

    if (e->object.dying)
        return L4_ERR_DEAD;
    if (b->event)
        return L4_ERR_BUSY;
    /* relaxed: nothing is read because of it; whoever empties the slot looks for bindings under bind_lock */
    if (atomic_load_explicit(&via->handle, memory_order_relaxed) != handle)
        return L4_ERR_CAP; /* gone since it was looked up */
    if (!irq_route(gsi, IRQ_VECTOR(gsi), irq_flags(gsi)))
        return L4_ERR_RANGE;
    b->bits = bits;
    b->level = irq_flags(gsi) & IRQ_LEVEL;
    b->via = via;
    b->handle = handle;
    /* release: irq_hand_over, which has no lock, finds the bits */
    atomic_store_explicit(&b->event, e, memory_order_release);
    list_add_tail(&e->interrupts, &b->in_event);
    irq_unmask(gsi);
    return L4_OK;
}

enum l4_error op_IRQ_BIND(struct call *c)
{
    struct cap *cap;
    unsigned gsi;
    enum l4_error err = gsi_of(c, c->w[0], &gsi);

    if (err == L4_OK)
        err = call_argument(c, c->w[1], L4_KIND_EVENT, L4_RIGHT_CALL, &cap);
    if (err != L4_OK)
        return err;
    if (c->w[2] == 0)
        return L4_ERR_ARG;
    spin_lock(&bind_lock);
    err = bind(gsi, CONTAINER_OF(cap_object(cap), struct event, object), c->w[2], c->cap,
               c->thread->current->regs[L4_REG_RDI]);
    spin_unlock(&bind_lock);
    return err;
}

/* The GSI of interrupt NUMBER, if the capability covers it and it is bound. */
static enum l4_error bound_gsi_of(const struct call *c, uint64_t number, unsigned *gsi)
{
    enum l4_error err = gsi_of(c, number, gsi);

    if (err != L4_OK)
        return err;
    return bindings[*gsi].event ? L4_OK : L4_ERR_STATE;
}

enum l4_error op_IRQ_ACK(struct call *c)
{
    unsigned gsi;
    enum l4_error err;

    spin_lock(&bind_lock);
    err = bound_gsi_of(c, c->w[0], &gsi);
    if (err == L4_OK)
        irq_unmask(gsi);
    spin_unlock(&bind_lock);
    return err;
}

enum l4_error op_IRQ_UNBIND(struct call *c)
{
    unsigned gsi;
    enum l4_error err;

    spin_lock(&bind_lock);
    err = bound_gsi_of(c, c->w[0], &gsi);
    if (err == L4_OK)
        unbind(gsi);
    spin_unlock(&bind_lock);
    return err;
}
