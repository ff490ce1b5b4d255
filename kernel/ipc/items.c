/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory words and items of a message, out of one UTCB into another; the kernel reaches them through its
 * window on physical memory. Memory words are read once: items are copied before they are checked.
 *
 * At most BATCH pages are mapped in one go. What may bring more stops there with ROUND_AGAIN and goes on
 * when it is fetched again, behind the pages that are mapped (activation.mapped): an answer to a fault, and a
 * request that opens a visit, for whose activation nobody else has anything meanwhile. Items are read anew
 * then: who changes them under way has mapped what he could have sent anyway. Capabilities come last, all in
 * one go: what is moved must still be what was copied.
 */
#include "kernel/base/assert.h"
#include "kernel/base/string.h"
#include "kernel/ipc/ipc.h"
#include "kernel/map/mapdb.h"
#include "kernel/smp/round.h"

#define ITEM_LOG2_MIN 12
#define ITEM_LOG2_MAX 21
#define BATCH_WHOLE   16 /* pages mapped, tables made and the like in the only go */
#define BATCH         8  /* and in each of several */

struct transfer {
    struct activation *from;
    struct activation *to;
    enum fetch how;
    struct map_budget budget;
    unsigned count;
    unsigned caps; /* slots of the window that were touched */
    uint64_t sent[2 * L4_ITEMS_MAX];
    uint64_t items[2 * L4_ITEMS_MAX]; /* as received */
    uint64_t bytes[L4_ITEMS_MAX];     /* mapped in this go */
};

/* The 18 registers of an exception message. */
static void exception_words(const struct activation *from, uint64_t *to)
{
    for (unsigned i = 0; i < L4_REG_RIP; i++)
        to[i] = from->regs[i];
    to[L4_REG_RIP] = from->rip;
    to[L4_REG_RFLAGS] = from->regs[ACT_REG_RFLAGS];
    to[L4_REG_RSP] = from->rsp;
}

static uint64_t target_of(const struct transfer *x, unsigned i)
{
    const struct area *area = &x->to->space->area;
    uint64_t target = x->items[2 * i + 1] & L4_ITEM_ADDRESS_MASK;

    return x->how == FETCH_FAULT ? target : area->window_base + x->to->index * area->window_bytes + target;
}

/* Memory item I: source in FROM's space, target computed and checked; *SKIP bytes of the message are mapped.
 */
static enum l4_error item_memory(struct transfer *x, unsigned i, uint64_t *skip)
{
    const uint64_t *item = x->items + 2 * (size_t)i;
    unsigned log2 = (unsigned)(item[1] & 0xfff);
    uint64_t offset = item[1] & L4_ITEM_ADDRESS_MASK;
    uint64_t limit = x->how == FETCH_FAULT ? L4_USER_END : x->to->space->area.window_bytes;
    uint64_t bytes;
    uint64_t done;
    struct map_request r = {.from = &x->from->space->vs, .to = &x->to->space->vs};

    if (log2 < ITEM_LOG2_MIN || log2 > ITEM_LOG2_MAX)
        return L4_ERR_ARG;
    bytes = UINT64_C(1) << log2;
    r.source = item[0] & L4_ITEM_ADDRESS_MASK;
    r.target = target_of(x, i);
    if (offset > limit || bytes > limit - offset || r.source >= L4_USER_END || bytes > L4_USER_END - r.source)
        return L4_ERR_RANGE;
    if ((r.target | r.source) & (bytes - 1))
        return L4_ERR_ALIGN;
    r.rights = (unsigned)(item[0] >> L4_ITEM_RIGHTS_SHIFT) & L4_RWX;
    done = *skip < bytes ? *skip : bytes;
    *skip -= done;
    for (;;) {
        enum l4_error err;

        r.source += done;
        r.target += done;
        bytes -= done;
        if (bytes == 0)
            return L4_OK;
        if (x->budget.left == 0)
            return x->how == FETCH_WHOLE && !x->budget.lasting ? L4_ERR_LIMIT : ROUND_AGAIN;
        r.bytes = bytes;
        err = map_range_within(&r, &x->budget, &done);
        /* a split is alone in a budget: without this one, which lasts, the next go would come to it with too
         * little again */
        if (err == L4_ERR_BUSY && x->how == FETCH_WHOLE && x->budget.left < x->budget.whole) {
            struct map_budget own = {.left = BATCH, .whole = BATCH};

            err = map_range_within(&r, &own, &done);
            x->bytes[i] += done;
            return err == L4_OK || err == L4_ERR_BUSY ? ROUND_AGAIN : err;
        }
        x->bytes[i] += done;
        /* what is in the way goes little by little */
        if (err != L4_OK)
            return err == L4_ERR_BUSY ? ROUND_AGAIN : err;
    }
}

/* Capability item: into the next slot of the receiver's window; word 1 becomes the new handle. */
static enum l4_error item_cap(struct transfer *x, uint64_t *item)
{
    struct space *to = x->to->space;
    struct cap_fill fill;
    struct cap *fresh;
    uint64_t slot = to->area.slot_first + x->to->index * to->area.slots_each + x->caps;
    enum l4_error err;

    if (x->caps >= to->area.slots_each || slot == 0 || slot >= L4_SLOT_COUNT)
        return L4_ERR_LIMIT;
    /* a step each go; undo must not come to that slot */
    if (!cap_unmap_index(&to->caps, slot))
        return ROUND_AGAIN;
    x->caps++;
    /* first emptied, then looked up: the capability sent may lie in that very slot */
    cap_clear_index(&to->caps, slot);
    err = cap_fill_from(&x->from->space->caps, item[1], &fill);
    if (err != L4_OK)
        return err;
    /* one caller, one answer: a reply capability moves, it is not copied */
    if (!(fill.rights & L4_RIGHT_GIVE) || (fill.kind == L4_KIND_REPLY && (item[0] & 15) != L4_ITEM_CAP_MOVE))
        return L4_ERR_RIGHTS;
    fill.rights &= (uint8_t)((item[0] >> L4_ITEM_RIGHTS_SHIFT) & L4_RIGHT_ALL);
    err = cap_create(&to->caps, slot, &fill, &fresh);
    if (err != L4_OK)
        return err;
    item[1] = cap_handle(fresh);
    return L4_OK;
}

/* What was moved leaves the sender's table, once nothing can fail any more. */
static void moved_delete(const struct transfer *x)
{
    for (unsigned i = 0; i < x->count; i++) {
        struct cap *c = cap_lookup(&x->from->space->caps, x->sent[2 * i + 1]);
        struct cap *fresh = cap_lookup(&x->to->space->caps, x->items[2 * i + 1]);

        if ((x->sent[2 * i] & 15) == L4_ITEM_CAP_MOVE && c && fresh)
            cap_replace(c, fresh);
    }
}

/* Bits of an item's first word that mean something, by its type; memory is at least read. */
static bool item_bits_ok(uint64_t item)
{
    bool memory = (item & 15) <= L4_ITEM_GRANT;
    uint64_t rights = item >> L4_ITEM_RIGHTS_SHIFT & 15;

    if (memory)
        return (item & ~L4_ITEM_ADDRESS_MASK) >> 8 == 0 && !(rights & ~(uint64_t)L4_RWX) &&
               (rights & L4_READ);
    return item >> 8 == 0;
}

static enum l4_error memory_transfer(struct transfer *x, unsigned *caps)
{
    uint64_t skip = x->how == FETCH_WHOLE ? 0 : x->to->mapped;
    enum l4_error err = L4_OK;

    for (unsigned i = 0; i < x->count && err == L4_OK; i++) {
        if (!item_bits_ok(x->items[2 * i]))
            return L4_ERR_ARG;
        switch (x->items[2 * i] & 15) {
        case L4_ITEM_MAP:
            err = item_memory(x, i, &skip);
            break;
        case L4_ITEM_GRANT: /* SPACE_MAP grants; in a message it waits for whole undoing */
            err = L4_ERR_NOSYS;
            break;
        case L4_ITEM_CAP:
        case L4_ITEM_CAP_MOVE:
            err = x->how == FETCH_FAULT ? L4_ERR_ARG : L4_OK;
            ++*caps;
            break;
        default:
            err = L4_ERR_ARG;
            break;
        }
    }
    return err;
}

static enum l4_error items_transfer(struct transfer *x)
{
    unsigned caps = 0;
    enum l4_error err = memory_transfer(x, &caps);

    if (err == L4_OK && caps && x->how != FETCH_WHOLE && x->budget.left < x->budget.whole)
        err = ROUND_AGAIN; /* they have a go of their own */
    for (unsigned i = 0; i < x->count && err == L4_OK; i++)
        if ((x->items[2 * i] & 15) != L4_ITEM_MAP)
            err = item_cap(x, x->items + 2 * (size_t)i);
    return err;
}

/*
 * The message is not delivered now: of what was transferred, slots are emptied, and memory goes where it
 * would stay otherwise. A step for each item is enough: more was derived only from what was there before.
 */
static void undo(struct transfer *x, enum l4_error err)
{
    struct space *to = x->to->space;
    uint64_t all = 0;
    uint64_t done;

    while (x->caps > 0)
        cap_clear_index(&to->caps, to->area.slot_first + x->to->index * to->area.slots_each + --x->caps);
    for (unsigned i = 0; i < x->count; i++) {
        all += x->bytes[i];
        if (x->how == FETCH_WHOLE && x->bytes[i])
            (void)unmap_within(&to->vs, target_of(x, i), x->bytes[i], L4_UNMAP_ALL, 0, BATCH_WHOLE, &done);
    }
    if (x->how != FETCH_WHOLE)
        x->to->mapped = err == ROUND_AGAIN ? x->to->mapped + (uint32_t)all : 0;
}

/* X's items, which are copied. */
static enum l4_error items_fetch(struct transfer *x, const struct l4_utcb **source, struct l4_utcb **target)
{
    enum l4_error err;

    if (x->how != FETCH_FAULT)
        x->to->flags |= ACT_WINDOW;
    err = items_transfer(x);
    /* a page that an item replaced may have been that of a UTCB */
    *source = activation_utcb(x->from);
    *target = activation_utcb(x->to);
    if (err == L4_OK && x->how != FETCH_FAULT && (!*source || !*target))
        err = L4_ERR_UTCB;
    if (err != L4_OK) {
        undo(x, err);
        return err;
    }
    x->to->mapped = 0;
    moved_delete(x);
    return L4_OK;
}

enum l4_error message_fetch(struct activation *from, struct activation *to, uint64_t tag, enum fetch how)
{
    unsigned words = l4_tag_words(tag);
    unsigned items = l4_tag_items(tag);
    struct l4_utcb *target = activation_utcb(to);
    const struct l4_utcb *source = activation_utcb(from);
    struct transfer x = {.from = from, .to = to, .how = how, .count = items};
    enum l4_error err;

    if (how != FETCH_FAULT && !target)
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
        x.budget.whole = how == FETCH_WHOLE ? BATCH_WHOLE : BATCH;
        x.budget.left = x.budget.whole;
        memcpy(x.sent, source->words + L4_WORDS_REGS + words - 2 * items, 16 * (size_t)items);
        memcpy(x.items, x.sent, sizeof(x.items));
        err = items_fetch(&x, &source, &target);
        if (err != L4_OK)
            return err;
    }
    if (how == FETCH_FAULT)
        return L4_OK;
    memcpy(target->words + L4_WORDS_REGS, source->words + L4_WORDS_REGS, 8 * (size_t)(words - 2 * items));
    memcpy(target->words + L4_WORDS_REGS + words - 2 * items, x.items, 16 * (size_t)items);
    return L4_OK;
}
