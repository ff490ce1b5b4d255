// SPDX-License-Identifier: BSD-2-Clause
// Data that are copied and pages that are mapped: which of the two is the sender's choice (table.c), and the
// exact number of bytes travels apart from words and pages, behind which nothing old shows (lengths.c).
//   pieces           all of it, through an entry gate and a queue gate
//   pieces archive   the pages of the boot archive, what lies around it in them (test/boot/leftovers.py)
#include "test/system/pieces/pieces.h"

#include <l4/gate.h>
#include <l4/probe.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/string.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#define PRIORITY 80

l4_handle_t piece_gate[MODES];
const char *const mode_name[MODES] = {"entry gate", "queue gate"};
unsigned char piece[PAGES * 4096] __attribute__((aligned(PAGES * 4096)));
struct sent give;
struct seen seen;

uint64_t sent_put(const struct sent *s, uint32_t label)
{
    unsigned words = l4_msg_put_bytes(s->bytes, s->count);
    if (!s->mapped)
        return l4_msg_tag(label, words, 0);
    l4_utcb()->words[L4_WORDS_REGS + words] = s->item[0];
    l4_utcb()->words[L4_WORDS_REGS + words + 1] = s->item[1];
    return l4_msg_tag(label, words + 2, 1);
}

// At home nobody does it.
static void window_clear(void)
{
    uint64_t window = L4_WINDOW_BASE + l4_utcb()->index * L4_WINDOW_BYTES;
    if (l4_space_unmap(L4_CAP_SPACE, window, L4_WINDOW_BYTES, L4_UNMAP_ALL, 0, NULL))
        l4_abort("unmap");
}

struct seen seen_look(const struct l4_msg *m)
{
    const unsigned char *copy = (const unsigned char *)l4_msg_bytes();
    struct seen s = {.bytes_right = true, .bytes_own = true};
    bool item = l4_tag_items(m->tag) > 0;
    uint64_t count = m->w[0];
    const unsigned char *from = (const unsigned char *)(uintptr_t)m->w[1];
    uint64_t target = L4_WINDOW_BASE + l4_utcb()->index * L4_WINDOW_BYTES + m->w[2];
    s.bytes_right = l4_tag_words(m->tag) == (unsigned)l4_words_for(count) + 2 * item &&
                    (count == 0 || memcmp(copy, from, count) == 0);
    if (count > 0) {
        unsigned char before = copy[0];
        piece[from - piece]++;
        s.bytes_own = copy[0] == before;
    }
    struct probe p = probe_read(target);
    s.map_there = !p.faulted;
    if (s.map_there) {
        volatile unsigned char *window = (volatile unsigned char *)(uintptr_t)target;
        unsigned char *page = piece + (m->w[3] & (sizeof(piece) - 1));
        page[0] = (unsigned char)(window[0] + 1);
        s.map_same = window[0] == page[0];
        p = probe_write(target, (uint8_t)(page[0] + 1));
        s.map_written = !p.faulted;
        s.map_write_back = window[0] == *(volatile unsigned char *)page;
    }
    window_clear();
    return s;
}

static void handle(struct l4_msg *m, struct l4_utcb *utcb)
{
    unsigned words = l4_tag_words(m->tag);
    switch (l4_msg_label(m)) {
    case TAKE:
        seen = seen_look(m);
        l4_answer(m, L4_OK, 0, 0);
        break;
    case GIVE:
        m->tag = sent_put(&give, L4_OK) | L4_OP_REPLY;
        break;
    case WORDS:
        for (unsigned i = 0; i < L4_WORDS_MEM_MAX; i++) {
            uint64_t *word = &utcb->words[L4_WORDS_REGS + i];
            m->w[1] += i >= words && *word != m->w[0]; // what the last request left
            *word = i < words ? *word + 1 : m->w[0];
        }
        l4_answer(m, L4_OK, words, 0);
        break;
    default:
        l4_answer(m, L4_ERR_NOSYS, 0, 0);
        break;
    }
}
L4_ENTRY_GATE(entry, handle);

static void serve(void *argument)
{
    (void)argument;
    int error = l4_serve(piece_gate[QUEUE], handle);
    tap_error(error, L4_ERR_DEAD, "the server ends with its gate");
}

int main(int argc, char **argv)
{
    static struct l4_thread server;
    if (argc > 1 && strcmp(argv[1], "archive") == 0)
        return check_archive();
    tap_error(probe_init(), L4_OK, "the program handles its own exceptions");
    tap_error(l4_gate_create_entry(L4_CAP_SPACE, entry, L4_POOL_VISITORS, true, &piece_gate[ENTRY]), L4_OK,
              "an entry gate");
    tap_error(l4_gate_create_queue(L4_CAP_SPACE, true, &piece_gate[QUEUE]), L4_OK, "a queue gate");
    int error = l4_thread_create(&server, PRIORITY);
    tap_error(error ? error : l4_thread_start(&server, serve, NULL, l4_cpu()), L4_OK, "a server");
    check_truth_table();
    check_lengths();
    check_servers();
    return tap_end();
}
