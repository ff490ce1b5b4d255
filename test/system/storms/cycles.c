// SPDX-License-Identifier: BSD-2-Clause
// Objects of each kind come and go, on all CPUs at once: a worker on each CPU does the same kind, then all go
// through the kinds at different places. What a cycle makes it takes away again.
#include "storm.h"

#include <l4/error.h>
#include <l4/pager.h>
#include <l4/tap.h>
#include "test/system/support/books.h"

#define WORKER_PRIORITY 70
#define TARGET          NEST_TARGET // of mappings, in the nest of a CPU
#define PAGES           8
#define PASSES          4
#define QUOTA           (600u << 10)

struct worker {
    unsigned cpu;
    l4_handle_t thread;
    uint64_t count, done;
    const struct kind *kind, *first;
    struct nest nest;
    const char *where; // the call that failed
    int error;
    atomic_uint over;
};

struct kind {
    const char *name;
    int (*cycle)(struct worker *w, uint64_t i);
    unsigned share; // of the count: one in so many, where a cycle is long
};

static struct worker workers[CPUS_MAX];
static l4_handle_t visited, minted; // gates of the program
static char pages[PAGES][L4_PAGE_SIZE] __attribute__((aligned(4096)));

static int at(struct worker *w, const char *where, int error)
{
    if (error)
        w->where = where;
    return error;
}
#define TRY(call)                          \
    do {                                   \
        int error_ = at(w, #call, (call)); \
        if (error_)                        \
            return error_;                 \
    } while (0)

static int cycle_thread(struct worker *w, uint64_t i)
{
    l4_handle_t h = L4_HANDLE_NONE;
    (void)i;
    TRY(l4_space_thread(L4_CAP_SPACE, L4_RIGHT_ALL, L4_SLOT_ANY, WORKER_PRIORITY, &h, NULL));
    TRY(l4_thread_destroy(h));
    TRY(l4_cap_delete(L4_CAP_SPACE, h));
    return L4_OK;
}

static void wait_body(void *argument)
{
    (void)argument;
    rest_for_ever();
}

// On its own CPU it has begun to wait; on another it is anywhere.
static int cycle_started(struct worker *w, uint64_t i)
{
    l4_handle_t h = L4_HANDLE_NONE;
    TRY(storm_thread(L4_CAP_SPACE, wait_body, NULL, WORKER_PRIORITY + 1, (w->cpu + (unsigned)i) % cpus, &h));
    TRY(l4_thread_destroy(h));
    TRY(l4_cap_delete(L4_CAP_SPACE, h));
    return L4_OK;
}

static void visit(struct l4_msg *m, struct l4_utcb *utcb)
{
    (void)utcb;
    l4_answer(m, 0, 0, 0);
}
L4_ENTRY_GATE(cycles_entry, visit);

static int gate_cycle(struct worker *w, struct l4_gate_options options)
{
    l4_handle_t h = L4_HANDLE_NONE;
    options.rights = L4_RIGHT_ALL;
    TRY(l4_gate_create(L4_CAP_SPACE, &options, &h, NULL));
    TRY(l4_gate_destroy(h));
    TRY(l4_cap_delete(L4_CAP_SPACE, h));
    return L4_OK;
}

static int cycle_entry_gate(struct worker *w, uint64_t i)
{
    (void)i;
    return gate_cycle(w, (struct l4_gate_options){.mode = L4_GATE_ENTRY,
                                                  .entry = (uint64_t)(uintptr_t)cycles_entry,
                                                  .pool = L4_POOL_VISITORS});
}

// Of this CPU and of others in turn.
static int cycle_queue_gate(struct worker *w, uint64_t i)
{
    return gate_cycle(w, (struct l4_gate_options){.mode = L4_GATE_QUEUE, .pool = (w->cpu + i) % cpus});
}

static int cycle_event(struct worker *w, uint64_t i)
{
    l4_handle_t h = L4_HANDLE_NONE;
    (void)i;
    TRY(l4_event_create(L4_CAP_SPACE, &h, NULL));
    TRY(l4_event_signal(h, 1));
    TRY(l4_event_destroy(h));
    TRY(l4_cap_delete(L4_CAP_SPACE, h));
    return L4_OK;
}

// One in sixteen has a thread that runs in it.
static int cycle_space(struct worker *w, uint64_t i)
{
    struct nest n = {.number = w->cpu + CPUS_MAX};
    l4_handle_t h = L4_HANDLE_NONE;
    TRY(nest_make(&n, L4_CAP_SPACE, QUOTA));
    if (i % 16 == 0)
        TRY(storm_thread(n.space, wait_body, NULL, WORKER_PRIORITY + 1, (w->cpu + (unsigned)(i / 16)) % cpus,
                         &h));
    TRY(l4_space_destroy(n.space));
    TRY(l4_cap_delete(L4_CAP_SPACE, n.space));
    forget(&h);
    return L4_OK;
}

static int cycle_visit(struct worker *w, uint64_t i)
{
    struct l4_msg m;
    (void)i;
    l4_msg_init(&m, visited, 0);
    TRY(l4_call(&m));
    return L4_OK;
}

static int cycle_slot(struct worker *w, uint64_t i)
{
    l4_handle_t a = L4_HANDLE_NONE, b = L4_HANDLE_NONE, c = L4_HANDLE_NONE;
    TRY(l4_cap_mint(L4_CAP_SPACE, minted, L4_SLOT_ANY, L4_RIGHT_ALL, i, &a));
    TRY(l4_cap_copy(w->nest.space, a, L4_SLOT_ANY, L4_RIGHT_CALL, &b));
    TRY(l4_cap_copy(L4_CAP_SPACE, a, L4_SLOT_ANY, L4_RIGHT_CALL, &c));
    if (i % 4 == 0) {
        TRY(l4_cap_revoke(L4_CAP_SPACE, a));
    } else {
        TRY(l4_cap_delete(w->nest.space, b));
        TRY(l4_cap_delete(L4_CAP_SPACE, c));
    }
    TRY(l4_cap_delete(L4_CAP_SPACE, a));
    return L4_OK;
}

static int cycle_mapping(struct worker *w, uint64_t i)
{
    unsigned page = (unsigned)(i % PAGES);
    uint64_t source = (uint64_t)(uintptr_t)pages[page], target = TARGET + page * L4_PAGE_SIZE;
    *(volatile char *)pages[page] = 1;
    TRY(l4_space_map(w->nest.space, source, target, L4_PAGE_SIZE, L4_READ | L4_WRITE, NULL));
    if (i % 4 == 0) // takes it away from all: theirs may be gone before they ask for it
        TRY(l4_space_unmap(L4_CAP_SPACE, source, L4_PAGE_SIZE, L4_UNMAP_DERIVED, 0, NULL));
    TRY(l4_space_unmap(w->nest.space, target, L4_PAGE_SIZE, L4_UNMAP_ALL, 0, NULL));
    return L4_OK;
}

static const struct kind kinds[] = {
    {"threads", cycle_thread, 1},         {"started threads", cycle_started, 1},
    {"entry gates", cycle_entry_gate, 1}, {"queue gates", cycle_queue_gate, 1},
    {"events", cycle_event, 1},           {"spaces", cycle_space, 4},
    {"visits", cycle_visit, 1},           {"capability slots", cycle_slot, 1},
    {"mappings", cycle_mapping, 1},
};

static void work(void *argument)
{
    struct worker *w = argument;
    size_t first = w->kind ? 0 : w->cpu * 2, many = w->kind ? 1 : L4_ARRAY_SIZE(kinds);
    for (size_t n = 0; n < many && !w->error; n++) {
        const struct kind *kind = w->kind ? w->kind : &kinds[(first + n) % L4_ARRAY_SIZE(kinds)];
        for (uint64_t i = 0; i < w->count / kind->share && !w->error; i++, w->done++)
            w->error = kind->cycle(w, i);
    }
    atomic_store(&w->over, 1);
    rest_for_ever();
}

// All at once; kind NULL: each kind, one after the other, each CPU begins with another.
static bool run(const struct kind *kind, uint64_t count, const char *name)
{
    bool good = true;
    for (unsigned c = 0; c < cpus; c++) {
        struct worker *w = &workers[c];
        w->cpu = c;
        w->count = count / cpus;
        w->kind = kind;
        w->error = L4_OK;
        w->done = 0;
        atomic_store(&w->over, 0);
        if (storm_thread(L4_CAP_SPACE, work, w, WORKER_PRIORITY, c, &w->thread))
            l4_abort("worker");
    }
    for (unsigned c = 0; c < cpus; c++) {
        struct worker *w = &workers[c];
        uint64_t before = ~0ull;
        while (!atomic_load(&w->over) && w->done != before) { // as long as it comes on
            before = w->done;
            (void)reached(&w->over, 1);
        }
        if (!atomic_load(&w->over) || w->error) {
            tap_note("CPU %u: %lu done, %s: %s", c, w->done, w->error ? w->where : "hangs",
                     l4_error_name(w->error));
            good = false;
        }
    }
    if (!good)
        tap_ok(false, "%s come and go", name);
    tap_flush();
    for (unsigned c = 0; c < cpus; c++) {
        int error = l4_thread_destroy(workers[c].thread);
        (void)error;
        forget(&workers[c].thread);
    }
    return good;
}

// A pass more when it has left something: the first that has many at a time makes what stays (pages, areas of
// activations). What leaks does so in each.
static bool passes(const struct kind *kind, uint64_t count, const char *name)
{
    struct books before;
    bool same = false;
    uint64_t began = l4_clock();
    for (unsigned i = 0; i < PASSES && !same; i++) {
        books_settle(&before);
        if (!run(kind, count, name))
            return false;
        same = books_same(&before, SLAB_PAGES);
    }
    tap_ok(true, "%s come and go", name);
    tap_note("%u times on %u CPUs: %u ms", (unsigned)(count / (kind ? kind->share : 1)), cpus,
             (unsigned)((l4_clock() - began) / MS));
    books_result(same, &before, name);
    tap_flush();
    return true;
}

void cycles(uint64_t count)
{
    bool good = true;
    if (l4_gate_create_entry(L4_CAP_SPACE, cycles_entry, L4_POOL_VISITORS, false, &visited) ||
        l4_gate_create_entry(L4_CAP_SPACE, cycles_entry, L4_POOL_VISITORS, false, &minted))
        l4_abort("gates");
    for (unsigned c = 0; c < cpus; c++) {
        workers[c].nest.number = c;
        if (nest_make(&workers[c].nest, L4_CAP_SPACE, QUOTA))
            l4_abort("nest");
    }
    for (unsigned k = 0; k < L4_ARRAY_SIZE(kinds) && good; k++)
        good = run(&kinds[k], 64 * cpus, kinds[k].name) && passes(&kinds[k], count, kinds[k].name);
    if (good)
        (void)passes(NULL, count / 8, "everything at once");
    for (unsigned c = 0; c < cpus; c++)
        nest_destroy(&workers[c].nest);
}
