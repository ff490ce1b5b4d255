// SPDX-License-Identifier: BSD-2-Clause
// Random trees of spaces that call each other through chains of four, entry gates and queue gates on all
// CPUs, while a killer on each CPU destroys, cancels, recalls, stops and moves whatever it finds and makes
// new ones. Then the killers stop: every thread that is left must come on again, no call has arrived with a
// wrong badge or come back with a wrong answer, no fault was without an answer, and when all is taken away
// nothing is left.
#include "trees.h"

#include <l4/error.h>
#include <l4/tap.h>
#include "test/system/support/books.h"

#define KILLER_PRIORITY 80
#define CALM_NS         (400 * MS)
#define CALM_TRIES      20

struct killer {
    unsigned cpu;
    uint64_t random, steps, limit, hash;
    const char *volatile doing;
    l4_handle_t thread;
    atomic_uint over;
};

static struct killer killers[CPUS_MAX];
static atomic_bool stop;
static atomic_uint done[16], made;

// What one of them does; the error says what came of it.
static int kill_space(struct node *n, uint64_t r)
{
    (void)r;
    return l4_space_destroy(atomic_load(&n->space));
}

static l4_handle_t a_thread(struct node *n, uint64_t r)
{
    return atomic_load(&node_body(n, r % THREADS)->handle);
}

static int kill_thread(struct node *n, uint64_t r)
{
    return l4_thread_destroy(a_thread(n, r));
}

static int kill_gate(struct node *n, uint64_t r)
{
    return l4_gate_destroy(atomic_load(&n->gate[r % GATES]));
}

static int cancel(struct node *n, uint64_t r)
{
    return l4_thread_cancel(a_thread(n, r), r / THREADS % 2);
}

static int recall(struct node *n, uint64_t r)
{
    return l4_thread_recall(a_thread(n, r));
}

static int move(struct node *n, uint64_t r)
{
    return l4_thread_move(a_thread(n, r % SERVER), r / THREADS % cpus);
}

static int halt(struct node *n, uint64_t r)
{
    return r / THREADS % 2 ? l4_thread_resume(a_thread(n, r)) : l4_thread_suspend(a_thread(n, r));
}

static int lower(struct node *n, uint64_t r)
{
    return l4_thread_priority(a_thread(n, r), 40 + (unsigned)(r / THREADS % 16));
}

static int revoke(struct node *n, uint64_t r)
{
    return l4_cap_revoke(L4_CAP_SPACE, atomic_load(&n->gate[r % GATES]));
}

static int unroute(struct node *n, uint64_t r)
{
    struct route *to = &n->routes[atomic_load(&n->life) % LIVES][r % NODES][r / NODES % GATES];
    return l4_cap_delete(atomic_load(&n->space), atomic_load(&to->handle));
}

// UTCBs, stacks or the program itself, under those who run there.
static int unmap(struct node *n, uint64_t r)
{
    uint64_t index = r / 4 % NEST_INDICES, at = L4_STACK_BASE + (index + 1) * L4_STRIDE - L4_PAGE_SIZE;
    if (r % 4 == 0)
        at = L4_UTCB_BASE + index / L4_UTCB_PER_PAGE * L4_PAGE_SIZE;
    if (r % 4 == 1)
        at = l4_page_down((uint64_t)(uintptr_t)nodes + r / 4 % sizeof(nodes));
    return l4_space_unmap(atomic_load(&n->space), at, L4_PAGE_SIZE, L4_UNMAP_ALL, 0, NULL);
}

static int state(struct node *n, uint64_t r)
{
    struct l4_thread_info info;
    return l4_thread_state(a_thread(n, r), &info);
}

static const struct act {
    const char *name;
    int (*act)(struct node *n, uint64_t r);
    unsigned weight;
} acts[] = {{"space destroyed", kill_space, 3},
            {"thread destroyed", kill_thread, 6},
            {"gate destroyed", kill_gate, 2},
            {"cancel", cancel, 8},
            {"recall", recall, 6},
            {"move", move, 6},
            {"suspend or resume", halt, 6},
            {"priority", lower, 4},
            {"revoke", revoke, 1},
            {"slot deleted", unroute, 2},
            {"unmap", unmap, 6},
            {"state", state, 3}};

static void mix(struct killer *k, uint64_t value)
{
    k->hash = (k->hash ^ value) * 0x100000001b3ull;
}

static void act(struct killer *k, struct node *n)
{
    unsigned all = 0, i = 0;
    uint64_t r = storm_random(&k->random);
    for (unsigned a = 0; a < L4_ARRAY_SIZE(acts); a++)
        all += acts[a].weight;
    for (unsigned at = (unsigned)(r % all); at >= acts[i].weight; i++)
        at -= acts[i].weight;
    k->doing = acts[i].name;
    int error = acts[i].act(n, storm_random(&k->random));
    atomic_fetch_add(&done[i], error == L4_OK);
    mix(k, i << 8 | (unsigned)error);
}

static void killer(void *argument)
{
    struct killer *k = argument;
    for (; k->limit ? k->steps < k->limit : !atomic_load(&stop); k->steps++) {
        struct node *n = &nodes[storm_random(&k->random) % NODES];
        k->doing = "make";
        if (!node_alive(n) || storm_random(&k->random) % 32 == 0) {
            bool good = node_make(n, &k->random);
            atomic_fetch_add(&made, good);
            mix(k, good);
        } else if (storm_random(&k->random) % 8 == 0 && !atomic_flag_test_and_set(&n->busy)) {
            k->doing = "threads";
            node_threads(n, &k->random);
            atomic_flag_clear(&n->busy);
        } else {
            act(k, n);
        }
        k->doing = "rest";
        if (storm_random(&k->random) % 4 == 0)
            rest(storm_random(&k->random) % 512 * US);
    }
    atomic_store(&k->over, 1);
    rest_for_ever();
}

static bool free_again(struct body *b)
{
    l4_handle_t h = atomic_load(&b->handle);
    if (!h || l4_thread_cancel(h, false) != L4_OK)
        return false; // dead
    int error = l4_thread_resume(h);
    if (!error || error == L4_ERR_STATE) // it runs
        error = l4_thread_priority(h, CALLER_PRIORITY);
    return true;
}

static bool comes_on(struct body *b)
{
    unsigned before = atomic_load(&b->progress);
    struct l4_thread_info info = {0};
    for (unsigned i = 0; i < CALM_TRIES; i++) {
        if (!free_again(b))
            return true;
        rest(CALM_NS / CALM_TRIES);
        if (atomic_load(&b->progress) != before)
            return true;
    }
    int error = l4_thread_state(atomic_load(&b->handle), &info);
    tap_note("thread %u of space %u on CPU %u: %s, state %u, depth %u, in space %u, ip 0x%x",
             (unsigned)(b - b->node->bodies[b->life % LIVES]), b->node->number, b->cpu, l4_error_name(error),
             (unsigned)info.state, (unsigned)info.depth, (unsigned)info.space, (unsigned)info.ip);
    return error == L4_ERR_DEAD;
}

// A server waits when nobody calls; whoever calls comes on.
static void check_calm(void)
{
    unsigned stuck = 0;
    for (unsigned i = 0; i < NODES * THREADS; i++)
        (void)free_again(node_body(&nodes[i / THREADS], i % THREADS));
    for (unsigned i = 0; i < NODES; i++) {
        for (unsigned t = 0; t < SERVER && node_alive(&nodes[i]); t++)
            stuck += !comes_on(node_body(&nodes[i], t));
    }
    tap_ok(stuck == 0, "every thread that is left comes on");
    tap_ok(atomic_load(&tree_wrong_badge) == 0, "no call arrives with a wrong badge");
    tap_ok(atomic_load(&tree_wrong_answer) == 0, "no answer is that of another call");
    tap_ok(atomic_load(&nest_refused) == 0, "every fault has an answer");
}

static void report(uint64_t seed)
{
    uint64_t hash = 0;
    for (unsigned i = 0; i < L4_ARRAY_SIZE(acts); i++)
        tap_note("%s: %u", acts[i].name, atomic_load(&done[i]));
    tap_note("made: %u", atomic_load(&made));
    for (unsigned e = 0; e < 30; e++) {
        if (atomic_load(&tree_answers[e]))
            tap_note("calls that ended with %s: %u", l4_error_name((int)e), atomic_load(&tree_answers[e]));
        hash = hash * 31 + atomic_load(&tree_answers[e]);
    }
    for (unsigned c = 0; c < cpus; c++)
        hash = hash * 31 + killers[c].hash;
    tap_note("seed %u hash 0x%x%x", (unsigned)seed, (unsigned)(hash >> 32), (unsigned)hash);
}

static void storm(uint64_t seconds, uint64_t seed, uint64_t steps)
{
    bool good = true;
    for (unsigned c = 0; c < cpus; c++) {
        struct killer *k = &killers[c];
        *k = (struct killer){.cpu = c, .random = (seed + 1) * 0x9e3779b97f4a7c15ull + c, .limit = steps};
        for (unsigned i = 0; i < 8; i++)
            (void)storm_random(&k->random);
        if (storm_thread(L4_CAP_SPACE, killer, k, KILLER_PRIORITY, c, &k->thread))
            l4_abort("killer");
    }
    if (!steps)
        rest(seconds * 1000 * MS);
    atomic_store(&stop, true);
    for (unsigned c = 0; c < cpus; c++) {
        uint64_t before = ~0ull;
        while (!atomic_load(&killers[c].over) && killers[c].steps != before) {
            before = killers[c].steps;
            (void)reached(&killers[c].over, 1);
        }
        if (!atomic_load(&killers[c].over)) {
            tap_note("killer of CPU %u hangs in step %u: %s", c, (unsigned)killers[c].steps,
                     killers[c].doing);
            good = false;
        }
    }
    tap_ok(good, "the killers come to their end");
    tap_flush();
    check_calm();
    report(seed);
    tap_flush();
}

void trees(uint64_t seconds, uint64_t seed, uint64_t steps)
{
    struct books before;
    uint64_t random = seed * 2 + 1;
    for (unsigned i = 0; i < NODES; i++)
        nodes[i].number = i;
    tap_note("seed %u", (unsigned)seed);
    for (unsigned i = 0; i < NODES; i++) { // once, so that what stays is made
        if (!node_make(&nodes[i], &random))
            tap_note("space %u could not be made", i);
    }
    for (unsigned i = 0; i < NODES; i++)
        node_end(&nodes[i]);
    books_settle(&before);
    storm(seconds, seed, steps);
    for (unsigned i = 0; i < NODES; i++)
        node_end(&nodes[i]);
    for (unsigned c = 0; c < cpus; c++) {
        int error = l4_thread_destroy(killers[c].thread);
        (void)error;
        forget(&killers[c].thread);
    }
    books_result(books_same(&before, SLAB_PAGES), &before, "trees");
}
