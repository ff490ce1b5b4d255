// SPDX-License-Identifier: BSD-2-Clause
// Calls and waits that are not in arch/x86_64/user/stubs.asm: the operation is put into the tag, the kernel's
// answers become errors. Stateless. In debug and check builds nobody calls or waits while holding a mutex.
#include <l4/ipc.h>
#include <l4/program.h>
#include "start.h"

static int outcome(const struct l4_msg *m)
{
    return l4_msg_from_kernel(m) ? (int)l4_tag_label(m->tag) : L4_OK;
}

static void assert_no_lock(void)
{
    L4_ASSERT(l4_utcb()->held_locks == 0);
}

void l4_lock_is_held(void)
{
    l4_abort("assertion");
}

int l4_wait(struct l4_msg *m)
{
    assert_no_lock();
    m->tag = (m->tag & L4_FLAG_MASK) | L4_FLAG_NATIVE | L4_OP_WAIT;
    l4_ipc(m);
    return outcome(m);
}

int l4_reply(struct l4_msg *m)
{
    assert_no_lock();
    m->tag = (m->tag & ~L4_TAG_OP_MASK) | L4_FLAG_NATIVE | L4_OP_REPLY;
    m->handle = L4_HANDLE_NONE;
    l4_ipc(m);
    return outcome(m);
}

int l4_forward_deferred(struct l4_msg *m, l4_handle_t gate)
{
    m->deadline = gate; // rsi
    return l4_forward(m);
}

int l4_object(l4_handle_t handle, uint32_t operation, uint64_t w[static L4_WORDS_REGS])
{
    struct l4_msg m = {.tag = l4_tag(L4_OP_CALL, operation, 0, 0), .handle = handle};
    for (unsigned i = 0; i < L4_WORDS_REGS; i++)
        m.w[i] = w[i];
    l4_ipc_kernel(&m);
    for (unsigned i = 0; i < L4_WORDS_REGS; i++)
        w[i] = m.w[i];
    return (int)l4_tag_label(m.tag);
}

int l4_object_until(l4_handle_t handle, uint32_t operation, uint64_t deadline,
                    uint64_t w[static L4_WORDS_REGS])
{
    struct l4_msg m = {
        .tag = l4_tag(L4_OP_CALL, operation, 0, 0) | L4_FLAG_TIMED, .handle = handle, .deadline = deadline};
    assert_no_lock();
    for (unsigned i = 0; i < L4_WORDS_REGS; i++)
        m.w[i] = w[i];
    l4_ipc_kernel(&m);
    for (unsigned i = 0; i < L4_WORDS_REGS; i++)
        w[i] = m.w[i];
    return (int)l4_tag_label(m.tag);
}

l4_handle_t l4_msg_cap(const struct l4_msg *m, unsigned k)
{
    unsigned words = l4_tag_words(m->tag);
    unsigned items = l4_tag_items(m->tag);
    if (k >= items || words > L4_WORDS_MEM_MAX || 2 * items > words)
        return L4_HANDLE_NONE;
    const uint64_t *item = &l4_utcb()->words[L4_WORDS_REGS + words - 2 * items + 2 * k];
    unsigned type = (unsigned)item[0] & 15;
    return type == L4_ITEM_CAP || type == L4_ITEM_CAP_MOVE ? item[1] : L4_HANDLE_NONE;
}
