// SPDX-License-Identifier: BSD-2-Clause
// What the six calls refuse, by their pages in docs/reference. Each row has one thing wrong.
#include "rows.h"
#include <l4/abi/layout.h>
#include <l4/proto/layout.h>

#define TIMED       L4_FLAG_TIMED
#define WORDS(n)    ((uint64_t)(n) << L4_TAG_WORDS_SHIFT)
#define ITEMS_OF(n) ((uint64_t)(n) << L4_TAG_ITEMS_SHIFT)
#define NO_FLAG     (1ull << 26)

// clang-format off
#define BAD(call_, object_, error_, text_, tag_, deadline_) \
    {L4_OP_##call_, object_, L4_ERR_##error_, #call_ ": " text_, tag_, deadline_}

// What is wrong with a tag, whatever the call.
#define BAD_TAGS(call_, object_)                                                \
    BAD(call_, object_, ARG, "a flag that is none", NO_FLAG, 0),                \
    BAD(call_, object_, ARG, "too many words", WORDS(L4_WORDS_MEM_MAX + 1), 0), \
    BAD(call_, object_, ARG, "255 words", WORDS(255), 0),                       \
    BAD(call_, object_, ARG, "too many items", WORDS(34) | ITEMS_OF(17), 0),    \
    BAD(call_, object_, ARG, "items beyond the words", WORDS(3) | ITEMS_OF(2), 0)

// What is wrong with a handle where it is to name a gate.
#define BAD_HANDLES(call_)                                    \
    BAD(call_, EMPTY, CAP, "an empty slot", 0, 0),            \
    BAD(call_, STALE, CAP, "a deleted one", 0, 0),            \
    BAD(call_, BEYOND, CAP, "a slot behind the table", 0, 0), \
    BAD(call_, DEAD_GATE, DEAD, "a gate that is gone", 0, 0), \
    BAD(call_, DEAD, DEAD, "an event that is gone", 0, 0)

// What is wrong with the gate to wait at, or with the time.
#define BAD_WAITS(call_)                                                \
    BAD(call_, ENTRY, CAP, "an entry gate", TIMED, 0),                  \
    BAD(call_, EVENT, CAP, "an event", TIMED, 0),                       \
    BAD(call_, OWN, CAP, "a space", TIMED, 0),                          \
    BAD(call_, QUEUE_NO_WAIT, RIGHTS, "a gate without WAIT", TIMED, 0), \
    BAD(call_, ELSEWHERE, CPU, "a gate of another CPU", TIMED, 0),      \
    BAD(call_, QUEUE, TIMEOUT, "a poll", TIMED, 0),                     \
    BAD(call_, QUEUE, TIMEOUT, "a deadline in the past", TIMED, 1)
// clang-format on

const struct call_row call_rows[] = {
    BAD_TAGS(CALL, ENTRY),
    BAD_TAGS(SEND, ENTRY),
    BAD_TAGS(WAIT, QUEUE),
    BAD_TAGS(REPLY, NOTHING),
    BAD_TAGS(REPLY_WAIT, QUEUE),
    BAD_TAGS(FORWARD, ENTRY),
    BAD_HANDLES(CALL),
    BAD_HANDLES(SEND),
    BAD_HANDLES(WAIT),
    BAD_HANDLES(REPLY_WAIT),
    BAD_HANDLES(FORWARD),
    BAD(CALL, NOTHING, CAP, "0", 0, 0),
    BAD(CALL, QUEUE_NO_CALL, RIGHTS, "a gate without CALL", TIMED, 0),
    BAD(CALL, QUEUE, TIMEOUT, "a poll, and nobody waits", TIMED, 0),
    BAD(CALL, QUEUE, TIMEOUT, "a deadline in the past", TIMED, 1),
    BAD(CALL, ELSEWHERE, TIMEOUT, "a poll on another CPU", TIMED, 0),
    BAD(SEND, NOTHING, CAP, "0", 0, 0),
    BAD(SEND, EVENT, CAP, "an event", 0, 0),
    BAD(WAIT, REPLY_CAP, CAP, "a reply capability", TIMED, 0),
    BAD(FORWARD, REPLY_CAP, CAP, "a reply capability", 0, 0),
    BAD(CALL, REPLY_CAP, NOSYS, "a reply capability, no operation", 0, 0),
    BAD(SEND, OWN, CAP, "a space", 0, 0),
    BAD(SEND, QUEUE_NO_CALL, RIGHTS, "a gate without CALL", TIMED, 0),
    BAD(SEND, QUEUE, TIMEOUT, "a poll, and nobody waits", TIMED, 0),
    BAD(SEND, QUEUE, TIMEOUT, "a deadline in the past", TIMED, 1),
    BAD_WAITS(WAIT),
    BAD_WAITS(REPLY_WAIT),
    BAD(WAIT, NOTHING, TIMEOUT, "a poll, and no bit is set", TIMED, 0),
    BAD(WAIT, NOTHING, TIMEOUT, "a deadline in the past", TIMED, 1),
    BAD(REPLY, NOTHING, STATE, "nobody in hand", 0, 0),
    BAD(REPLY, NOTHING, STATE, "nobody in hand, with words", WORDS(4), 0),
    BAD(REPLY_WAIT, NOTHING, CAP, "0", 0, 0),
    BAD(FORWARD, NOTHING, CAP, "0", 0, 0),
    BAD(FORWARD, EVENT, CAP, "an event", 0, 0),
    BAD(FORWARD, QUEUE_NO_CALL, RIGHTS, "a gate without CALL", 0, 0),
    BAD(FORWARD, ENTRY, STATE, "nobody in hand", 0, 0),
};
const unsigned call_count = L4_ARRAY_SIZE(call_rows);

const struct call_row visit_rows[] = {
    BAD_TAGS(REPLY, NOTHING),
    BAD(WAIT, QUEUE, STATE, "in a visit", TIMED, 0),
    BAD(REPLY_WAIT, QUEUE, STATE, "in a visit", TIMED, 0),
    BAD(FORWARD, QUEUE, TIMEOUT, "memory words, a poll, and nobody waits", WORDS(1) | TIMED, 0),
    BAD(FORWARD, QUEUE, TIMEOUT, "items, a poll, and nobody waits", WORDS(2) | ITEMS_OF(1) | TIMED, 0),
    BAD(FORWARD, QUEUE_NO_CALL, RIGHTS, "a gate without CALL, in a visit", 0, 0),
    BAD(FORWARD, EMPTY, CAP, "an empty slot, in a visit", 0, 0),
    BAD(FORWARD, DEAD_GATE, DEAD, "a gate that is gone, in a visit", 0, 0),
};
const unsigned visit_count = L4_ARRAY_SIZE(visit_rows);

#define MAP(rights) (L4_ITEM_MAP | (uint64_t)(rights) << L4_ITEM_RIGHTS_SHIFT)
#define CAP_ITEM    (L4_ITEM_CAP | (uint64_t)L4_RIGHT_ALL << L4_ITEM_RIGHTS_SHIFT)
#define MOVE        (L4_ITEM_CAP_MOVE | (uint64_t)L4_RIGHT_ALL << L4_ITEM_RIGHTS_SHIFT)
#define FROM(thing) T_AT(thing, MAP(L4_RWX))
#define BAD_ITEM(error_, text_, ...)      \
    {                                     \
        L4_ERR_##error_, "items: " text_, \
        {                                 \
            __VA_ARGS__                   \
        }                                 \
    }

const struct item_row item_rows[] = {
    BAD_ITEM(ARG, "no such type", 5, T(EVENT)),
    BAD_ITEM(ARG, "type 15", 15, T(EVENT)),
    BAD_ITEM(NOSYS, "a grant", T_AT(PAGE, MAP(L4_READ) - L4_ITEM_MAP + L4_ITEM_GRANT), 12),
    BAD_ITEM(ARG, "half a page", FROM(PAGE), 11),
    BAD_ITEM(ARG, "a flag of memory", T_AT(PAGE, MAP(L4_READ) | 0x100), 12),
    BAD_ITEM(ARG, "another flag of memory", T_AT(PAGE, MAP(L4_READ) | 0x800), 12),
    BAD_ITEM(ARG, "a right that memory has not", T_AT(PAGE, MAP(L4_READ | 8)), 12),
    BAD_ITEM(ARG, "memory without the right to read", T_AT(PAGE, MAP(L4_WRITE)), 12),
    BAD_ITEM(ARG, "memory without rights", T_AT(PAGE, MAP(0)), 12),
    BAD_ITEM(ARG, "a flag of a capability", CAP_ITEM | 0x100, T(EVENT)),
    BAD_ITEM(ARG, "an address of a capability", CAP_ITEM | 0x1000, T(EVENT)),
    BAD_ITEM(ARG, "no size", FROM(PAGE), 0x1000),
    BAD_ITEM(ARG, "more than a large page", FROM(PAGE), 22),
    BAD_ITEM(ALIGN, "two pages at an odd one's place", FROM(PAGE), 0x1000 | 13),
    BAD_ITEM(RANGE, "target behind the window", FROM(PAGE), L4_WINDOW_BYTES | 12),
    BAD_ITEM(RANGE, "target far behind the window", FROM(PAGE), 0xfffffffffffff000 | 12),
    BAD_ITEM(RANGE, "larger than the window", MAP(L4_READ), 21),
    BAD_ITEM(RANGE, "source above user memory", L4_USER_END | MAP(L4_READ), 12),
    BAD_ITEM(RANGE, "source of the kernel", 0xffffffff80000000 | MAP(L4_READ), 12),
    BAD_ITEM(RANGE, "nothing at the source", 0x123456000 | MAP(L4_READ), 12),
    BAD_ITEM(EXISTS, "two at one place", FROM(PAGE), 12, FROM(OTHER), 12),
    BAD_ITEM(CAP, "an empty slot", CAP_ITEM, T(EMPTY)),
    BAD_ITEM(CAP, "a deleted one", CAP_ITEM, T(STALE)),
    BAD_ITEM(CAP, "a slot behind the table", MOVE, T(BEYOND)),
    BAD_ITEM(CAP, "one that is good before", CAP_ITEM, T(EVENT), CAP_ITEM, T(EMPTY)),
    BAD_ITEM(DEAD, "an event that is gone", CAP_ITEM, T(DEAD)),
    BAD_ITEM(RIGHTS, "a capability without GIVE", CAP_ITEM, T(EVENT_NO_GIVE)),
    BAD_ITEM(RIGHTS, "one without GIVE is moved", MOVE, T(EVENT_NO_GIVE)),
    BAD_ITEM(CAP, "memory that is good before", FROM(PAGE), 12, CAP_ITEM, T(EMPTY)),
    BAD_ITEM(RIGHTS, "a reply capability is copied", CAP_ITEM, T(REPLY_CAP)),
    BAD_ITEM(LIMIT, "more capabilities than the window has slots", CAP_ITEM, T(EVENT), CAP_ITEM, T(EVENT),
             CAP_ITEM, T(EVENT), CAP_ITEM, T(EVENT), CAP_ITEM, T(EVENT)),
};
const unsigned item_count = L4_ARRAY_SIZE(item_rows);
