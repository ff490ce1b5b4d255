// SPDX-License-Identifier: BSD-2-Clause
// Manifest: the values of keys and capabilities. Each function returns NULL or what is wrong. See manifest.h.
#include <l4/abi/layout.h>

#include "roottask/manifest_parts.h"

#define IRQ_LIMIT     1024    // I/O APIC inputs a manifest can name
#define PORT_LIMIT    0x10000 // I/O ports of the machine
#define PHYS_LIMIT    (1ull << 52)
#define VISITOR_LIMIT 4096

typedef const char *value_reader(struct manifest_program *program, struct l4_slice value);

static const char *read_path(struct manifest_program *program, struct l4_slice value)
{
    struct l4_slice rest = value;

    if (value.length == 0 || !l4_slice_copy(program->path, sizeof(program->path), value))
        return "a path in the boot archive has 1 to 99 bytes";
    do {
        struct l4_slice part = l4_slice_until(&rest, '/');

        if (part.length == 0 || l4_slice_is(part, ".") || l4_slice_is(part, ".."))
            return "a path in the boot archive has no empty, . or .. parts";
    } while (rest.length > 0);
    return value.at[value.length - 1] == '/' ? "a path in the boot archive names a file" : NULL;
}

static const char *read_pager(struct manifest_program *program, struct l4_slice value)
{
    if (!manifest_name_valid(value))
        return "not a name: a-z 0-9 - _, at most 31";
    l4_slice_copy(program->pager, sizeof(program->pager), value);
    return NULL;
}

static const char *read_pages(struct l4_slice value, uint64_t *bytes)
{
    if (!l4_slice_size(value, bytes) || *bytes == 0 || *bytes > 1ull << 46)
        return "not a size: a number with K, M or G behind it";
    return *bytes % L4_PAGE_SIZE != 0 ? "not a multiple of 4K" : NULL;
}

static const char *read_memory(struct manifest_program *program, struct l4_slice value)
{
    return read_pages(value, &program->memory);
}

static const char *read_quota(struct manifest_program *program, struct l4_slice value)
{
    return read_pages(value, &program->quota);
}

static const char *read_priority(struct manifest_program *program, struct l4_slice value)
{
    uint64_t number;

    if (!l4_slice_number(value, &number) || number == 0 || number >= L4_PRIORITIES - 1)
        return "not a priority: 1 to 254";
    program->priority = (unsigned)number;
    return NULL;
}

static const char *read_visitors(struct manifest_program *program, struct l4_slice value)
{
    uint64_t number;

    if (!l4_slice_number(value, &number) || number > VISITOR_LIMIT)
        return "not a number of visitors: 0 to 4096";
    program->visitors = (unsigned)number;
    return NULL;
}

static bool cpu_range(struct l4_slice part, uint64_t *set)
{
    struct l4_slice last = part;
    struct l4_slice first = l4_slice_until(&last, '-');
    uint64_t from, to;

    if (!l4_slice_number(first, &from))
        return false;
    to = from;
    if (first.length != part.length && !l4_slice_number(last, &to))
        return false;
    if (to < from || to > 63)
        return false;
    for (uint64_t cpu = from; cpu <= to; cpu++)
        *set |= 1ull << cpu;
    return true;
}

static const char *read_cpus(struct manifest_program *program, struct l4_slice value)
{
    uint64_t set = 0;

    if (l4_slice_is(value, "all")) {
        program->cpus = ~0ull;
        return NULL;
    }
    for (bool more = true; more;) {
        size_t before = value.length;
        struct l4_slice part = l4_slice_until(&value, ',');

        if (!cpu_range(l4_slice_trim(part), &set))
            return "not a set of processors: all, or numbers and ranges such as 0,2-3";
        more = part.length < before;
    }
    program->cpus = set;
    return NULL;
}

static bool choose(struct l4_slice value, const char *no, const char *yes, bool *result)
{
    *result = l4_slice_is(value, yes);
    return *result || l4_slice_is(value, no);
}

static const char *read_start(struct manifest_program *program, struct l4_slice value)
{
    return choose(value, "boot", "demand", &program->on_demand) ? NULL : "not boot or demand";
}

static const char *read_restart(struct manifest_program *program, struct l4_slice value)
{
    return choose(value, "never", "always", &program->restart) ? NULL : "not never or always";
}

static const char *read_args(struct manifest_program *program, struct l4_slice value)
{
    return l4_slice_copy(program->args, sizeof(program->args), value) ? NULL : "more than 255 bytes";
}

static const struct {
    const char *key;
    value_reader *read;
} keys[] = {
    {"path", read_path},         {"pager", read_pager}, {"memory", read_memory}, {"quota", read_quota},
    {"priority", read_priority}, {"cpus", read_cpus},   {"start", read_start},   {"restart", read_restart},
    {"visitors", read_visitors}, {"args", read_args},
};

const char *manifest_value(struct manifest_program *program, struct l4_slice key, struct l4_slice value,
                           bool *known)
{
    for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (!l4_slice_is(key, keys[i].key))
            continue;
        if (program->keys & 1u << i)
            return "key is there already";
        program->keys |= 1u << i;
        return keys[i].read(program, value);
    }
    *known = false;
    return NULL;
}

static const char *gate_value(struct manifest_cap *cap, struct l4_slice value)
{
    struct l4_slice gate = value;
    struct l4_slice program = l4_slice_until(&gate, '.');

    if (!manifest_name_valid(program) || (program.length != value.length && !manifest_name_valid(gate)))
        return "not a capability: a kind, PROGRAM or PROGRAM.GATE";
    cap->kind = MANIFEST_CAP_GATE;
    l4_slice_copy(cap->program, sizeof(cap->program), program);
    l4_slice_copy(cap->gate, sizeof(cap->gate), gate);
    return NULL;
}

static const char *range_check(const struct manifest_cap *cap)
{
    uint64_t limit = cap->kind == MANIFEST_CAP_PORTS ? PORT_LIMIT
                     : cap->kind == MANIFEST_CAP_IRQ ? IRQ_LIMIT
                                                     : PHYS_LIMIT;

    if (cap->count == 0 || cap->first >= limit || cap->count > limit - cap->first)
        return "out of range";
    if (cap->kind == MANIFEST_CAP_PHYS && (cap->first | cap->count) % L4_PAGE_SIZE != 0)
        return "not a multiple of 4K";
    return NULL;
}

static const struct {
    const char *word;
    unsigned least, most;
} kinds[] = {
#define MANIFEST_X(name, word, least, most) {word, least, most},
    MANIFEST_CAP_KINDS(MANIFEST_X)
#undef MANIFEST_X
};

const char *manifest_cap_value(struct manifest_cap *cap, struct l4_slice value)
{
    struct l4_slice rest = value;
    struct l4_slice word = l4_slice_word(&rest);
    uint64_t numbers[2] = {0, 1};
    unsigned given = 0, kind = 0;

    while (kind < MANIFEST_CAP_GATE && !l4_slice_is(word, kinds[kind].word))
        kind++;
    if (kind == MANIFEST_CAP_GATE)
        return gate_value(cap, value);
    cap->kind = (enum manifest_cap_kind)kind;
    for (word = l4_slice_word(&rest); word.length > 0; word = l4_slice_word(&rest), given++)
        if (given == 2 || !l4_slice_size(word, &numbers[given]))
            return "not a number, or one too many";
    if (given < kinds[kind].least || given > kinds[kind].most)
        return "wrong number of values for this kind";
    cap->first = numbers[0];
    cap->count = numbers[1];
    return given > 0 ? range_check(cap) : NULL;
}
