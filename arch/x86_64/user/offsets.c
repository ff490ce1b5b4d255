// SPDX-License-Identifier: BSD-2-Clause
// Numbers the machine part of libl4 shares with C: compiled to assembly, turned into NASM definitions by
// scripts/mkoffsets. The asm statements only put marks into the text (as strings, which every assembler
// keeps); nothing of this file is linked.
#include <l4/ipc.h>
#include <l4/proto/layout.h>

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
    MARK(OP_REPLY, L4_OP_REPLY);
}
