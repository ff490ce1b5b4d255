// SPDX-License-Identifier: BSD-2-Clause
// Starting programs. See start.h.
#include <l4/cap.h>
#include <l4/space.h>
#include <l4/status.h>
#include <l4/string.h>

#include "roottask/print.h"
#include "roottask/start_parts.h"

static const struct manifest *the_manifest;
static struct start_gates the_gates;

void start_init(const struct manifest *manifest, const struct start_gates *gates)
{
    the_manifest = manifest;
    the_gates = *gates;
}

const struct start_gates *start_gates(void)
{
    return &the_gates;
}

const struct manifest *start_manifest(void)
{
    return the_manifest;
}

static unsigned add_words(struct l4_startup *block, const struct manifest_program *program,
                          const struct start_request *request)
{
    struct l4_slice words = l4_slice(request->words, request->words_bytes);
    struct l4_slice fixed = l4_slice_z(program->args);
    char word[MANIFEST_ARGS];
    unsigned error = ROOT_ERR_OK;

    // argv[0], then the manifest's words, then the caller's.
    for (bool first = true; words.length > 0 && error == ROOT_ERR_OK; first = false) {
        error = (unsigned)l4_startup_arg(block, l4_slice_until(&words, 0).at);
        while (first && fixed.length > 0 && error == ROOT_ERR_OK) {
            struct l4_slice part = l4_slice_word(&fixed);

            if (part.length > 0 && l4_slice_copy(word, sizeof(word), part))
                error = (unsigned)l4_startup_arg(block, word);
        }
    }
    return error;
}

// The capabilities and, for each that is there, its name in the start-up block.
static unsigned add_caps(struct l4_startup *block, const struct start_request *request, struct task *task)
{
    const struct manifest_program *program = &the_manifest->programs[request->program];
    const struct start_grantee grantee = {task->task.id, l4_lend(&task->task.space)};

    for (unsigned i = 0; i < program->cap_count; i++) {
        const struct manifest_cap *cap = &program->caps[i];
        unsigned error = start_grant(cap, i, &grantee, request->spawner, &task->caps[i]);

        if (error == ROOT_ERR_OK && task->caps[i] != L4_HANDLE_NONE)
            error = (unsigned)l4_startup_add_cap(block, cap->name, task->caps[i]);
        if (error != ROOT_ERR_OK) {
            print("roottask: %s: cap.%s: %s", request->name, cap->name, l4_status_text(error));
            return error;
        }
    }
    return ROOT_ERR_OK;
}

static bool has_archive(const struct manifest_program *program)
{
    for (unsigned i = 0; i < program->cap_count; i++)
        if (program->caps[i].kind == MANIFEST_CAP_ARCHIVE)
            return true;
    return false;
}

// A gate with the task's id as badge, in our own table.
static int mint_own(l4_handle_t gate, uint64_t id, struct l4_owned *out)
{
    l4_handle_t minted;
    int error = l4_cap_mint(L4_CAP_SPACE, gate, L4_SLOT_ANY, L4_RIGHT_CALL, id, &minted);

    return error != L4_OK ? error : l4_owned_take(out, minted);
}

// The gate of another pager. The space knows it from then on; our own capability goes in any case.
static unsigned set_pager(l4_handle_t gate, const struct l4_task *t)
{
    struct l4_owned pager = L4_OWNED_EMPTY;
    int error, closed;

    if (gate == L4_HANDLE_NONE)
        return ROOT_ERR_NOT_RUNNING;
    error = mint_own(gate, t->id, &pager);
    if (error != L4_OK)
        return (unsigned)error;
    error = l4_space_set_gate(l4_lend(&t->space), L4_GATE_PAGER, l4_lend(&pager));
    closed = l4_owned_close_derived(&pager); // that pager may have revoked it
    return (unsigned)(error != L4_OK ? error : closed);
}

// Service gate in its slot, exception gate, and the pager gate if the manifest names another than the
// system's.
static unsigned set_gates(const struct manifest_program *program, struct task *task)
{
    const struct l4_task *t = &task->task;
    l4_handle_t space = l4_lend(&t->space);
    int error = l4_cap_mint(space, the_gates.service, L4_SLOT_ROOT, L4_RIGHT_CALL, t->id, NULL);

    if (error == L4_OK)
        error = mint_own(the_gates.exception, t->id, &task->exception);
    if (error == L4_OK)
        error = l4_space_set_gate(space, L4_GATE_EXCEPTION, l4_lend(&task->exception));
    if (error != L4_OK || program->pager_program == MANIFEST_NONE)
        return (unsigned)error;
    return set_pager(task_gate(program->pager_program, "pager"), t);
}

static unsigned create(const struct start_request *request, struct task *task)
{
    const struct manifest_program *program = &the_manifest->programs[request->program];
    const struct l4_task_options options = {
        .path = request->path,
        .memory = program->memory,
        .quota = program->quota,
        .cpus = program->cpus == ~0ull ? 0 : program->cpus,
        .max_priority = program->priority,
        .visitors = program->visitors,
        .flags = has_archive(program) ? L4_TASK_ARCHIVE : 0,
    };

    return (unsigned)l4_task_create(&options, &task->task);
}

static unsigned fill(const struct start_request *request, struct task *task, struct l4_startup *block)
{
    const struct manifest_program *program = &the_manifest->programs[request->program];
    unsigned error;

    l4_startup_begin(block, task->task.id);
    error = (unsigned)l4_startup_name(block, request->name);
    if (error == ROOT_ERR_OK)
        error = add_words(block, program, request);
    if (error == ROOT_ERR_OK)
        error = set_gates(program, task);
    if (error == ROOT_ERR_OK)
        error = add_caps(block, request, task);
    if (error == ROOT_ERR_OK)
        error = (unsigned)l4_task_startup(task->task.id, block, block->size);
    return error;
}

// A page for the start-up block: larger than what belongs on an activation's stack.
static unsigned fill_on_page(const struct start_request *request, struct task *task)
{
    void *page;
    unsigned error = (unsigned)l4_memory_alloc(L4_STARTUP_BYTES, &page);

    if (error != ROOT_ERR_OK)
        return error;
    error = fill(request, task, page);
    if (l4_memory_free(page, L4_STARTUP_BYTES) != L4_OK)
        print("roottask: %s: a page was not there to give back", request->name);
    return error;
}

// Takes back what was made for a task that never ran.
static void undo(struct task *task)
{
    if (l4_task_destroy(&task->task) != L4_OK ||
        (l4_owns(&task->exception) && l4_owned_close(&task->exception) != L4_OK))
        print("roottask: %s: not all of it could be taken back", task->name);
}

unsigned start_program(const struct start_request *request, uint64_t *id)
{
    struct task *task = task_begin(request->program, request->name, request->parent);
    struct l4_task running = {0}; // its id, and its first thread until the table has that
    unsigned error;

    if (task == NULL)
        return ROOT_ERR_FULL;
    error = create(request, task);
    if (error == ROOT_ERR_OK) {
        error = fill_on_page(request, task);
        if (error != ROOT_ERR_OK)
            undo(task);
    }
    if (error != ROOT_ERR_OK) {
        task_abandon(task);
        return error;
    }
    // From task_created on the task may end at any time, so `task` is not looked at again.
    running.id = task->task.id;
    task_created(task);
    error = (unsigned)l4_task_start(&running, the_manifest->programs[request->program].priority);
    *id = running.id;
    if (error == ROOT_ERR_OK) {
        task_started(running.id, &running.thread);
        return ROOT_ERR_OK;
    }
    // So quick that its first thread had ended before its start was answered: a server that goes on with
    // its clients' threads, or a program that is over. Either way all went well.
    if (error == L4_ERR_DEAD)
        return ROOT_ERR_OK;
    if (task_end(running.id, ROOT_END_KILLED, ROOT_STATUS_KILLED) == ROOT_ERR_NO_TASK)
        return ROOT_ERR_OK;
    return error;
}

unsigned start_section(unsigned program, uint64_t *id)
{
    const struct manifest_program *p = &the_manifest->programs[program];
    const struct start_request request = {
        .program = program,
        .name = p->name,
        .path = p->path,
        .words = p->name,
        .words_bytes = strlen(p->name) + 1,
    };

    return start_program(&request, id);
}
