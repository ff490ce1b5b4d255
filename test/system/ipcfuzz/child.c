// SPDX-License-Identifier: BSD-2-Clause
// The child: random system calls, for ever. Everything it knows lies in the shared page; its code is that of
// this program, mapped read-only, so it writes no variables.
#include <l4/gate.h>
#include <l4/ipc.h>
#include <l4/program.h>
#include "fuzz.h"

#define SOON_NS 300000u

static struct shared *shared(void)
{
    return (struct shared *)(uintptr_t)DATA;
}

static uint64_t some_handle(uint64_t *random, unsigned kind)
{
    uint64_t r = fuzz_next(random);
    switch (r & 31) {
    case 0:
        return r;
    case 1:
        return L4_HANDLE_FIRST(r >> 8 & 1023);
    case 2:
        return L4_HANDLE_NONE;
    case 3:
        return shared()->handles[(r >> 16) % KINDS][(r >> 8) % HANDLES];
    default:
        return shared()->handles[kind][(r >> 8) % HANDLES];
    }
}

static uint64_t some_address(uint64_t *random)
{
    static const uint64_t bases[] = {UTCB_BASE, STACK_BASE,      DATA,   SPARE,          SPARE,
                                     SPARE,     SPARE + 0x20000, WINDOW, 0x7fffffffe000, (1ull << 47)};
    uint64_t r = fuzz_next(random);
    return bases[(r & 255) % L4_ARRAY_SIZE(bases)] + (r >> 8 & 15) * L4_PAGE_SIZE +
           (r >> 60 ? 0 : r >> 16 & 4095);
}

static uint64_t some_word(uint64_t *random)
{
    uint64_t r = fuzz_next(random);
    switch (r & 7) {
    case 0:
        return some_address(random);
    case 1:
        return some_handle(random, r >> 8 & 3);
    case 2:
        return (r >> 8 & 15) * L4_PAGE_SIZE;
    case 3:
        return (uint64_t)(uintptr_t)(r & 8 ? child_visitor : child_thread);
    case 4:
        return r >> 6 & 1 ? UINT64_MAX : r >> 8;
    default:
        return r >> 8 & 15;
    }
}

struct operation {
    uint8_t number, kind, built;
    uint8_t makes;         // kind of what word 0 of a good answer names
    const char *arguments; // one letter a word: see argument()
};

#define L4_X(kind_, name, number_, right, built_, what) {number_, L4_KIND_##kind_ % KINDS, built_, 0, ""},
#define L4_KIND_ANY                                     L4_KIND_NONE
static const struct operation listed[] = {L4_OPERATIONS(L4_X)};
#undef L4_X

// What makes sense. All others get anything.
static const struct operation sensible[] = {
    {L4_SPACE_CREATE, L4_KIND_SPACE, 1, L4_KIND_SPACE, "qfprs"},
    {L4_SPACE_SET_AREA, L4_KIND_SPACE, 1, 0, "USTIWBi4"},
    {L4_SPACE_SET_GATE, L4_KIND_SPACE, 1, 0, "lG"},
    {L4_ACTIVATIONS_ADD, L4_KIND_SPACE, 1, 0, "lii"},
    {L4_SPACE_MAP, L4_KIND_SPACE, 1, 0, "aabm"},
    {L4_SPACE_MAP, L4_KIND_SPACE, 1, 0, "uabm"},
    {L4_SPACE_MAP, L4_KIND_SPACE, 1, 0, "aubm"},
    {L4_SPACE_UNMAP, L4_KIND_SPACE, 1, 0, "ab34"},
    {L4_SPACE_UNMAP, L4_KIND_SPACE, 1, 0, "ub3m"},
    {L4_CAP_COPY, L4_KIND_SPACE, 1, L4_KIND_GATE, "Gsr2?"},
    {L4_CAP_COPY, L4_KIND_SPACE, 1, L4_KIND_THREAD, "Tsr"},
    {L4_CAP_COPY, L4_KIND_SPACE, 1, L4_KIND_EVENT, "Esr"},
    {L4_CAP_COPY, L4_KIND_SPACE, 1, L4_KIND_SPACE, "Ssr"},
    {L4_CAP_MOVE, L4_KIND_SPACE, 1, L4_KIND_GATE, "Gs"},
    {L4_CAP_DELETE, L4_KIND_SPACE, 1, 0, "H"},
    {L4_CAP_REVOKE, L4_KIND_SPACE, 1, 0, "H"},
    {L4_SPACE_WAKE, L4_KIND_SPACE, 1, 0, "ik"},
    {L4_QUOTA_MOVE, L4_KIND_SPACE, 1, 0, "b"},
    {L4_SPACE_SUPERVISE, L4_KIND_SPACE, 1, 0, "Ek"},
    {L4_THREAD_CREATE, L4_KIND_SPACE, 1, L4_KIND_THREAD, "rsp"},
    {L4_THREAD_CREATE, L4_KIND_SPACE, 1, L4_KIND_THREAD, "rsp"},
    {L4_THREAD_START, L4_KIND_THREAD, 1, 0, "x00"},
    {L4_THREAD_START, L4_KIND_THREAD, 1, 0, "x00"},
    {L4_THREAD_DESTROY, L4_KIND_THREAD, 1, 0, ""},
    {L4_THREAD_SUSPEND, L4_KIND_THREAD, 1, 0, ""},
    {L4_THREAD_RESUME, L4_KIND_THREAD, 1, 0, ""},
    {L4_THREAD_PRIORITY, L4_KIND_THREAD, 1, 0, "p"},
    {L4_GATE_CREATE, L4_KIND_SPACE, 1, L4_KIND_GATE, "gxlrsp"},
    {L4_GATE_CREATE, L4_KIND_SPACE, 1, L4_KIND_GATE, "gxlrsp"},
    {L4_GATE_DESTROY, L4_KIND_SPACE, 1, 0, "G"},
    {L4_GATE_DEFER, L4_KIND_SPACE, 1, L4_KIND_GATE, "s"}, // a reply capability: sent to like a gate
    {L4_GATE_DEFER, L4_KIND_SPACE, 1, L4_KIND_GATE, "w"},
    {L4_THREAD_CANCEL, L4_KIND_THREAD, 1, 0, "1"},
    {L4_THREAD_RECALL, L4_KIND_THREAD, 1, 0, ""},
    {L4_EVENT_CREATE, L4_KIND_SPACE, 1, L4_KIND_EVENT, "rs"},
    {L4_EVENT_DESTROY, L4_KIND_EVENT, 1, 0, ""},
    {L4_EVENT_SIGNAL, L4_KIND_EVENT, 1, 0, "k"},
    {L4_EVENT_WAIT, L4_KIND_EVENT, 1, 0, "k"},
    {L4_EVENT_TIMER, L4_KIND_EVENT, 1, 0, "kn"},
    {L4_EVENT_BIND_DEATH, L4_KIND_EVENT, 1, 0, "kH"},
    {L4_EVENT_BIND_THREAD, L4_KIND_EVENT, 1, 0, "H"},
    {L4_EVENT_UNBIND, L4_KIND_EVENT, 1, 0, ""},
};

static uint64_t argument(uint64_t *random, char letter)
{
    uint64_t r = fuzz_next(random);
    switch (letter) {
    case '0':
        return 0;
    case '1':
    case '2':
    case '3':
    case '4':
        return r % (uint64_t)(letter - '0' + 1);
    case 'a':
        return SPARE + (r >> 8 & 31) * L4_PAGE_SIZE;
    case 'u':
        return r & 1 ? UTCB_BASE + (r >> 8 & 7) * L4_PAGE_SIZE : WINDOW + (r >> 8 & 63) * L4_PAGE_SIZE;
    case 'b':
        return (1 + (r >> 8 & 3)) * L4_PAGE_SIZE;
    case 'q':
        return 60000 + (r >> 8 & 65535);
    case 'f':
        return UINT64_MAX;
    case 'm':
        return 1 | (r & 2) | (r & 0x3000 ? 0 : L4_MAP_GRANT);
    case 'r':
        return L4_RIGHT_ALL & (r | r >> 8);
    case 's':
        return r & 3 ? 0 : r >> 8 & 127;
    case 'w':
        return 64 + r % (4 * INDICES);
    case 'p':
        return 10 + (r & 31);
    case 'l':
        return r & 3;
    case 'i':
        return r % INDICES;
    case 'k':
        return 1 + (r & 255);
    case 'n':
        return l4_clock() + (r >> 8 & 0xfffff);
    case 'x':
        return (uint64_t)(uintptr_t)child_thread;
    case 'g':
        return (r & 1) | (r & 2 ? L4_GATE_ITEMS : 0);
    case 'U':
        return UTCB_BASE;
    case 'S':
        return STACK_BASE;
    case 'T':
        return STRIDE;
    case 'I':
        return INDICES;
    case 'W':
        return WINDOW;
    case 'B':
        return 0x10000;
    default:
        return some_word(random);
    }
}

static uint64_t argument_or_handle(uint64_t *random, char letter, bool area)
{
    static const char kinds[] = "HSTGE"; // by enum l4_kind
    uint64_t r = fuzz_next(random);
    if (!(r & 31))
        return some_word(random);
    for (unsigned i = 0; !area && kinds[i]; i++) {
        if (kinds[i] == letter)
            return some_handle(random, i ? i : 1 + (r >> 8) % (KINDS - 1));
    }
    return argument(random, letter);
}

// Memory words: anything, then items.
static void fill_words(uint64_t *random, unsigned words, unsigned items)
{
    uint64_t *at = l4_utcb()->words + L4_WORDS_REGS;
    for (unsigned i = 0; i < words; i++)
        at[i] = some_word(random);
    for (unsigned i = 0; i < items && 2 * items <= words; i++) {
        uint64_t *item = at + words - 2 * (items - i);
        uint64_t r = fuzz_next(random);
        if (r & 1) {
            item[0] = l4_item_memory(r >> 1 & 3, r >> 4 & 7, some_address(random));
            item[1] = l4_item_target(r & 8 ? (r >> 8 & 15) * L4_PAGE_SIZE : some_address(random),
                                     12 + (r >> 16 & 15) % 10);
        } else {
            item[0] = l4_item_cap(3 + (r >> 1 & 1), r >> 4 & 15);
            item[1] = some_handle(random, r >> 8 & 3);
        }
    }
}

static void remember(uint64_t *random, unsigned kind, uint64_t handle)
{
    shared()->handles[kind][1 + fuzz_next(random) % (HANDLES - 1)] = handle;
}

static uint64_t some_flags(uint64_t r)
{
    return (r & 15 ? L4_FLAG_TIMED : 0) | (r >> 4 & 15 ? 0 : L4_FLAG_SHIELD);
}

// An operation of a kernel object.
static void some_operation(uint64_t *random)
{
    uint64_t r = fuzz_next(random);
    bool sense = r & 7;
    const struct operation *o =
        sense ? &sensible[(r >> 8) % L4_ARRAY_SIZE(sensible)] : &listed[(r >> 8) % L4_ARRAY_SIZE(listed)];
    const char *letter = o->arguments;
    struct l4_msg m = {.tag = l4_tag(L4_OP_CALL, o->number, 0, 0) | some_flags(r >> 40),
                       .handle = some_handle(random, o->kind),
                       .deadline = r >> 56 & 1 ? l4_clock() + (r >> 50) % SOON_NS : 0};
    if (o->number == L4_SPACE_DESTROY && r >> 57) // would be the end of most rounds
        return;
    for (unsigned i = 0; i < L4_WORDS_REGS; i++)
        m.w[i] = *letter ? argument_or_handle(random, *letter++, o->number == L4_SPACE_SET_AREA)
                         : some_word(random);
    l4_ipc_kernel(&m);
    if (l4_msg_from_kernel(&m) && l4_msg_label(&m) == L4_OK && o->makes)
        remember(random, o->makes, m.w[0]);
}

// One of the six system calls, or none of them.
static void some_message(uint64_t *random)
{
    uint64_t r = fuzz_next(random);
    unsigned words = r >> 8 & 3 ? 0 : r >> 10 & 31;
    unsigned items = words ? r >> 15 & 3 : 0;
    struct l4_msg m = {
        .tag = l4_tag(r & 15 ? 1 + (r >> 4) % 6 : r >> 4 & 255, (uint32_t)(r >> 24), words, items) |
               some_flags(r >> 40),
        .handle = some_handle(random, L4_KIND_GATE),
        .deadline = r >> 48 & 1 ? l4_clock() + (r >> 50) % SOON_NS : 0};
    for (unsigned i = 0; i < L4_WORDS_REGS; i++)
        m.w[i] = some_word(random);
    fill_words(random, words, items);
    l4_ipc_kernel(&m);
}

void child_fuzz(void);
void child_fuzz(void)
{
    uint64_t random = (atomic_fetch_add(&shared()->seed, 1) + 1) * 0x9e3779b97f4a7c15ull;
    for (;;) {
        if (fuzz_next(&random) & 1)
            some_operation(&random);
        else
            some_message(&random);
        atomic_fetch_add(&shared()->calls, 1);
    }
}

// A thread begins with rsp at the top of its stack, a visitor likewise; neither has anything to return to.
// In assembly for that reason.
_Static_assert(sizeof(void *) == 8, "a call pushes eight bytes");
__asm__(".pushsection .text.child,\"ax\",@progbits\n"
        ".globl child_thread, child_visitor\n"
        "child_thread:\nchild_visitor:\n"
        "    cld\n    xor %ebp, %ebp\n    call child_fuzz\n    ud2\n"
        ".popsection\n");
