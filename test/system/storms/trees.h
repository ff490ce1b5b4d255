// SPDX-License-Identifier: BSD-2-Clause
// The spaces of the trees (tree_nodes.c) and what happens to them (trees.c).
#ifndef TREES_H
#define TREES_H

#include "storm.h"

#define NODES           8
#define GATES           2 // of a node: an entry gate and a queue gate
#define THREADS         3 // of a node: callers, and the server of the queue gate
#define SERVER          2 // the last of them
#define LIVES           4 // of a node, one after the other, that its threads may still see
#define CHAIN           4
#define CALLER_PRIORITY 50
#define SERVER_PRIORITY 60
#define WAIT_NS         (20 * MS) // deadline of calls that nobody takes

// A gate in the table of one node; badge = what its calls arrive with. Both are written before the handle.
struct route {
    _Atomic uint64_t handle, badge;
};

struct body { // of a thread; handle: here
    struct node *node;
    unsigned life, cpu;
    uint64_t random;
    _Atomic uint64_t handle;
    atomic_uint progress;
    atomic_bool restarted;
};

struct node {
    unsigned number;
    atomic_flag busy; // somebody makes it anew
    atomic_uint life;
    unsigned depth; // in the tree of who funds whom
    struct nest nest;
    _Atomic uint64_t space, gate[GATES]; // here
    unsigned home;                       // CPU of the queue gate
    struct body bodies[LIVES][THREADS];
    struct route routes[LIVES][NODES][GATES];
};
extern struct node nodes[NODES];

// What was heard of calls, by error; and of what should never be.
extern atomic_uint tree_answers[32], tree_wrong_badge, tree_wrong_answer;

// Makes it, after what there was of it is gone; false: it could not be, or somebody else is at it.
bool node_make(struct node *n, uint64_t *random);
void node_threads(struct node *n, uint64_t *random); // new ones for those that died
void node_end(struct node *n);
bool node_alive(const struct node *n);
struct body *node_body(struct node *n, unsigned which); // of its life

#endif
