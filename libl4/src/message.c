// SPDX-License-Identifier: BSD-2-Clause
// Bytes as memory words of a message. Stateless.
#include <l4/ipc.h>
#include <l4/string.h>

unsigned l4_msg_put_bytes(const void *bytes, size_t count)
{
    if (count > 0)
        memcpy(l4_msg_bytes(), bytes, count);
    return l4_msg_end_bytes(count);
}

unsigned l4_msg_end_bytes(size_t count)
{
    unsigned words = (unsigned)l4_words_for(count);
    memset(l4_msg_bytes() + count, 0, words * sizeof(uint64_t) - count);
    return words;
}
