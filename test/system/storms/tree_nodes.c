// SPDX-License-Identifier: BSD-2-Clause
// The spaces of the trees: see trees.h. A caller picks one of the gates its space may call and says how many
// more calls are to be made behind it, from space to space. Calls carry the badge they should arrive with.
#include "trees.h"

#include <l4/error.h>

struct node nodes[NODES];
atomic_uint tree_answers[32], tree_wrong_badge, tree_wrong_answer;

enum { LABEL_CALL = 0x51, LABEL_DONE = 0x52 };

static uint64_t badge_of(const struct node *n, unsigned life, unsigned gate)
{
    return (uint64_t)life << 16 | n->number << 8 | gate;
}

struct body *node_body(struct node *n, unsigned which)
{
    return &n->bodies[atomic_load(&n->life) % LIVES][which];
}

bool node_alive(const struct node *n)
{
    return atomic_load(&n->space) && l4_nop(atomic_load(&n->space)) == L4_OK;
}

// From the space of `n` in its life, which is where the caller of this is.
static int call_on(struct node *n, unsigned life, uint64_t *random, uint64_t more)
{
    struct l4_msg m;
    uint64_t r = storm_random(random);
    struct route *to = &n->routes[life % LIVES][r % NODES][r / NODES % GATES];
    uint64_t handle = atomic_load(&to->handle), badge = atomic_load(&to->badge);
    if (!handle || atomic_load(&to->handle) != handle)
        return L4_ERR_CAP;
    l4_msg_init(&m, handle, LABEL_CALL);
    l4_msg_deadline(&m, l4_clock() + WAIT_NS);
    m.w[0] = more;
    m.w[1] = storm_random(random) | 1;
    m.w[2] = badge;
    m.w[3] = r;
    int error = l4_call(&m);
    if (!error && (l4_msg_label(&m) != LABEL_DONE || m.w[3] != ~r))
        atomic_fetch_add(&tree_wrong_answer, 1);
    atomic_fetch_add(&tree_answers[error < 31 ? error : 31], 1);
    return error;
}

static void handle_call(struct l4_msg *m, struct l4_utcb *utcb)
{
    uint64_t badge = m->handle, key = m->w[3], more = m->w[0], random = m->w[1];
    struct node *n = &nodes[(badge >> 8 & 0xff) % NODES];
    (void)utcb;
    if (m->w[2] != badge || l4_msg_label(m) != LABEL_CALL)
        atomic_fetch_add(&tree_wrong_badge, 1);
    if (more && more < CHAIN) {
        int error = call_on(n, (unsigned)(badge >> 16), &random, more - 1);
        (void)error; // counted
    }
    *m = (struct l4_msg){.w = {[3] = ~key}};
    l4_answer(m, LABEL_DONE, 0, 0);
}
L4_ENTRY_GATE(tree_entry, handle_call);

static void caller(void *argument)
{
    struct body *b = argument;
    for (;;) {
        int error = call_on(b->node, b->life, &b->random, CHAIN - 1);
        atomic_fetch_add(&b->progress, 1);
        if (error)
            rest(200 * US);
    }
}

// Its gate may be gone, or the gate's CPU another one by now, and it may have been cancelled. A reply_wait
// that cannot wait has not replied either: then the caller in hand gets its answer alone, for nobody else
// gives it one.
static void server(void *argument)
{
    struct body *b = argument;
    uint64_t gate = atomic_load(&b->node->routes[b->life % LIVES][b->node->number][1].handle);
    struct l4_msg m;
    for (;;) {
        l4_msg_init(&m, gate, 0);
        uint64_t key = 0;
        int error = l4_wait(&m);
        while (!error) {
            key = m.w[3];
            handle_call(&m, l4_utcb());
            m.handle = gate;
            atomic_fetch_add(&b->progress, 1);
            error = l4_reply_wait(&m);
        }
        m = (struct l4_msg){.w = {[3] = ~key}};
        l4_answer(&m, LABEL_DONE, 0, 0);
        error = l4_reply(&m); // or there is nobody in hand
        atomic_fetch_add(&b->progress, 1);
        rest(MS);
    }
}

// The handle last: who sees it sees its badge.
static void route(struct node *to, struct node *from, unsigned gate, unsigned rights)
{
    struct route *r = &from->routes[atomic_load(&from->life) % LIVES][to->number][gate];
    uint64_t badge = badge_of(to, atomic_load(&to->life), gate);
    l4_handle_t source = atomic_load(&to->gate[gate]), space = atomic_load(&from->space), h;
    l4_handle_t old = atomic_exchange(&r->handle, L4_HANDLE_NONE);
    if (!source || !space)
        return;
    if (old && l4_cap_delete(space, old))
        atomic_fetch_add(&tree_answers[30], 1);
    if (l4_cap_mint(space, source, L4_SLOT_ANY, rights, badge, &h))
        return;
    atomic_store(&r->badge, badge);
    atomic_store(&r->handle, h);
}

static void make_gates(struct node *n)
{
    struct l4_gate_options entry = {.mode = L4_GATE_ENTRY,
                                    .entry = (uint64_t)(uintptr_t)tree_entry,
                                    .pool = L4_POOL_VISITORS,
                                    .rights = L4_RIGHT_ALL},
                           queue = {.mode = L4_GATE_QUEUE, .pool = n->home, .rights = L4_RIGHT_ALL};
    l4_handle_t h = L4_HANDLE_NONE;
    if (l4_gate_create(n->nest.space, &entry, &h, NULL) == L4_OK)
        atomic_store(&n->gate[0], h);
    h = L4_HANDLE_NONE;
    if (l4_gate_create(n->nest.space, &queue, &h, NULL) == L4_OK)
        atomic_store(&n->gate[1], h);
}

void node_threads(struct node *n, uint64_t *random)
{
    unsigned life = atomic_load(&n->life);
    if (!atomic_load(&n->space))
        return;
    for (unsigned i = 0; i < THREADS; i++) {
        struct body *b = node_body(n, i);
        l4_handle_t old = atomic_load(&b->handle), h = L4_HANDLE_NONE;
        if (old && l4_nop(old) == L4_OK)
            continue;
        atomic_store(&b->handle, L4_HANDLE_NONE);
        forget(&old);
        b->node = n;
        b->life = life;
        b->random = storm_random(random) | 1;
        b->cpu = i == SERVER ? n->home : (unsigned)(storm_random(random) % cpus);
        int error = storm_thread(n->nest.space, i == SERVER ? server : caller, b,
                                 i == SERVER ? SERVER_PRIORITY : CALLER_PRIORITY, b->cpu, &h);
        (void)error; // the space may be dead again
        atomic_store(&b->handle, h);
    }
}

static void clear(struct node *n)
{
    l4_handle_t h;
    for (unsigned i = 0; i < THREADS; i++) {
        h = atomic_exchange(&node_body(n, i)->handle, L4_HANDLE_NONE);
        forget(&h);
    }
    for (unsigned i = 0; i < GATES; i++) {
        h = atomic_exchange(&n->gate[i], L4_HANDLE_NONE);
        forget(&h);
    }
    if (atomic_exchange(&n->space, L4_HANDLE_NONE))
        nest_destroy(&n->nest);
}

void node_end(struct node *n)
{
    while (atomic_flag_test_and_set(&n->busy))
        rest(MS);
    clear(n);
    atomic_flag_clear(&n->busy);
}

// Funded by another that is not too deep, or by this program.
static l4_handle_t funder_of(struct node *n, uint64_t *random)
{
    struct node *by = &nodes[storm_random(random) % NODES];
    l4_handle_t space = atomic_load(&by->space);
    n->depth = 0;
    if (by == n || !space || by->depth >= 2)
        return L4_CAP_SPACE;
    n->depth = by->depth + 1;
    return space;
}

bool node_make(struct node *n, uint64_t *random)
{
    static const uint64_t quota[] = {2200u << 10, 1100u << 10, 500u << 10};
    if (atomic_flag_test_and_set(&n->busy))
        return false;
    clear(n);
    unsigned life = atomic_load(&n->life) + 1;
    for (unsigned i = 0; i < NODES; i++) {
        for (unsigned g = 0; g < GATES; g++)
            atomic_store(&n->routes[life % LIVES][i][g].handle, L4_HANDLE_NONE);
    }
    atomic_store(&n->life, life);
    n->nest.number = n->number * LIVES + life % LIVES;
    n->home = (unsigned)(storm_random(random) % cpus);
    l4_handle_t funder = funder_of(n, random);
    bool good = nest_make(&n->nest, funder, quota[n->depth]) == L4_OK;
    if (good) {
        make_gates(n);
        atomic_store(&n->space, n->nest.space);
        for (unsigned g = 0; g < GATES; g++) {
            for (unsigned i = 0; i < NODES; i++) {
                route(&nodes[i], n, g, i == n->number ? L4_RIGHT_CALL | L4_RIGHT_WAIT : L4_RIGHT_CALL);
                if (i != n->number)
                    route(n, &nodes[i], g, L4_RIGHT_CALL);
            }
        }
        node_threads(n, random);
    }
    atomic_flag_clear(&n->busy);
    return good;
}
