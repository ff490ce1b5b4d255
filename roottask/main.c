// SPDX-License-Identifier: BSD-2-Clause
// The root task: reads the manifest, checks it whole, starts the programs in the order of what they need, and
// then starts again what is to be started again. Everything else happens on visitors of its gates.
#include <l4/gate.h>
#include <l4/pager.h>
#include <l4/program.h>
#include <l4/status.h>
#include <l4/system.h>
#include <l4/ustar.h>

#include "roottask/gates.h"
#include "roottask/manifest_parts.h"
#include "roottask/print.h"
#include "roottask/spawn.h"
#include "roottask/start.h"
#include "roottask/task_table.h"

#define MANIFEST_FILE    "etc/manifest"
#define VISITORS         16             // of the gates for control and exceptions, each
#define READY_NS         10000000000ull // a server that is not up by then is not waited for
#define RESTART_MOST     5            // restarts of one program, one after the other within RESTART_QUIET_NS
#define RESTART_NS       100000000ull // between its end and its restart
#define RESTART_QUIET_NS 10000000000ull // a program that has run as long may be restarted as often again
#define STATUS_NO_BOOT   99

static struct manifest manifest;
static const void *archive;
static size_t archive_bytes;
static uint32_t left_out; // programs that a server was missing for; the boot thread's alone

// The boot failed. Where commands were to run, somebody waits for a status; else the screen is to be read.
static L4_NORETURN void give_up(void)
{
    size_t count;
    char byte;

    if (archive != NULL && spawn_autorun(0, &byte, 1, &count)) {
        print("exit: status %u", STATUS_NO_BOOT);
        print_drain();
        if (l4_power_off(l4_cap("power"), STATUS_NO_BOOT) != L4_OK)
            print("boot: no power-off");
    }
    for (;;)
        l4_sleep_until(L4_DEADLINE_NEVER);
}

static void check(const char *what, unsigned error)
{
    if (error == ROOT_ERR_OK)
        return;
    print("boot: %s: %s", what, l4_status_text(error));
    give_up();
}

// The last thing that can be wrong with a manifest: it names what is not there.
static void check_paths(void)
{
    struct l4_ustar_entry entry;

    for (unsigned i = 0; i < manifest.count; i++) {
        const struct manifest_program *program = &manifest.programs[i];

        if (i != manifest_find(&manifest, MANIFEST_SPAWN) &&
            !l4_ustar_find(archive, archive_bytes, program->path, &entry))
            manifest_error(&manifest, program->path_line, l4_slice_z("path"),
                           "no such file in the boot archive");
    }
}

static void read_manifest(void)
{
    struct l4_ustar_entry entry;

    check("archive", (unsigned)l4_archive_attach(&archive, &archive_bytes));
    spawn_init(&manifest, archive, archive_bytes);
    if (!l4_ustar_find(archive, archive_bytes, MANIFEST_FILE, &entry))
        check(MANIFEST_FILE, ROOT_ERR_NO_PROGRAM);
    if (manifest_parse(&manifest, (const char *)entry.data, entry.size))
        check_paths();
    if (manifest.errors == 0)
        return;
    for (unsigned i = 0; i < manifest.errors && i < MANIFEST_ERRORS; i++)
        print("manifest: line %u: %s: %s", manifest.error[i].line, manifest.error[i].key,
              manifest.error[i].text);
    print("boot: manifest: %u errors, nothing was started", manifest.errors);
    give_up();
}

static void make_gates(void)
{
    struct start_gates gates;

    check("pools", (unsigned)l4_pool_fill(POOL_CONTROL, VISITORS));
    check("pools", (unsigned)l4_pool_fill(POOL_EXCEPTION, VISITORS));
    check("gates",
          (unsigned)l4_gate_create_entry(L4_CAP_SPACE, service_entry, POOL_SERVICE, true, &gates.service));
    check("gates",
          (unsigned)l4_gate_create_entry(L4_CAP_SPACE, control_entry, POOL_CONTROL, true, &gates.control));
    check("gates", (unsigned)l4_gate_create_entry(L4_CAP_SPACE, exception_entry, POOL_EXCEPTION, false,
                                                  &gates.exception));
    start_init(&manifest, &gates);
    tasks.manifest = &manifest;
    tasks.console = manifest_find(&manifest, "console");
}

// Starts a program and, if others hold its gates, waits until it serves.
static bool bring_up(unsigned program)
{
    uint64_t id;
    unsigned error = start_section(program, &id);

    if (error == ROOT_ERR_OK && manifest_is_server(&manifest, program))
        error = task_wait_ready(id, l4_clock() + READY_NS);
    if (error != ROOT_ERR_OK)
        print("boot: %s: %s", manifest.programs[program].name, l4_status_text(error));
    if (error == ROOT_ERR_NOT_RUNNING)
        left_out |= 1u << program;
    return error == ROOT_ERR_OK;
}

// The servers first, each after those it needs; then, when all of them serve, the others.
static void start_all(void)
{
    unsigned order[MANIFEST_PROGRAMS];
    unsigned count = manifest_order(&manifest, order);
    bool good = true;

    for (unsigned i = 0; i < count; i++)
        if (manifest_is_server(&manifest, order[i]))
            good = bring_up(order[i]) && good;
    if (good)
        print("boot: ready");
    for (unsigned i = 0; i < count; i++)
        if (!manifest_is_server(&manifest, order[i]))
            good = bring_up(order[i]) && good;
    if (!good)
        print("boot: not all programs run");
}

// Has this program ended so often, and so soon each time, that it is better left alone?
static bool restart_in_vain(unsigned program)
{
    static struct {
        unsigned count;
        uint64_t last;
    } restarts[MANIFEST_PROGRAMS]; // the boot thread's alone
    uint64_t now = l4_clock();

    if (now - restarts[program].last > RESTART_QUIET_NS)
        restarts[program].count = 0;
    restarts[program].last = now;
    return restarts[program].count++ >= RESTART_MOST;
}

// A server is back: what it was missing for is tried again, the others' servers among them.
static void start_left_out(void)
{
    uint32_t programs = left_out;

    left_out = 0;
    for (unsigned i = 0; i < manifest.count; i++)
        if (programs & 1u << i && bring_up(i))
            print("roottask: %s: started", manifest.programs[i].name);
}

static L4_NORETURN void restart_for_ever(void)
{
    for (;;) {
        unsigned program = task_wait_restart();

        if (program == MANIFEST_NONE)
            continue;
        if (restart_in_vain(program)) {
            print("roottask: %s: ended too often, not started again", manifest.programs[program].name);
            continue;
        }
        l4_sleep_until(l4_clock() + RESTART_NS);
        if (bring_up(program)) {
            print("roottask: %s: started again", manifest.programs[program].name);
            start_left_out();
        }
    }
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    read_manifest();
    make_gates();
    start_all();
    restart_for_ever();
}
