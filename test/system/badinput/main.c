// SPDX-License-Identifier: BSD-2-Clause
// Bad input by the manual: for each call and operation, what is wrong with it (kind, rights, handles, words,
// items, flags, times), the error that docs/reference names, and that nothing has changed. The lists are
// written by hand; where they say the same as the operation table, which test/system/nosys goes through, the
// two are compared. What a UTCB that is absent or not writable leads to is shown by test/system/hostile and
// test/system/ownpager.
#include "operations.h"
#include "rows.h"
#include <l4/cap.h>
#include <l4/error.h>
#include <l4/gate.h>
#include <l4/ipc.h>
#include <l4/program.h>
#include <l4/tap.h>
#include <l4/abi/ops.h>

#define SHOWN      8 // defects of a list that are told
#define UNTOUCHED  0x5eed0000ull
#define LABEL_ROWS 7 // a visit that goes through visit_rows

struct page {
    const char *name;
    uint32_t number;
    unsigned kind, right;
    bool built;
};
#define L4_KIND_ANY          L4_KIND_NONE
#define P(name, kind, right) {#name, L4_##name, L4_KIND_##kind, L4_RIGHT_##right, true},
static const struct page by_hand[] = {PAGES(P)};
#undef P
#define L4_X(kind, name, number, right, built, what) {#name, number, L4_KIND_##kind, L4_RIGHT_##right, built},
static const struct page by_table[] = {L4_OPERATIONS(L4_X)};
#undef L4_X

static unsigned wrong, skipped,
    entered; // rows that were answered otherwise; rows not for this machine; visits

static void begin(void)
{
    wrong = 0;
    skipped = 0;
}

static void end(unsigned rows, const char *what)
{
    tap_ok(wrong == 0 && rows > skipped, "%s: %u rows, %u of them not for this machine", what, rows, skipped);
}

static void expect(int got, int error, const char *text)
{
    if (got != error && wrong++ < SHOWN)
        tap_note("%s: %s, the manual says %s", text, l4_error_name(got), l4_error_name(error));
}

static void expect_unchanged(const struct snapshot *before, const char *text)
{
    if (!world_same(before) && wrong++ < SHOWN)
        tap_note("%s: something has changed", text);
}

static int ask(const struct l4_msg *sent, const char *text)
{
    struct l4_msg m = *sent;
    l4_ipc(&m);
    if (!l4_msg_from_kernel(&m)) {
        tap_note("%s: answered by operation 0x%x", text, l4_tag_op(m.tag));
        return -1;
    }
    return (int)l4_msg_label(&m);
}

// An operation that is refused leaves the words as they were.
static void ask_operation(l4_handle_t handle, const struct words_row *row)
{
    uint64_t w[L4_WORDS_REGS], sent[L4_WORDS_REGS];
    int error;
    for (unsigned i = 0; i < L4_WORDS_REGS; i++)
        sent[i] = w[i] = world_word(row->w[i]);
    error = row->timed ? l4_object_until(handle, row->operation, row->deadline, w)
                       : l4_object(handle, row->operation, w);
    expect(error, row->error, row->text);
    for (unsigned i = 0; i < L4_WORDS_REGS; i++) {
        if (w[i] != sent[i] && wrong++ < SHOWN)
            tap_note("%s: word %u is another", row->text, i);
    }
}

static void check_lists(void)
{
    unsigned built = 0;
    begin();
    for (unsigned i = 0; i < L4_ARRAY_SIZE(by_table); i++) {
        const struct page *table = &by_table[i];
        unsigned found = 0;
        for (unsigned k = 0; k < L4_ARRAY_SIZE(by_hand); k++) {
            const struct page *hand = &by_hand[k];
            if (hand->number != table->number)
                continue;
            found++;
            if ((hand->kind != table->kind || hand->right != table->right) && wrong++ < SHOWN)
                tap_note("%s: kind or right differ", hand->name);
        }
        if (found != table->built && wrong++ < SHOWN)
            tap_note("%s: %u times in the list by hand", table->name, found);
        built += table->built;
    }
    tap_equal(wrong, 0, "the list by hand says the same as the operation table");
    tap_equal(L4_ARRAY_SIZE(by_hand), built, "and has nothing else");
}

static enum thing object_of(unsigned kind)
{
    static const enum thing of[L4_KIND_COUNT] = {
        [L4_KIND_NONE] = EVENT, [L4_KIND_SPACE] = BOX,   [L4_KIND_THREAD] = THREAD, [L4_KIND_EVENT] = EVENT,
        [L4_KIND_IRQ] = IRQ,    [L4_KIND_PORTS] = PORTS, [L4_KIND_PHYS] = PHYS,     [L4_KIND_POOL] = POOL,
        [L4_KIND_CPUS] = CPUS,  [L4_KIND_LOG] = LOG,     [L4_KIND_POWER] = POWER,   [L4_KIND_INFO] = INFO};
    return of[kind];
}

// Operation of PAGE on what has not the right, has another kind, or is not there.
static void check_page(const struct page *page)
{
    static const enum thing kinds[] = {BOX, THREAD, EVENT, INFO, IRQ, PORTS, PHYS, POOL, CPUS, LOG, POWER};
    static const enum thing nothings[] = {NOTHING, STALE, EMPTY, BEYOND};
    struct words_row row = {.operation = page->number, .error = L4_ERR_CAP, .text = page->name};
    l4_handle_t narrow = L4_HANDLE_NONE;
    struct snapshot before;
    world_look(&before);
    for (unsigned i = 0; i < L4_WORDS_REGS; i++)
        row.w[i] = UNTOUCHED + i;
    for (unsigned i = 0; i < L4_ARRAY_SIZE(nothings); i++)
        ask_operation(things[nothings[i]], &row);
    for (unsigned i = 0; i < L4_ARRAY_SIZE(kinds) && page->kind != L4_KIND_ANY; i++) {
        if (kinds[i] != object_of(page->kind))
            ask_operation(things[kinds[i]], &row);
    }
    row.error = L4_ERR_DEAD;
    ask_operation(things[DEAD], &row);
    row.error = L4_ERR_RIGHTS;
    expect(l4_cap_copy(L4_CAP_SPACE, things[object_of(page->kind)], L4_SLOT_ANY, L4_RIGHT_ALL & ~page->right,
                       &narrow),
           L4_OK, "a copy with fewer rights");
    ask_operation(narrow, &row);
    expect(l4_cap_delete(L4_CAP_SPACE, narrow), L4_OK, "which is deleted");
    expect_unchanged(&before, page->name);
}

static void check_pages(void)
{
    begin();
    for (unsigned i = 0; i < L4_ARRAY_SIZE(by_hand); i++)
        check_page(&by_hand[i]);
    end(L4_ARRAY_SIZE(by_hand), "handles that name nothing, another kind, or lack the right");
}

static void check_words(const struct words_row *rows, unsigned count, const char *what)
{
    begin();
    for (unsigned i = 0; i < count; i++) {
        struct snapshot before;
        world_look(&before);
        ask_operation(things[rows[i].object], &rows[i]);
        expect_unchanged(&before, rows[i].text);
    }
    end(count, what);
}

// Each bit that is not allowed, alone.
static void check_bits(void)
{
    begin();
    for (unsigned i = 0; i < bits_count; i++) {
        const struct bits_row *row = &bits_rows[i];
        struct words_row one = {.operation = row->operation, .error = L4_ERR_ARG, .text = row->text};
        struct snapshot before;
        world_look(&before);
        for (unsigned bit = 0; bit < 64; bit++) {
            if (row->allowed >> bit & 1)
                continue;
            for (unsigned k = 0; k < L4_WORDS_REGS; k++)
                one.w[k] = world_word(row->w[k]);
            one.w[row->word] |= 1ull << bit;
            ask_operation(things[row->object], &one);
        }
        expect_unchanged(&before, row->text);
    }
    end(bits_count, "bits that mean nothing");
}

static void check_calls(const struct call_row *rows, unsigned count, const char *what)
{
    begin();
    for (unsigned i = 0; i < count; i++) {
        struct snapshot before;
        struct l4_msg m = {.tag = l4_tag(rows[i].call, 0, 0, 0) | rows[i].tag,
                           .handle = things[rows[i].object],
                           .deadline = rows[i].deadline};
        unsigned visits = entered;
        if (rows[i].object != NOTHING && m.handle == L4_HANDLE_NONE) {
            skipped++;
            continue;
        }
        world_look(&before);
        expect(ask(&m, rows[i].text), rows[i].error, rows[i].text);
        expect_unchanged(&before, rows[i].text);
        if (entered != visits && wrong++ < SHOWN)
            tap_note("%s: a gate was entered", rows[i].text);
    }
    end(count, what);
}

// The items of ROW in the own UTCB; how many.
static unsigned put_items(const struct item_row *row)
{
    unsigned n = 0;
    while (n < ITEM_ROW_MAX && (row->items[2 * n] || row->items[2 * n + 1])) {
        l4_utcb()->words[L4_WORDS_REGS + 2 * n] = world_word(row->items[2 * n]);
        l4_utcb()->words[L4_WORDS_REGS + 2 * n + 1] = world_word(row->items[2 * n + 1]);
        n++;
    }
    return n;
}

static void check_items(enum thing gate, bool taken, const char *what)
{
    begin();
    for (unsigned i = 0; i < item_count; i++) {
        struct snapshot before;
        unsigned visits = entered;
        unsigned n = put_items(&item_rows[i]);
        struct l4_msg m = {.tag = l4_tag(L4_OP_CALL, 0, 2 * n, n), .handle = things[gate]};
        world_look(&before);
        expect(ask(&m, item_rows[i].text), taken ? item_rows[i].error : L4_ERR_ARG, item_rows[i].text);
        expect_unchanged(&before, item_rows[i].text);
        if (entered != visits && wrong++ < SHOWN)
            tap_note("%s: the gate was entered", item_rows[i].text);
    }
    end(item_count, what);
}

static void handle(struct l4_msg *m, struct l4_utcb *utcb)
{
    (void)utcb;
    entered++;
    if (l4_msg_label(m) == LABEL_ROWS)
        check_calls(visit_rows, visit_count, "calls in a visit");
    l4_answer(m, 0, 0, 0);
}
L4_ENTRY_GATE(badinput_entry, handle);

static int visit(uint32_t label)
{
    struct l4_msg m;
    l4_msg_init(&m, things[ENTRY], label);
    return l4_call(&m);
}

int main(int argc, char **argv)
{
    bool made = world_make(badinput_entry);
    struct l4_msg m;
    (void)argc;
    (void)argv;
    tap_ok(made, "objects in every state");
    if (!made)
        return tap_end();
    rows_touch();
    tap_error(visit(0), L4_OK, "the gate can be entered");
    // pages of slots that an item needs stay with the space
    l4_msg_init(&m, things[ITEMS], 0);
    m.tag = l4_msg_tag(0, 2, 1);
    l4_msg_put_cap(0, things[EVENT], L4_RIGHT_CALL);
    tap_error(l4_call(&m), L4_OK, "and takes items");
    check_lists();
    check_pages();
    check_words(space_rows, space_count, "words: memory, quotas, capabilities");
    check_words(more_rows, more_count, "words: the other operations");
    check_bits();
    check_calls(call_rows, call_count, "calls at home");
    tap_error(visit(LABEL_ROWS), L4_OK, "a visit");
    check_items(ITEMS, true, "items");
    check_items(ENTRY, false, "items where none are taken");
    tap_equal(entered, 3, "visits");
    tap_error(world_end(), L4_ERR_DEAD, "the caller who was kept");
    return tap_end();
}
