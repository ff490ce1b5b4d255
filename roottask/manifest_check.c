// SPDX-License-Identifier: BSD-2-Clause
// Manifest: what can be said only of the whole, and the order of starting. See manifest.h.
//
// Programs are the nodes of a graph; an edge leads from a program to one whose gate it holds or that is its
// pager. The graph has no circles once manifest_check has passed, so the order exists.
#include "roottask/manifest_parts.h"

static void cap_error(struct manifest *manifest, const struct manifest_cap *cap, const char *text)
{
    char key[MANIFEST_NAME + 8] = "cap.";

    l4_slice_copy(key + 4, sizeof(key) - 4, l4_slice_z(cap->name));
    manifest_error(manifest, cap->line, l4_slice_z(key), text);
}

static void check_caps(struct manifest *manifest, struct manifest_program *program)
{
    for (unsigned i = 0; i < program->cap_count; i++) {
        struct manifest_cap *cap = &program->caps[i];

        if (cap->kind == MANIFEST_CAP_SPAWNER && !program->on_demand)
            cap_error(manifest, cap, "only a program started on demand has a spawner");
        if (cap->kind != MANIFEST_CAP_GATE || cap->program[0] == 0)
            continue;
        cap->target = manifest_find(manifest, cap->program);
        if (cap->target == MANIFEST_NONE)
            cap_error(manifest, cap, "names no kind and no program");
        else if (l4_slice_is(l4_slice_z(cap->program), MANIFEST_SPAWN))
            cap_error(manifest, cap, "names a section that is no program");
    }
}

static void check_program(struct manifest *manifest, struct manifest_program *program)
{
    check_caps(manifest, program);
    if (l4_slice_is(l4_slice_z(program->pager), "pager"))
        return;
    program->pager_program = manifest_find(manifest, program->pager);
    if (program->pager_program == MANIFEST_NONE)
        manifest_error(manifest, program->line, l4_slice_z(program->name), "its pager is no program");
}

// Edge number e of a program, MANIFEST_NONE for one that leads nowhere.
static unsigned edge(const struct manifest_program *program, unsigned e)
{
    if (e == program->cap_count)
        return program->pager_program;
    return program->caps[e].kind == MANIFEST_CAP_GATE ? program->caps[e].target : MANIFEST_NONE;
}

// Are all programs this one depends on marked in `placed`?
static bool ready(const struct manifest_program *program, uint32_t placed)
{
    for (unsigned e = 0; e <= program->cap_count; e++) {
        unsigned target = edge(program, e);

        if (target != MANIFEST_NONE && !(placed & 1u << target))
            return false;
    }
    return true;
}

// Places the programs of `wanted`, each after those it depends on; those in a circle stay out.
static unsigned place(const struct manifest *manifest, uint32_t wanted, unsigned order[MANIFEST_PROGRAMS])
{
    uint32_t placed = 0;
    unsigned count = 0, before;

    do {
        before = count;
        for (unsigned i = 0; i < manifest->count; i++) {
            if (!(wanted & 1u << i) || placed & 1u << i || !ready(&manifest->programs[i], placed))
                continue;
            placed |= 1u << i;
            order[count++] = i;
        }
    } while (count != before);
    return count;
}

_Static_assert(MANIFEST_PROGRAMS == 32, "sets of programs are 32-bit masks");

static uint32_t everything(const struct manifest *manifest)
{
    return manifest->count == 32 ? ~0u : (1u << manifest->count) - 1;
}

static void check_circles(struct manifest *manifest)
{
    unsigned order[MANIFEST_PROGRAMS];
    unsigned count = place(manifest, everything(manifest), order);
    uint32_t placed = 0;

    for (unsigned i = 0; i < count; i++)
        placed |= 1u << order[i];
    for (unsigned i = 0; i < manifest->count; i++)
        if (!(placed & 1u << i))
            manifest_error(manifest, manifest->programs[i].line, l4_slice_z(manifest->programs[i].name),
                           "depends on itself, or on programs that do");
}

void manifest_check(struct manifest *manifest)
{
    unsigned spawn;

    if (manifest->count == 0)
        manifest_error(manifest, 1, l4_slice_z("manifest"), "no section");
    spawn = manifest_find(manifest, MANIFEST_SPAWN);
    if (spawn != MANIFEST_NONE)
        manifest->programs[spawn].on_demand = true;
    for (unsigned i = 0; i < manifest->count; i++)
        check_program(manifest, &manifest->programs[i]);
    check_circles(manifest);
}

unsigned manifest_order(const struct manifest *manifest, unsigned order[MANIFEST_PROGRAMS])
{
    uint32_t wanted = 0, before;

    for (unsigned i = 0; i < manifest->count; i++)
        if (!manifest->programs[i].on_demand)
            wanted |= 1u << i;
    do {
        before = wanted;
        for (unsigned i = 0; i < manifest->count; i++) {
            for (unsigned e = 0; wanted & 1u << i && e <= manifest->programs[i].cap_count; e++) {
                unsigned target = edge(&manifest->programs[i], e);

                if (target != MANIFEST_NONE)
                    wanted |= 1u << target;
            }
        }
    } while (wanted != before);
    return place(manifest, wanted, order);
}

bool manifest_is_server(const struct manifest *manifest, unsigned program)
{
    for (unsigned i = 0; i < manifest->count; i++)
        for (unsigned e = 0; e <= manifest->programs[i].cap_count; e++)
            if (edge(&manifest->programs[i], e) == program)
                return true;
    return false;
}
