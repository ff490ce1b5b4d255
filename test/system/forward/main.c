// SPDX-License-Identifier: BSD-2-Clause
// Requests handed on along every path of up to four gates: an entry gate, and queue gates on the first and on
// the last CPU (argument: how many there are). With words in registers along all of them, with memory words
// along those of which only the last is a queue gate; as calls and as sends; items; what goes wrong.
#include <stdatomic.h>
#include <l4/cap.h>
#include <l4/event.h>
#include <l4/format.h>
#include <l4/gate.h>
#include <l4/ipc.h>
#include <l4/pager.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/string.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#define PRIORITY 80
#define MS       1000000ull
#define STEPS    4
#define GATES    3 // entry, queue on the first CPU, queue on the last
#define ANSWER   99

enum label { HOP = 1, HOP_SEND, ITEMS, REFUSED };

static l4_handle_t gates[GATES], lonely, items_gate, event;
static struct l4_thread servers[GATES];
static unsigned path[STEPS], path_length;
static atomic_uint last_hops, server_refused;
static unsigned client_cpu;

// Word 0: steps done; word 1: the gates on the way, a digit each, plus 1. The memory words count the hops.
// True: hands on; false: M is the answer.
static bool hop(struct l4_msg *m, struct l4_utcb *utcb, unsigned gate)
{
    unsigned words = l4_tag_words(m->tag);
    uint32_t label = l4_msg_label(m);
    for (unsigned i = 0; i < words; i++)
        utcb->words[L4_WORDS_REGS + i]++;
    m->w[1] = 10 * m->w[1] + gate + 1;
    m->w[2] += gate == 0 && l4_cpu() != client_cpu; // who walks in stays on its CPU
    if (++m->w[0] < path_length) {
        m->handle = gates[path[m->w[0]]];
        m->tag = l4_msg_tag(label, words, 0);
        return true;
    }
    if (label == HOP_SEND)
        atomic_store(&last_hops, (unsigned)m->w[1]);
    l4_answer(m, ANSWER, words, 0);
    return false;
}

static void take_items(struct l4_msg *m)
{
    struct l4_identity identity = {0};
    int error = l4_identify(l4_msg_cap(m, 1), &identity);
    uint64_t window = L4_WINDOW_BASE + l4_utcb()->index * L4_WINDOW_BYTES;
    l4_answer(m, (uint32_t)error, 0, 0);
    m->w[0] = identity.kind;
    m->w[1] = *(volatile uint64_t *)(uintptr_t)window;
}

static volatile uint64_t page[512] __attribute__((aligned(4096)));

// Hands on to w[0], with a deadline w[1] and w[2] memory words; the error is the label.
static void refused(struct l4_msg *m, struct l4_utcb *utcb)
{
    struct l4_msg next;
    bool items = m->w[3];
    (void)utcb;
    l4_msg_init(&next, m->w[0], ITEMS);
    next.tag = l4_msg_tag(ITEMS, (unsigned)m->w[2], items ? 2 : 0);
    if (items) {
        page[0] = 0xabcdef; // and it is there
        l4_msg_put_map((unsigned)m->w[2] - 4, (uint64_t)(uintptr_t)page, 0, 12, L4_READ);
        l4_msg_put_cap((unsigned)m->w[2] - 2, event, L4_RIGHT_CALL);
    }
    if (m->w[1])
        l4_msg_deadline(&next, l4_clock() + m->w[1]);
    l4_answer(m, 100 + (uint32_t)l4_forward(&next), 0, 0);
}

static void handle(struct l4_msg *m, struct l4_utcb *utcb)
{
    if (l4_msg_label(m) == ITEMS)
        take_items(m);
    else if (l4_msg_label(m) == REFUSED)
        refused(m, utcb);
    else if (hop(m, utcb, 0))
        l4_answer(m, 100 + (uint32_t)l4_forward(m), 0, 0);
}
L4_ENTRY_GATE(entry, handle);

// A request that goes on: from the hand, or, every second time, as a deferred caller.
static int pass_on(struct l4_msg *m)
{
    static atomic_uint turn;
    l4_handle_t reply = L4_HANDLE_NONE, to = m->handle;
    if (atomic_fetch_add(&turn, 1) % 2)
        return l4_forward(m);
    int error = l4_defer_caller(L4_SLOT_ANY, &reply);
    m->handle = reply;
    return error ? error : l4_forward_deferred(m, to);
}

static void serve(void *argument)
{
    unsigned gate = (unsigned)((struct l4_thread *)argument - servers);
    int error = L4_OK;
    while (!error) {
        struct l4_msg m = {.handle = gates[gate]};
        error = l4_wait(&m);
        bool call = l4_tag_op(m.tag) == L4_OP_CALL;
        unsigned words = l4_tag_words(m.tag);
        if (error)
            break;
        if (!hop(&m, l4_utcb(), gate)) {
            error = call ? l4_reply(&m) : L4_OK;
            continue;
        }
        if (words) { // refused, and still in hand
            atomic_fetch_add(&server_refused, l4_forward(&m) == L4_ERR_NOSYS);
            l4_answer(&m, ANSWER + 1, 0, 0);
            error = l4_reply(&m);
        } else {
            error = pass_on(&m);
        }
    }
    l4_abort("server");
}

// Words 8.. of the client must not change but by the answer's.
static unsigned walk(unsigned words)
{
    struct l4_utcb *utcb = l4_utcb();
    struct l4_msg m;
    unsigned wrong = 0;
    uint64_t trace = 0;
    l4_msg_init(&m, gates[path[0]], HOP);
    m.tag = l4_msg_tag(HOP, words, 0);
    for (unsigned i = 0; i < L4_WORDS_MEM_MAX; i++)
        utcb->words[L4_WORDS_REGS + i] = 1000 * i;
    for (unsigned i = 0; i < path_length; i++)
        trace = 10 * trace + path[i] + 1;
    m.w[7] = 7;
    wrong += l4_call(&m) != L4_OK || l4_msg_label(&m) != ANSWER;
    wrong += m.w[0] != path_length || m.w[1] != trace || m.w[2] != 0 || m.w[7] != 7;
    for (unsigned i = 0; i < L4_WORDS_MEM_MAX; i++)
        wrong += utcb->words[L4_WORDS_REGS + i] != 1000 * i + (i < words ? path_length : 0);
    if (wrong)
        tap_note("path %lu, %u memory words: label %u, error %u, trace %lu, %lu strayed", trace, words,
                 l4_msg_label(&m), l4_tag_op(m.tag), m.w[1], m.w[2]);
    return wrong;
}

static bool next_path(void)
{
    for (unsigned i = 0; i < path_length; i++) {
        if (++path[i] < GATES)
            return true;
        path[i] = 0;
    }
    return false;
}

// Queue gates only at the end.
static bool carries_words(void)
{
    for (unsigned i = 0; i + 1 < path_length; i++)
        if (path[i] != 0)
            return false;
    return true;
}

static uint64_t visitors(void)
{
    uint64_t c[8] = {0};
    return l4_space_counters(L4_CAP_SPACE, 8, c) ? ~0ull : c[L4_SPACE_VISITORS_COUNT - 8];
}

static void check_paths(void)
{
    unsigned wrong = 0, walked = 0;
    for (path_length = 1; path_length <= STEPS; path_length++) {
        do {
            wrong += walk(0);
            if (carries_words())
                wrong += walk(1) + walk(L4_WORDS_MEM_MAX);
            walked++;
        } while (next_path());
    }
    tap_equal(walked, 3 + 9 + 27 + 81, "every path");
    tap_equal(wrong, 0, "brings words, trace and answer");
    tap_equal(visitors(), 0, "nobody is left inside");
}

static void check_sends(void)
{
    for (unsigned words = 0; words <= 2; words++) {
        struct l4_msg m;
        path_length = 3;
        path[0] = path[1] = 0;
        path[2] = words % 3;
        atomic_store(&last_hops, 0);
        l4_msg_init(&m, gates[0], HOP_SEND);
        m.tag = l4_msg_tag(HOP_SEND, words, 0);
        tap_error(l4_send(&m), L4_OK, "a send is handed on");
        l4_sleep_until(l4_clock() + 20 * MS);
        tap_equal(last_hops, 110 + path[2] + 1, "to the end");
    }
}

static void check_server_refuses(void)
{
    struct l4_msg m;
    path_length = 2;
    path[0] = 1;
    path[1] = 0;
    l4_msg_init(&m, gates[1], HOP);
    m.tag = l4_msg_tag(HOP, 3, 0);
    tap_error(l4_call(&m), L4_OK, "a queue server has memory words to hand on");
    tap_equal(l4_msg_label(&m), ANSWER + 1, "it cannot, and answers");
    tap_equal(server_refused, 1, "that is not built");
}

// The label of what a visitor got that tried.
static uint32_t try(l4_handle_t to, uint64_t in, unsigned words, bool items, int expected, const char *what)
{
    struct l4_msg m;
    l4_msg_init(&m, gates[0], REFUSED);
    m.w[0] = to;
    m.w[1] = in;
    m.w[2] = words;
    m.w[3] = items;
    tap_error(l4_call(&m), expected, what);
    return expected ? 0 : l4_msg_label(&m);
}

static void check_refusals(void)
{
    l4_handle_t poor = L4_HANDLE_NONE;
    tap_error(l4_cap_copy(L4_CAP_SPACE, lonely, L4_SLOT_ANY, L4_RIGHT_MANAGE, &poor), L4_OK, "a copy");
    tap_equal(try(poor, 0, 1, false, L4_OK, "without the right to call"), 100 + L4_ERR_RIGHTS, "refused");
    tap_equal(try(lonely, 20 * MS, 1, false, L4_OK, "with a deadline"), 100 + L4_ERR_TIMEOUT, "told");
    (void)try(lonely, 20 * MS, 0, false, L4_ERR_TIMEOUT, "without memory words the caller is told");
    tap_equal(try(gates[0], 0, 5, true, L4_OK, "items to a gate that takes none"), 100 + L4_ERR_ARG, "told");
    tap_equal(try(gates[1], 0, 5, true, L4_OK, "also to a queue gate"), 100 + L4_ERR_ARG, "told");
    tap_equal(visitors(), 0, "nobody is left inside");
}

static void check_items(void)
{
    struct l4_msg m;
    l4_msg_init(&m, gates[0], REFUSED);
    m.w[0] = items_gate;
    m.w[2] = 5;
    m.w[3] = true;
    tap_error(l4_call(&m), L4_OK, "a page and a capability are handed on");
    tap_equal(l4_msg_label(&m), L4_OK, "to a gate that takes them");
    tap_equal(m.w[0], L4_KIND_EVENT, "the capability");
    tap_equal(m.w[1], 0xabcdef, "the page");
}

static void make_gates(unsigned cpus)
{
    struct l4_gate_options queue = {.mode = L4_GATE_QUEUE, .rights = L4_RIGHT_ALL};
    tap_error(l4_gate_create_entry(L4_CAP_SPACE, entry, L4_POOL_VISITORS, false, &gates[0]), L4_OK, "a gate");
    tap_error(l4_gate_create_entry(L4_CAP_SPACE, entry, L4_POOL_VISITORS, true, &items_gate), L4_OK,
              "one that takes items");
    tap_error(l4_gate_create_queue(L4_CAP_SPACE, false, &lonely), L4_OK, "one that nobody serves");
    tap_error(l4_event_create(L4_CAP_SPACE, &event, NULL), L4_OK, "an event");
    for (unsigned i = 1; i < GATES; i++) {
        queue.pool = i == 1 ? 0 : cpus - 1;
        tap_error(l4_gate_create(L4_CAP_SPACE, &queue, &gates[i], NULL), L4_OK, "a queue gate");
        int error = l4_thread_create(&servers[i], PRIORITY);
        tap_error(error ? error : l4_thread_start(&servers[i], serve, &servers[i], queue.pool), L4_OK,
                  "its server");
    }
}

int main(int argc, char **argv)
{
    unsigned cpus = argc > 1 ? (unsigned)(argv[1][0] - '0') : 1;
    client_cpu = (unsigned)l4_cpu();
    make_gates(cpus);
    check_paths();
    check_sends();
    check_server_refuses();
    check_refusals();
    check_items();
    return tap_end();
}
