// SPDX-License-Identifier: BSD-2-Clause
// Exact lengths: what lies behind the bytes that were sent is nothing that was there before, be it in the
// sender's UTCB, in a server's from the request of somebody else, or in the last page of what is mapped.
#include "test/system/pieces/pieces.h"

#include <l4/gate.h>
#include <l4/pager.h>
#include <l4/program.h>
#include <l4/string.h>
#include <l4/tap.h>
#include <l4/proto/vfs.h>

#define POISON_CLIENT 0xccccccccccccccccull
#define POISON_SERVER 0x5555555555555555ull

// Memory words: each side's UTCB is full of its own poison; of the other's nothing arrives, for each number
// of words.
static unsigned words_alone(enum mode mode)
{
    struct l4_utcb *utcb = l4_utcb();
    unsigned wrong = 0;
    for (unsigned count = 0; count <= L4_WORDS_MEM_MAX; count++) {
        for (unsigned again = 0; again < 2;
             again++) { // the first time fills the server's UTCB with its poison
            struct l4_msg m;
            l4_msg_init(&m, piece_gate[mode], WORDS);
            m.tag = l4_msg_tag(WORDS, count, 0);
            m.w[0] = POISON_SERVER;
            for (unsigned i = 0; i < L4_WORDS_MEM_MAX; i++)
                utcb->words[L4_WORDS_REGS + i] = i < count ? i : POISON_CLIENT;
            wrong += l4_request(&m) != L4_OK || l4_tag_words(m.tag) != count;
            wrong += again && m.w[1] != 0;
            for (unsigned i = 0; i < L4_WORDS_MEM_MAX; i++)
                wrong += utcb->words[L4_WORDS_REGS + i] != (i < count ? i + 1 : POISON_CLIENT);
        }
    }
    return wrong;
}

// Bytes of every number: what follows them in their last word is 0, though the sender's UTCB was full.
static unsigned bytes_alone(enum mode mode)
{
    unsigned wrong = 0;
    for (unsigned count = 0; count <= L4_MSG_BYTES_MAX; count++) {
        struct l4_msg m;
        const unsigned char *back = (const unsigned char *)l4_msg_bytes();
        l4_msg_init(&m, piece_gate[mode], GIVE);
        give = (struct sent){.bytes = piece, .count = L4_MSG_BYTES_MAX};
        wrong += l4_request(&m) != L4_OK; // the server's UTCB is full of it now, and so is this one
        l4_msg_init(&m, piece_gate[mode], GIVE);
        give.count = count;
        wrong += l4_request(&m) != L4_OK || l4_tag_words(m.tag) != (count + 7) / 8;
        wrong += memcmp(back, piece, count) != 0;
        for (unsigned i = count; i < 8 * l4_tag_words(m.tag); i++)
            wrong += back[i] != 0;
    }
    return wrong;
}

void check_lengths(void)
{
    memset(piece, 0xee, sizeof(piece));
    for (enum mode mode = 0; mode < MODES; mode++) {
        tap_ok(words_alone(mode) == 0, "%s: behind the words that were sent each side has its own",
               mode_name[mode]);
        tap_ok(bytes_alone(mode) == 0, "%s: behind the bytes that were sent there is nothing",
               mode_name[mode]);
    }
}

// The file server's answers by the bare call: whoever reads one byte is not shown what the one before read.
static unsigned read_bare(l4_handle_t vfs, uint64_t file, uint64_t bytes)
{
    struct l4_msg m;
    unsigned wrong = 0;
    l4_msg_init(&m, vfs, VFS_READ);
    m.w[0] = file;
    m.w[2] = bytes;
    memset(l4_msg_bytes(), 0, L4_MSG_BYTES_MAX);
    wrong += l4_request(&m) != L4_OK || m.w[0] != bytes;
    for (uint64_t i = bytes; i < 8 * (uint64_t)l4_tag_words(m.tag); i++)
        wrong += l4_msg_bytes()[i] != 0;
    return wrong;
}

void check_servers(void)
{
    static const char path[] = "/test/pieces"; // no text: 768 bytes of it have something in each word
    l4_handle_t vfs = l4_cap("vfs");
    struct vfs_stat stat;
    uint64_t file = 0;
    unsigned wrong = 0;
    tap_equal(vfs_open(vfs, path, &file, &stat), VFS_ERR_OK, "a file");
    for (unsigned bytes = 1; bytes < 64; bytes++) {
        wrong += read_bare(vfs, file, VFS_BYTES);
        wrong += read_bare(vfs, file, bytes);
    }
    tap_equal(wrong, 0, "the file server shows nothing of its answer before");
    tap_equal(vfs_close(vfs, file), VFS_ERR_OK, "closed");
}

int check_archive(void)
{
    const void *archive = NULL;
    size_t bytes = 0;
    unsigned wrong = 0;
    tap_error(l4_archive_attach(&archive, &bytes), L4_OK, "the boot archive is attached");
    const unsigned char *start = archive, *end = start + bytes;
    for (const unsigned char *p = start; (uintptr_t)p % 4096 != 0; p--)
        wrong += p[-1] != 0;
    for (const unsigned char *p = end; (uintptr_t)p % 4096 != 0; p++)
        wrong += *p != 0;
    tap_ok((uintptr_t)end % 4096 != 0, "its end is not that of a page");
    tap_equal(wrong, 0, "its first and its last page have nothing else in them");
    return tap_end();
}
