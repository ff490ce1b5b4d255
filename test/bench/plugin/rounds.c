// SPDX-License-Identifier: BSD-2-Clause
// QEMU plugin: what is executed between two instructions of a client, round by round. scripts/bench --plugin
// loads it.
//   -plugin rounds.so,begin=ADDRESS,end=ADDRESS,skip=N,rounds=N,out=FILE
// A round begins before the RDTSC at `begin` and ends before the one at `end`, so that it holds exactly the
// instructions the two time stamps count apart. The first `skip` rounds are left out. FILE:
//   fields NAME...           of the lines that follow
//   round VALUE...           a line for each round
//   code ADDRESS, data ADDRESS   the cache lines of the shortest round
// One virtual CPU under instruction counting: nothing here is called by two threads.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/bench/plugin/lines.h"
#include "test/bench/plugin/opcode.h"
#include "test/bench/plugin/qemu_plugin.h"

#define KERNEL_BASE 0xffffffff80000000ull

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

enum side { USER, KERNEL, SIDES };

struct insn {
    uint64_t address;
    uint32_t classes;
    uint8_t size;
    uint8_t side;
};

struct round {
    uint64_t executed[SIDES];
    uint64_t of_class[SIDES][OPCODE_COUNT];
    unsigned code, data;
};

static const char *const class_names[] = {
#define X(name, text) text,
    OPCODE_CLASSES(X)
#undef X
};

static uint64_t begin, end, skip, wanted;
static FILE *out;
static uint64_t begun; // rounds, with those left out
static uint64_t kept;
static bool counting;
static struct round now, *rounds;
static uint64_t shortest = UINT64_MAX;
static struct lines code, data, shortest_code, shortest_data;

static void executed(unsigned cpu, void *argument)
{
    const struct insn *i = argument;
    (void)cpu;
    if (!counting)
        return;
    now.executed[i->side]++;
    for (uint32_t left = i->classes; left; left &= left - 1)
        now.of_class[i->side][__builtin_ctz(left)]++;
    if (i->side == KERNEL)
        lines_add(&code, i->address, i->size);
}

static void accessed(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t address, void *argument)
{
    (void)cpu;
    (void)argument;
    if (counting)
        lines_add(&data, address, 1u << qemu_plugin_mem_size_shift(info));
}

static void round_begins(unsigned cpu, void *argument)
{
    (void)cpu;
    (void)argument;
    begun++;
    counting = begun > skip && kept < wanted;
    now = (struct round){0};
    lines_clear(&code);
    lines_clear(&data);
}

static void round_ends(unsigned cpu, void *argument)
{
    uint64_t length = now.executed[USER] + now.executed[KERNEL];
    (void)cpu;
    (void)argument;
    if (!counting)
        return;
    counting = false;
    now.code = code.count;
    now.data = data.count;
    rounds[kept++] = now;
    if (length < shortest) {
        shortest = length;
        shortest_code = code;
        shortest_data = data;
    }
}

// QEMU never says that a block has gone: what its instructions refer to stays until the end.
static struct insn *describe(const struct qemu_plugin_insn *insn)
{
    struct insn *i = malloc(sizeof(*i));
    if (!i)
        abort();
    i->address = qemu_plugin_insn_vaddr(insn);
    i->size = (uint8_t)qemu_plugin_insn_size(insn);
    i->side = i->address >= KERNEL_BASE ? KERNEL : USER;
    i->classes = opcode_classes(qemu_plugin_insn_data(insn), i->size);
    return i;
}

static bool is_rdtsc(const struct qemu_plugin_insn *insn)
{
    return qemu_plugin_insn_size(insn) == 2 && memcmp(qemu_plugin_insn_data(insn), "\x0f\x31", 2) == 0;
}

// Callbacks of an instruction come in the order in which they are registered.
static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    (void)id;
    for (size_t n = 0; n < qemu_plugin_tb_n_insns(block); n++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, n);
        struct insn *i = describe(insn);
        // another program may have other code at the same addresses
        if (i->address == begin && is_rdtsc(insn))
            qemu_plugin_register_vcpu_insn_exec_cb(insn, round_begins, QEMU_PLUGIN_CB_NO_REGS, NULL);
        if (i->address == end && is_rdtsc(insn))
            qemu_plugin_register_vcpu_insn_exec_cb(insn, round_ends, QEMU_PLUGIN_CB_NO_REGS, NULL);
        qemu_plugin_register_vcpu_insn_exec_cb(insn, executed, QEMU_PLUGIN_CB_NO_REGS, i);
        if (i->side == KERNEL)
            qemu_plugin_register_vcpu_mem_cb(insn, accessed, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW,
                                             NULL);
    }
}

static void write_lines(const char *what, const struct lines *set)
{
    uint64_t address;
    for (unsigned place = 0; place < LINES_PLACES; place++) {
        if (lines_at(set, place, &address))
            fprintf(out, "%s 0x%" PRIx64 "\n", what, address);
    }
}

static void write_round(const struct round *r)
{
    fprintf(out, "round %" PRIu64 " %" PRIu64 " %u %u", r->executed[KERNEL], r->executed[USER], r->code,
            r->data);
    for (int side = KERNEL; side >= USER; side--) {
        for (unsigned c = 0; c < OPCODE_COUNT; c++)
            fprintf(out, " %" PRIu64, r->of_class[side][c]);
    }
    fprintf(out, "\n");
}

static void ended(qemu_plugin_id_t id, void *argument)
{
    (void)id;
    (void)argument;
    fprintf(out, "fields kernel user code_lines data_lines");
    for (int side = KERNEL; side >= USER; side--) {
        for (unsigned c = 0; c < OPCODE_COUNT; c++)
            fprintf(out, " %s.%s", side == KERNEL ? "kernel" : "user", class_names[c]);
    }
    fprintf(out, "\n");
    for (uint64_t n = 0; n < kept; n++)
        write_round(&rounds[n]);
    write_lines("code", &shortest_code);
    write_lines("data", &shortest_data);
    if (code.full || data.full)
        fprintf(out, "full\n"); // a round had more lines than fit: its counts of lines are too low
    if (fclose(out))
        perror("rounds: its output");
}

static int take(const char *argument)
{
    static const struct {
        const char *key;
        uint64_t *value;
    } numbers[] = {{"begin=", &begin}, {"end=", &end}, {"skip=", &skip}, {"rounds=", &wanted}};
    for (size_t n = 0; n < sizeof(numbers) / sizeof(numbers[0]); n++) {
        if (strncmp(argument, numbers[n].key, strlen(numbers[n].key)) == 0) {
            char *rest;
            *numbers[n].value = strtoull(argument + strlen(numbers[n].key), &rest, 0);
            return *rest != 0;
        }
    }
    if (strncmp(argument, "out=", 4) || out)
        return 1;
    out = fopen(argument + 4, "w");
    return !out;
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc,
                                           char **argv)
{
    (void)info;
    for (int n = 0; n < argc; n++) {
        if (take(argv[n])) {
            fprintf(stderr, "rounds: %s?\n", argv[n]);
            return 1;
        }
    }
    rounds = wanted ? calloc(wanted, sizeof(*rounds)) : NULL;
    if (!begin || !end || !rounds || !out) {
        fprintf(stderr, "rounds: begin, end, rounds and out are needed\n");
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ended, NULL);
    return 0;
}
