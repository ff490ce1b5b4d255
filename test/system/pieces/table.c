// SPDX-License-Identifier: BSD-2-Clause
// Copied or mapped: every combination of what the sender chooses, through both kinds of gates, in requests
// and in answers, with addresses of every alignment.
#include "test/system/pieces/pieces.h"

#include <l4/cap.h>
#include <l4/event.h>
#include <l4/gate.h>
#include <l4/tap.h>

#define BYTES  100
#define OFFSET 24 // of a piece that is not aligned to a page

enum way { REQUEST, ANSWER, WAYS };
static const char *const way_name[WAYS] = {"request", "answer"};

// What the receiver saw of S, which begins at byte OFFSET of page PAGE; the error of the call.
static int transfer(enum mode mode, enum way way, const struct sent *s, unsigned page, struct seen *saw)
{
    struct l4_msg m;
    l4_msg_init(&m, piece_gate[mode], way == REQUEST ? TAKE : GIVE);
    give = *s;
    m.w[0] = s->count;
    m.w[1] = (uint64_t)(uintptr_t)s->bytes;
    m.w[2] = s->item[1] & L4_ITEM_ADDRESS_MASK;
    m.w[3] = page * 4096;
    if (way == REQUEST)
        m.tag = sent_put(s, TAKE);
    int error = l4_request(&m);
    *saw = (struct seen){0};
    if (!error)
        *saw = way == REQUEST ? seen : seen_look(&m);
    return error;
}

// Rows of the table: nothing, a copy, a mapping, or both; the copy from an aligned address or another, which
// is all the same to it; the mapping to be read or written.
static unsigned table_row(enum mode mode, enum way way, unsigned row)
{
    bool copied = row & 1, mapped = row & 2, aligned = row & 4, writable = row & 8;
    struct sent s = {.bytes = piece + (aligned ? 0 : OFFSET), .count = copied ? BYTES : 0, .mapped = mapped};
    struct seen saw;
    s.item[0] = l4_item_memory(L4_ITEM_MAP, L4_READ | (writable ? L4_WRITE : 0), (uint64_t)(uintptr_t)piece);
    s.item[1] = l4_item_target(4096, 12);
    for (unsigned i = 0; i < sizeof(piece); i++)
        piece[i] = (unsigned char)(i * 7 + row);
    int error = transfer(mode, way, &s, 0, &saw);
    unsigned wrong = error != L4_OK;
    wrong += !saw.bytes_right || !saw.bytes_own;
    wrong += saw.map_there != mapped || saw.map_same != mapped;
    wrong += saw.map_written != (mapped && writable) || saw.map_write_back != mapped;
    if (wrong)
        tap_note("%s, %s, row %u: %d, %u%u %u%u %u%u", mode_name[mode], way_name[way], row, error,
                 saw.bytes_right, saw.bytes_own, saw.map_there, saw.map_same, saw.map_written,
                 saw.map_write_back);
    return wrong;
}

// An item of 2^log2 bytes from page SOURCE to page TARGET: what it is refused for.
static int expected(unsigned log2, unsigned source, unsigned target)
{
    if (log2 < 12 || log2 > 21)
        return L4_ERR_ARG;
    uint64_t end = (uint64_t)target * 4096 + (1ull << log2);
    if (end > 0x10000)
        return L4_ERR_RANGE;
    return (source | target) & ((1u << (log2 - 12)) - 1) ? L4_ERR_ALIGN : L4_OK;
}

static unsigned alignment(enum mode mode, enum way way, unsigned log2)
{
    unsigned wrong = 0;
    for (unsigned i = 0; i < PAGES * PAGES; i++) {
        unsigned source = i / PAGES, target = i % PAGES;
        struct sent s = {.mapped = true};
        struct seen saw;
        s.item[0] = l4_item_memory(L4_ITEM_MAP, L4_READ, (uint64_t)(uintptr_t)piece + source * 4096);
        s.item[1] = l4_item_target(target * 4096, log2);
        int want = expected(log2, source, target), got = transfer(mode, way, &s, source, &saw);
        if (got != want || saw.map_same != (want == L4_OK)) {
            tap_note("%s, %s, 2^%u bytes from page %u to %u: %d, not %d", mode_name[mode], way_name[way],
                     log2, source, target, got, want);
            wrong++;
        }
    }
    return wrong;
}

// An answer with a capability that is gone, or never was: its caller hears why, and the next is served.
static void check_undeliverable(enum mode mode)
{
    l4_handle_t event = L4_HANDLE_NONE;
    struct sent s = {.mapped = true, .item = {l4_item_cap(L4_ITEM_CAP, L4_RIGHT_ALL), L4_HANDLE_NONE}};
    struct seen saw;
    tap_error(transfer(mode, ANSWER, &s, 0, &saw), L4_ERR_CAP, "an answer with no capability");
    tap_error(l4_event_create(L4_CAP_SPACE, &event, NULL), L4_OK, "an event");
    tap_error(l4_event_destroy(event), L4_OK, "which somebody destroys");
    s.item[1] = event;
    tap_error(transfer(mode, ANSWER, &s, 0, &saw), L4_ERR_DEAD, "an answer with what is left of it");
    tap_error(l4_cap_delete(L4_CAP_SPACE, event), L4_OK, "its capability goes");
    s = (struct sent){.bytes = piece, .count = BYTES};
    tap_error(transfer(mode, ANSWER, &s, 0, &saw), L4_OK, "the next one is served");
}

void check_truth_table(void)
{
    for (enum mode mode = 0; mode < MODES; mode++) {
        for (enum way way = 0; way < WAYS; way++) {
            static const unsigned sizes[] = {0, 11, 12, 13, 14, 17, 22, 63};
            unsigned wrong = 0;
            for (unsigned row = 0; row < 16; row++)
                wrong += table_row(mode, way, row);
            tap_ok(wrong == 0, "%s, %s: copied, mapped, both, neither, as the sender says", mode_name[mode],
                   way_name[way]);
            wrong = 0;
            for (unsigned i = 0; i < L4_ARRAY_SIZE(sizes); i++)
                wrong += alignment(mode, way, sizes[i]);
            tap_ok(wrong == 0, "%s, %s: what is mapped is aligned to its size", mode_name[mode],
                   way_name[way]);
        }
        check_undeliverable(mode);
    }
    // An address within a page cannot be said: its low bits are the item's type, rights and flags.
    uint64_t at = (uint64_t)(uintptr_t)piece;
    tap_equal(l4_item_memory(L4_ITEM_MAP, L4_READ, at + OFFSET), l4_item_memory(L4_ITEM_MAP, L4_READ, at),
              "an item is of whole pages by its type");
}
