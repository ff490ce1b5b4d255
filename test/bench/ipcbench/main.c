// SPDX-License-Identifier: BSD-2-Clause
// IPC benchmark. usage: ipcbench [crowd] [ROW]. A line for each row of rows.h:
//   BENCH row unit min=N med=N max=N n=N [unstable]
// and at the end BENCH end rows=N. The unit is what the time-stamp counter counts: under instruction counting
// (scripts/run --icount) one instruction. What the two time stamps cost by themselves is subtracted. Each row
// has spaces of its own, and what runs in them shares no memory with the other side, which is tried first.
#include <l4/cap.h>
#include <l4/event.h>
#include <l4/format.h>
#include <l4/gate.h>
#include <l4/program.h>
#include <l4/string.h>
#include <l4/thread.h>
#include <l4/proto/console.h>

#include "bench.h"
#include "rows.h"
#include "stubs.h"

#define OWN_PRIORITY 100
#define BADGE        0x5eed
#define MEMORY_WORDS 56
#define FIRST_WORD   0x1234567800000000ull
#define UNIT         "instr"

void server_entry_lib(void); // lib.c: defined by macros that declare them as well
void server_entry_lib_w8(void);

enum gate_kind { ENTRY = L4_GATE_ENTRY, QUEUE = L4_GATE_QUEUE };

static unsigned rows, failures;
static uint64_t empty; // what a sample of nothing costs
static l4_handle_t done;

__attribute__((format(printf, 1, 2))) static void print(const char *format, ...)
{
    char line[160];
    va_list arguments;
    va_start(arguments, format);
    size_t length = l4_format_v(line, sizeof(line), format, arguments);
    va_end(arguments);
    if (length >= sizeof(line) || console_write(l4_cap("out"), line, length) != CONSOLE_ERR_OK)
        l4_exit(2);
}

void note(const char *row, const char *what)
{
    print("# %s: %s\n", row, what);
}

static void failed(const char *row, const char *what)
{
    note(row, what);
    failures++;
}

bool check(const char *row, const char *what, int error)
{
    if (error)
        failed(row, what);
    return !error;
}

// Shell sort: in place, and without recursion on a stack of a few pages.
static void sort(uint64_t *value, unsigned count)
{
    for (unsigned gap = count / 2; gap > 0; gap /= 2) {
        for (unsigned i = gap; i < count; i++) {
            uint64_t v = value[i];
            unsigned at = i;
            for (; at >= gap && value[at - gap] > v; at -= gap)
                value[at] = value[at - gap];
            value[at] = v;
        }
    }
}

void report(const char *row, struct block *b, uint64_t cost)
{
    uint64_t *sample = b->sample + WARM_UP;
    sort(sample, SAMPLES);
    uint64_t min = sample[0] - cost, max = sample[SAMPLES - 1] - cost;
    print("BENCH %s " UNIT " min=%lu med=%lu max=%lu n=%u%s\n", row, min, sample[SAMPLES / 2] - cost, max,
          SAMPLES, min == max ? "" : " unstable");
    rows++;
}

bool run(const struct party *p, void (*client)(void), l4_handle_t handle, unsigned priority)
{
    struct block *b = p->block;
    l4_handle_t thread = L4_HANDLE_NONE;
    uint64_t taken;
    b->handle = handle;
    b->event = party_give(p, done, L4_RIGHT_CALL);
    b->rounds = WARM_UP + SAMPLES;
    b->next = (uint64_t)(uintptr_t)BLOCK->sample;
    b->word = FIRST_WORD;
    if (party_thread(p, client, priority, &thread) || l4_event_wait(done, 1, L4_DEADLINE_NEVER, &taken) ||
        l4_thread_destroy(thread))
        return false;
    return b->wrong == 0 && l4_cap_delete(L4_CAP_SPACE, thread) == L4_OK;
}

static bool apart(const struct party *a, const struct party *b)
{
    return party_cannot_read(a, b->secret) && party_cannot_read(b, a->secret);
}

struct row {
    const char *name;
    unsigned spaces;
    enum gate_kind kind;
    void (*client)(void);
    void (*server)(void);
    unsigned memory_words;
};

// The gate in the server's space, as the client's handle.
static l4_handle_t open_gate(const struct row *r, const struct party *server, const struct party *client,
                             l4_handle_t *gate)
{
    struct l4_gate_options options = {.mode = r->kind,
                                      .entry = r->kind == ENTRY ? (uint64_t)(uintptr_t)r->server : 0,
                                      .pool = r->kind == ENTRY ? L4_POOL_VISITORS : 0,
                                      .rights = L4_RIGHT_ALL,
                                      .slot = L4_SLOT_ANY};
    l4_handle_t there = L4_HANDLE_NONE;
    // in one space both sides read their handle at the same place: it does for both
    unsigned rights = r->kind == QUEUE && server == client ? L4_RIGHT_CALL | L4_RIGHT_WAIT : L4_RIGHT_CALL;
    if (l4_gate_create(server->space, &options, gate, NULL) ||
        l4_cap_mint(client->space, *gate, L4_SLOT_ANY, rights, BADGE, &there))
        return L4_HANDLE_NONE;
    return there;
}

// A queue server waits before the client calls: its priority is above this thread's.
static bool start_server(const struct row *r, const struct party *server, l4_handle_t gate)
{
    l4_handle_t thread;
    if (r->kind == ENTRY)
        return true;
    server->block->handle = party_give(server, gate, L4_RIGHT_CALL | L4_RIGHT_WAIT);
    return party_thread(server, r->server, SERVER_PRIORITY, &thread) == L4_OK &&
           l4_cap_delete(L4_CAP_SPACE, thread) == L4_OK;
}

static void call_row(const struct row *r)
{
    struct party client, server, *s = r->spaces == 2 ? &server : &client;
    l4_handle_t gate = L4_HANDLE_NONE, handle;
    if (!check(r->name, "no space", party_new(&client)))
        return;
    if (r->spaces == 2 && !check(r->name, "no second space", party_new(&server))) {
        party_end(&client);
        return;
    }
    handle = open_gate(r, s, &client, &gate);
    if (r->spaces == 2 && !apart(&client, &server))
        failed(r->name, "the two can read each other");
    else if (!handle || !start_server(r, s, gate))
        failed(r->name, "no server");
    else if (!run(&client, r->client, handle, CLIENT_PRIORITY))
        failed(r->name, "an answer was wrong");
    else
        report(r->name, client.block, empty);
    party_end(&client);
    if (r->spaces == 2)
        party_end(&server);
    if (gate && l4_cap_delete(L4_CAP_SPACE, gate))
        failed(r->name, "the gate was not there to delete");
}

static void null_row(const char *name)
{
    struct party p;
    if (!check(name, "no space", party_new(&p)))
        return;
    if (run(&p, client_null, party_give(&p, p.space, L4_RIGHT_CALL), CLIENT_PRIORITY))
        report(name, p.block, empty);
    else
        failed(name, "an answer was wrong");
    party_end(&p);
}

// Two threads in two spaces that signal each other.
static void event_row(const char *name)
{
    struct party a = {0}, b = {0};
    l4_handle_t to_a = L4_HANDLE_NONE, to_b = L4_HANDLE_NONE, thread;
    int error = party_new(&a);
    if (!error)
        error = party_new(&b);
    if (!error)
        error = l4_event_create(L4_CAP_SPACE, &to_a, NULL);
    if (!error)
        error = l4_event_create(L4_CAP_SPACE, &to_b, NULL);
    if (check(name, "not set up", error)) {
        a.block->other = party_give(&a, to_b, L4_RIGHT_CALL);
        b.block->other = party_give(&b, to_b, L4_RIGHT_WAIT);
        b.block->handle = party_give(&b, to_a, L4_RIGHT_CALL);
        if (!party_thread(&b, partner_event, SERVER_PRIORITY, &thread) &&
            !l4_cap_delete(L4_CAP_SPACE, thread) &&
            run(&a, client_event, party_give(&a, to_a, L4_RIGHT_WAIT), CLIENT_PRIORITY))
            report(name, a.block, empty);
        else
            failed(name, "an answer was wrong");
    }
    party_end(&a);
    party_end(&b);
    check(name, "an event stays",
          l4_event_destroy(to_a) || l4_event_destroy(to_b) || l4_cap_delete(L4_CAP_SPACE, to_a) ||
              l4_cap_delete(L4_CAP_SPACE, to_b));
}

// Two calls deep, and back: three spaces.
static void chain_row(const char *name)
{
    static const struct row near = {NULL, 2, ENTRY, NULL, server_entry_chain, 0},
                            far = {NULL, 2, ENTRY, NULL, server_entry, 0};
    struct party client = {0}, a = {0}, b = {0};
    l4_handle_t to_a = L4_HANDLE_NONE, to_b = L4_HANDLE_NONE, handle = L4_HANDLE_NONE;
    int error = party_new(&client);
    if (!error)
        error = party_new(&a);
    if (!error)
        error = party_new(&b);
    if (check(name, "no spaces", error)) {
        handle = open_gate(&near, &a, &client, &to_a);
        a.block->handle = open_gate(&far, &b, &a, &to_b);
        if (handle && a.block->handle && run(&client, client_w0, handle, CLIENT_PRIORITY))
            report(name, client.block, empty);
        else
            failed(name, "an answer was wrong");
    }
    party_end(&client);
    party_end(&a);
    party_end(&b);
    check(name, "a gate stays", l4_cap_delete(L4_CAP_SPACE, to_a) || l4_cap_delete(L4_CAP_SPACE, to_b));
}

static void measure_empty(void)
{
    struct party p;
    if (!check("empty", "no space", party_new(&p)))
        return;
    // nothing has answered, so each of its answers is no answer: they are not looked at
    if (!run(&p, client_empty, L4_HANDLE_NONE, CLIENT_PRIORITY))
        failed("empty", "no samples");
    sort(p.block->sample + WARM_UP, SAMPLES);
    empty = p.block->sample[WARM_UP];
    party_end(&p);
}

#define X(row_name, spaces, kind, client, server, words) {row_name, spaces, kind, client, server, words},
static const struct row call_rows[] = {CALL_ROWS(X)};
#undef X

#define X(row_name, function) {row_name, function},
static const struct {
    const char *name;
    void (*run)(const char *name);
} other_rows[] = {OTHER_ROWS(X)};
#undef X

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "crowd") == 0) {
        crowd_make();
        print("# 1000 spaces with 10 threads each are there\n");
        argc--;
        argv++;
    }
    // below the parties: what is started has run until it waits when this thread goes on
    if (l4_event_create(L4_CAP_SPACE, &done, NULL) || l4_thread_priority(L4_CAP_THREAD, OWN_PRIORITY))
        l4_abort("event");
    measure_empty();
    print("# two time stamps cost %lu, which is subtracted\n", empty);
    for (unsigned i = 0; i < L4_ARRAY_SIZE(call_rows); i++) {
        if (argc < 2 || strcmp(argv[1], call_rows[i].name) == 0)
            call_row(&call_rows[i]);
    }
    for (unsigned i = 0; i < L4_ARRAY_SIZE(other_rows); i++) {
        if (argc < 2 || strcmp(argv[1], other_rows[i].name) == 0)
            other_rows[i].run(other_rows[i].name);
    }
    print("BENCH end rows=%u\n", rows);
    return failures || rows == 0;
}
