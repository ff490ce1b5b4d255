// SPDX-License-Identifier: BSD-2-Clause
// Capabilities as the manifest names them, one at a time. See start.h.
#include <l4/cap.h>
#include <l4/program.h>
#include <l4/string.h>

#include "roottask/start.h"
#include "roottask/start_parts.h"

// Parts of ranges and whole devices come from the capabilities the root task itself was started with. The
// kernel counts memory in pages, the manifest in bytes.
static unsigned grant_range(const struct manifest_cap *cap, const char *name, unsigned slot,
                            const struct start_grantee *task, l4_handle_t *handle)
{
    uint64_t unit = cap->kind == MANIFEST_CAP_PHYS ? L4_PAGE_SIZE : 1;
    return (unsigned)l4_cap_range(task->space, l4_cap(name), slot, L4_RIGHT_CALL, cap->first / unit,
                                  cap->count / unit, handle);
}

static unsigned grant_copy(const char *name, unsigned slot, const struct start_grantee *task,
                           l4_handle_t *handle)
{
    return (unsigned)l4_cap_copy(task->space, l4_cap(name), slot, L4_RIGHT_CALL, handle);
}

// A gate with the task's id as badge. The client may hand it on: it speaks for the client then.
static unsigned grant_gate(l4_handle_t gate, unsigned slot, const struct start_grantee *task,
                           l4_handle_t *handle)
{
    if (gate == L4_HANDLE_NONE)
        return ROOT_ERR_NOT_RUNNING;
    return (unsigned)l4_cap_mint(task->space, gate, slot, L4_RIGHT_CALL | L4_RIGHT_GIVE, task->id, handle);
}

// Nobody can be given what its spawner did not send along; the name then leads nowhere.
static unsigned grant_spawner(l4_handle_t spawner, unsigned slot, const struct start_grantee *task,
                              l4_handle_t *handle)
{
    *handle = L4_HANDLE_NONE;
    if (spawner == L4_HANDLE_NONE)
        return ROOT_ERR_OK;
    return (unsigned)l4_cap_copy(task->space, spawner, slot, L4_RIGHT_CALL | L4_RIGHT_GIVE, handle);
}

unsigned start_grant(const struct manifest_cap *cap, unsigned number, const struct start_grantee *task,
                     l4_handle_t spawner, l4_handle_t *handle)
{
    unsigned slot = L4_SLOT_NAMED + number;

    switch (cap->kind) {
    case MANIFEST_CAP_PORTS:
        return grant_range(cap, "ports", slot, task, handle);
    case MANIFEST_CAP_IRQ:
        return grant_range(cap, "irq", slot, task, handle);
    case MANIFEST_CAP_PHYS:
        return grant_range(cap, "phys", slot, task, handle);
    case MANIFEST_CAP_POOL:
        return grant_copy("pool", slot, task, handle);
    case MANIFEST_CAP_CPUS:
        return grant_copy("cpus", slot, task, handle);
    case MANIFEST_CAP_LOG:
        return grant_copy("log", slot, task, handle);
    case MANIFEST_CAP_MSR:
        return grant_copy("msr", slot, task, handle);
    case MANIFEST_CAP_POWER:
        return grant_copy("power", slot, task, handle);
    case MANIFEST_CAP_INFO:
        return grant_copy("info", slot, task, handle);
    case MANIFEST_CAP_ARCHIVE:
        *handle = L4_CAP_PAGER; // a right at the pager, given when the task was created
        return ROOT_ERR_OK;
    case MANIFEST_CAP_CONTROL:
        return grant_gate(start_gates()->control, slot, task, handle);
    case MANIFEST_CAP_SPAWNER:
        return grant_spawner(spawner, slot, task, handle);
    case MANIFEST_CAP_GATE:
        return grant_gate(task_gate(cap->target, cap->gate), slot, task, handle);
    case MANIFEST_CAP_COUNT:
        break;
    }
    return ROOT_ERR_NO_CAPABILITY;
}

unsigned start_renew(uint64_t id, const char *name, l4_handle_t *handle)
{
    const struct manifest_program *program;
    struct task_view view;
    unsigned cap = 0;
    unsigned error = task_look(id, &view);

    if (error != ROOT_ERR_OK)
        return error;
    program = &start_manifest()->programs[view.program];
    while (cap < program->cap_count && strcmp(program->caps[cap].name, name) != 0)
        cap++;
    if (cap == program->cap_count || program->caps[cap].kind != MANIFEST_CAP_GATE)
        return ROOT_ERR_NO_CAPABILITY;
    if (task_gate(program->caps[cap].target, program->caps[cap].gate) == L4_HANDLE_NONE)
        return ROOT_ERR_NOT_RUNNING;
    // The old one may be gone already (the client has deleted it): then there is nothing to delete.
    error = (unsigned)l4_cap_delete(view.space, view.caps[cap]);
    if (error != L4_OK && error != L4_ERR_CAP)
        return error;
    error = start_grant(&program->caps[cap], cap, &(struct start_grantee){id, view.space}, L4_HANDLE_NONE,
                        handle);
    return error != ROOT_ERR_OK ? error : task_set_cap(id, cap, *handle);
}
