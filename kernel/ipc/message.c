/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages: eight words in registers, the rest in the UTCBs, which the kernel reaches through its window on
 * physical memory. Memory words are read once: items are copied before they are checked.
 */
#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/ipc/ipc.h"
#include "kernel/map/mapdb.h"

#define ITEM_LOG2_MIN 12
#define ITEM_LOG2_MAX 21

void message_from_regs(const struct activation *a, struct message *m)
{
    m->tag = a->regs[L4_REG_RAX];
    m->badge = 0;
    for (unsigned i = 0; i < L4_WORDS_REGS; i++)
        m->w[i] = *act_word((struct activation *)(uintptr_t)a, i);
}

/* Thread and space of a fault, for words 4 and 5. */
static void fault_ids(const struct activation *a, struct message *m)
{
    m->w[4] = a->thread->object.id;
    m->w[5] = a->space->object.id;
}

static void page_message(const struct activation *a, struct message *m)
{
    m->tag = l4_tag(L4_OP_FAULT, L4_FAULT_PAGE, 0, 0);
    m->w[0] = a->fault[0];
    m->w[1] = a->rip;
    m->w[2] = a->rsp;
    m->w[3] = a->fault[1];
    fault_ids(a, m);
    m->w[6] = a->index;
    m->w[7] = a->fault[2];
}

static void switch_message(const struct activation *a, struct message *m)
{
    bool numbered = a->index != ACT_NO_INDEX;

    m->tag = l4_tag(L4_OP_FAULT, L4_FAULT_SWITCH, 0, 0);
    m->w[0] = numbered ? a->index : L4_INDEX_NONE;
    m->w[1] = a->utcb;
    m->w[2] = numbered ? a->sp0 - PAGE_SIZE : 0;
    m->w[3] = numbered ? 0 : 1;
    fault_ids(a, m);
    m->w[6] = a->pool;
    m->w[7] = a->fault[0];
}

static void exception_message(const struct activation *a, struct message *m)
{
    m->tag = l4_tag(L4_OP_FAULT, L4_FAULT_EXCEPTION, L4_REG_COUNT, 0);
    m->w[0] = a->fault[0];
    m->w[1] = a->rip;
    m->w[2] = a->rsp;
    m->w[3] = a->fault[1];
    fault_ids(a, m);
    m->w[6] = (uint64_t)a->index | a->fault[3] << 32;
    m->w[7] = a->fault[2];
}

void message_of(const struct activation *a, struct message *m)
{
    memset(m, 0, sizeof(*m));
    if (a->frame == FRAME_PAGE)
        page_message(a, m);
    else if (a->frame == FRAME_SWITCH)
        switch_message(a, m);
    else if (a->frame == FRAME_EXCEPTION)
        exception_message(a, m);
    else
        message_from_regs(a, m);
}

void message_put(struct activation *a, const struct message *m)
{
    /* flags that spoke of the sender's own call are not the receiver's */
    a->regs[L4_REG_RAX] = m->tag & ~(L4_FLAG_TIMED | L4_FLAG_SHIELD);
    a->regs[L4_REG_RDI] = m->badge;
    a->regs[L4_REG_RBX] = a->utcb;
    for (unsigned i = 0; i < L4_WORDS_REGS; i++)
        *act_word(a, i) = m->w[i];
    a->full = 0;
}

/* The 18 registers of an exception message. */
static void exception_words(const struct activation *from, uint64_t *to)
{
    for (unsigned i = 0; i < L4_REG_RIP; i++)
        to[i] = from->regs[i];
    to[L4_REG_RIP] = from->rip;
    to[L4_REG_RFLAGS] = from->regs[ACT_REG_RFLAGS];
    to[L4_REG_RSP] = from->rsp;
}

/* One memory item: source in FROM's space, target computed and checked. */
static enum l4_error item_memory(struct activation *from, struct activation *to, const uint64_t *item,
                                 bool fault)
{
    const struct area *area = &to->space->area;
    unsigned log2 = (unsigned)(item[1] & 0xfff);
    uint64_t bytes;
    uint64_t target = item[1] & L4_ITEM_ADDRESS_MASK;
    struct map_request r = {.from = &from->space->vs, .to = &to->space->vs};

    if (log2 < ITEM_LOG2_MIN || log2 > ITEM_LOG2_MAX)
        return L4_ERR_ARG;
    bytes = UINT64_C(1) << log2;
    if (!fault) {
        if (target > area->window_bytes || bytes > area->window_bytes - target)
            return L4_ERR_RANGE;
        target += area->window_base + to->index * area->window_bytes;
    }
    r.source = item[0] & L4_ITEM_ADDRESS_MASK;
    if (target >= L4_USER_END || bytes > L4_USER_END - target || r.source >= L4_USER_END ||
        bytes > L4_USER_END - r.source)
        return L4_ERR_RANGE;
    if ((target | r.source) & (bytes - 1))
        return L4_ERR_ALIGN;
    r.target = target;
    r.rights = (unsigned)(item[0] >> L4_ITEM_RIGHTS_SHIFT) & L4_RWX;
    while (bytes > 0) {
        uint64_t done = 0;
        enum l4_error err;

        r.bytes = bytes;
        err = map_range(&r, &done);
        if (err != L4_OK)
            return err;
        r.source += done;
        r.target += done;
        bytes -= done;
    }
    return L4_OK;
}

/* Capability item number N: into slot N of the receiver's window; word 1 becomes the new handle. */
static enum l4_error item_cap(struct activation *from, struct activation *to, uint64_t *item, unsigned n)
{
    const struct area *area = &to->space->area;
    struct cap_fill fill;
    struct cap *fresh;
    uint64_t slot = area->slot_first + to->index * area->slots_each + n;
    enum l4_error err;

    if (n >= area->slots_each || slot == 0 || slot >= L4_SLOT_COUNT)
        return L4_ERR_LIMIT;
    /* first emptied, then looked up: the capability sent may lie in that very slot */
    cap_clear_index(&to->space->caps, slot);
    err = cap_fill_from(&from->space->caps, item[1], &fill);
    if (err != L4_OK)
        return err;
    /* one caller, one answer: a reply capability moves, it is not copied */
    if (!(fill.rights & L4_RIGHT_GIVE) || (fill.kind == L4_KIND_REPLY && (item[0] & 15) != L4_ITEM_CAP_MOVE))
        return L4_ERR_RIGHTS;
    fill.rights &= (uint8_t)((item[0] >> L4_ITEM_RIGHTS_SHIFT) & L4_RIGHT_ALL);
    err = cap_create(&to->space->caps, slot, &fill, &fresh);
    if (err != L4_OK)
        return err;
    item[1] = fresh->handle;
    return L4_OK;
}

/* What was moved leaves the sender's table, once nothing can fail any more. */
static void moved_delete(struct activation *from, struct activation *to, const uint64_t *sent,
                         const uint64_t *received, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct cap *c = cap_lookup(&from->space->caps, sent[2 * i + 1]);
        struct cap *fresh = cap_lookup(&to->space->caps, received[2 * i + 1]);

        if ((sent[2 * i] & 15) == L4_ITEM_CAP_MOVE && c && fresh)
            cap_replace(c, fresh);
    }
}

static enum l4_error items_transfer(struct activation *from, struct activation *to, uint64_t *items,
                                    unsigned count, bool fault)
{
    unsigned caps = 0;

    for (unsigned i = 0; i < count; i++) {
        uint64_t *item = items + 2 * (size_t)i;
        enum l4_error err = L4_ERR_ARG;

        switch (item[0] & 15) {
        case L4_ITEM_MAP:
            err = item_memory(from, to, item, fault);
            break;
        case L4_ITEM_GRANT: /* SPACE_MAP grants; in a message it waits for whole undoing */
            err = L4_ERR_NOSYS;
            break;
        case L4_ITEM_CAP:
        case L4_ITEM_CAP_MOVE:
            err = fault ? L4_ERR_ARG : item_cap(from, to, item, caps++);
            break;
        default:
            break;
        }
        if (err != L4_OK)
            return err;
    }
    return L4_OK;
}

enum l4_error message_fetch(struct activation *from, struct activation *to, uint64_t tag, bool fault)
{
    unsigned words = l4_tag_words(tag);
    unsigned items = l4_tag_items(tag);
    uint64_t sent[2 * L4_ITEMS_MAX] = {0};
    uint64_t copy[2 * L4_ITEMS_MAX];
    struct l4_utcb *target = activation_utcb(to);
    const struct l4_utcb *source = activation_utcb(from);
    enum l4_error err;

    if (!fault && !target)
        return L4_ERR_UTCB;
    if (from->frame == FRAME_EXCEPTION) {
        exception_words(from, target->words + L4_WORDS_REGS);
        return L4_OK;
    }
    if (words == 0)
        return L4_OK;
    if (!source)
        return L4_ERR_UTCB;
    ASSERT(words <= L4_WORDS_MEM_MAX && items <= L4_ITEMS_MAX && 2 * items <= words);
    if (items) {
        memcpy(sent, source->words + L4_WORDS_REGS + words - 2 * items, 16 * (size_t)items);
        memcpy(copy, sent, sizeof(copy));
        err = items_transfer(from, to, copy, items, fault);
        /* a page that an item replaced may have been that of a UTCB */
        source = activation_utcb(from);
        target = activation_utcb(to);
        if (err == L4_OK && !fault && (!source || !target))
            err = L4_ERR_UTCB;
        if (err != L4_OK) {
            if (!fault)
                window_clean(to);
            return err;
        }
        moved_delete(from, to, sent, copy, items);
    }
    if (fault)
        return L4_OK;
    memcpy(target->words + L4_WORDS_REGS, source->words + L4_WORDS_REGS, 8 * (size_t)(words - 2 * items));
    memcpy(target->words + L4_WORDS_REGS + words - 2 * items, copy, 16 * (size_t)items);
    return L4_OK;
}

void window_clean(struct activation *a)
{
    const struct area *area = &a->space->area;
    uint64_t done;
    uint64_t at = area->window_base + a->index * area->window_bytes;
    uint64_t left = area->window_bytes;

    for (uint64_t i = 0; i < area->slots_each; i++)
        cap_clear_index(&a->space->caps, area->slot_first + a->index * area->slots_each + i);
    while (left > 0) {
        if (unmap_range(&a->space->vs, at, left, L4_UNMAP_ALL, 0, &done))
            break;
        at += done;
        left -= done;
    }
}
