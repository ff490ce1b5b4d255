// SPDX-License-Identifier: BSD-2-Clause
// Numbers the machine part of libl4 shares with C: compiled to assembly, turned into NASM definitions by
// scripts/mkoffsets. The asm statements only put marks into the text (as strings, which every assembler
// keeps); nothing of this file is linked.
#include <l4/ipc.h>
#include <l4/program.h>

#define MARK(name, value) __asm__ volatile("\n.ascii \"->" #name " %0\"" : : "i"(value))

void l4_offsets(void);
void l4_offsets(void)
{
    MARK(MSG_TAG, offsetof(struct l4_msg, tag));
    MARK(MSG_HANDLE, offsetof(struct l4_msg, handle));
    MARK(MSG_DEADLINE, offsetof(struct l4_msg, deadline));
    MARK(MSG_W, offsetof(struct l4_msg, w));
    MARK(MSG_SIZE, sizeof(struct l4_msg));
    MARK(TAG_LABEL_SHIFT, L4_TAG_LABEL_SHIFT);
    MARK(TAG_NATIVE, L4_FLAG_NATIVE);
    MARK(TAG_NATIVE_BIT, __builtin_ctzll(L4_FLAG_NATIVE));
    MARK(TAG_WAIT, L4_FLAG_NATIVE | L4_OP_WAIT);
    MARK(OP_CALL, L4_OP_CALL);
    MARK(OP_SEND, L4_OP_SEND);
    MARK(OP_REPLY, L4_OP_REPLY);
    MARK(OP_REPLY_WAIT, L4_OP_REPLY_WAIT);
    MARK(OP_FORWARD, L4_OP_FORWARD);
    MARK(OP_KERNEL, L4_OP_KERNEL);
    MARK(CPU_PAGE, L4_CPU_PAGE);
    MARK(UTCB_HELD_LOCKS, offsetof(struct l4_utcb, held_locks));
    MARK(ASSERT_ON, L4_ASSERT_ON);
}
