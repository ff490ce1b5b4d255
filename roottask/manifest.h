// SPDX-License-Identifier: BSD-2-Clause
// The manifest: which programs there are and what each may have. Schema: docs/manifest.md.
// Owns nothing but the struct it fills; pure, so it is tested on the host. A manifest is parsed and checked
// whole (manifest_parse) before the root task starts anything; after that it never changes, so no lock.
#ifndef ROOTTASK_MANIFEST_H
#define ROOTTASK_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MANIFEST_PROGRAMS 32  // sections
#define MANIFEST_CAPS     24  // named capabilities of a program
#define MANIFEST_ERRORS   16  // errors kept; more are counted only
#define MANIFEST_NAME     32  // bytes of a name, with its NUL
#define MANIFEST_PATH     100 // of a path in the boot archive
#define MANIFEST_ARGS     256 // of the argument line
#define MANIFEST_NONE     (~0u)

// Kinds of capability values. X(NAME, word, numbers it takes at least, at most)
#define MANIFEST_CAP_KINDS(X)   \
    X(PORTS, "ports", 2, 2)     \
    X(IRQ, "irq", 1, 2)         \
    X(PHYS, "phys", 2, 2)       \
    X(POOL, "pool", 0, 0)       \
    X(CPUS, "cpus", 0, 0)       \
    X(LOG, "log", 0, 0)         \
    X(MSR, "msr", 0, 0)         \
    X(POWER, "power", 0, 0)     \
    X(INFO, "info", 0, 0)       \
    X(ARCHIVE, "archive", 0, 0) \
    X(CONTROL, "control", 0, 0) \
    X(SPAWNER, "spawner", 0, 0)

#define MANIFEST_X(name, word, least, most) MANIFEST_CAP_##name,
enum manifest_cap_kind { MANIFEST_CAP_KINDS(MANIFEST_X) MANIFEST_CAP_GATE, MANIFEST_CAP_COUNT };
#undef MANIFEST_X

struct manifest_cap {
    char name[MANIFEST_NAME];
    enum manifest_cap_kind kind;
    unsigned line;
    uint64_t first; // of ports, irq, phys
    uint64_t count;
    char program[MANIFEST_NAME]; // of MANIFEST_CAP_GATE: whose gate,
    char gate[MANIFEST_NAME];    //   and which, "" = its service gate
    unsigned target;             //   index of that program, after the check
};

struct manifest_program {
    char name[MANIFEST_NAME];
    char path[MANIFEST_PATH];
    char args[MANIFEST_ARGS];
    char pager[MANIFEST_NAME]; // "pager" = the system's
    unsigned pager_program;    // index, MANIFEST_NONE = the system's pager
    unsigned line;
    unsigned path_line; // where its path stands
    uint64_t memory;    // bytes
    uint64_t quota;     // bytes of kernel memory
    uint64_t cpus;      // bit mask, ~0 = all
    unsigned priority;  // of its first thread, and the most its space may have
    unsigned visitors;  // activations for callers that walk in
    bool on_demand;     // start = demand
    bool restart;       // restart = always
    uint32_t keys;      // keys seen, to refuse the second
    unsigned cap_count;
    struct manifest_cap caps[MANIFEST_CAPS];
};

struct manifest_error {
    unsigned line;
    char key[MANIFEST_NAME + 16]; // section or key the error is about
    const char *text;
};

struct manifest {
    unsigned count;
    struct manifest_program programs[MANIFEST_PROGRAMS];
    unsigned errors; // found; the first MANIFEST_ERRORS of them are kept
    struct manifest_error error[MANIFEST_ERRORS];
};

// Name of the section with the values for programs that are run by their path.
#define MANIFEST_SPAWN "spawn"

// Fills *manifest; true if there is no error. Text is arbitrary bytes.
bool manifest_parse(struct manifest *manifest, const char *text, size_t length);
// Index of a program, MANIFEST_NONE if there is none.
unsigned manifest_find(const struct manifest *manifest, const char *name);
// The programs that run from the start (start = boot and what these name), each after those it depends on;
// returns their number. Only for a manifest without errors.
unsigned manifest_order(const struct manifest *manifest, unsigned order[MANIFEST_PROGRAMS]);
// Does somebody hold a gate of this program, so that it must be up before others start?
bool manifest_is_server(const struct manifest *manifest, unsigned program);

#endif
