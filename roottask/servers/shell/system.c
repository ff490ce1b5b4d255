// SPDX-License-Identifier: BSD-2-Clause
// The shell's commands on the system: ps, mem, kill, uptime, and the end.
#include <l4/program.h>
#include <l4/proto/console.h>
#include <l4/proto/pager.h>
#include <l4/proto/root.h>
#include <l4/string.h>
#include <l4/system.h>
#include <l4/utcb.h>

#include "roottask/servers/shell/shell.h"

#define KIB_A_PAGE (L4_PAGE_SIZE / 1024)

static const char *state_name(uint64_t state)
{
    static const char *const names[] = {
        [ROOT_STATE_STARTING] = "starting",
        [ROOT_STATE_RUNNING] = "running",
        [ROOT_STATE_ENDING] = "ending",
        [ROOT_STATE_ENDED] = "ended",
    };

    return state >= ROOT_STATE_STARTING && state <= ROOT_STATE_ENDED ? names[state] : "?";
}

int command_ps(unsigned argc, const char *const *argv)
{
    struct root_task_info info;
    uint64_t place = 0;
    unsigned error;

    (void)argv;
    if (argc != 1) {
        out("usage: ps\n");
        return STATUS_USAGE;
    }
    for (error = control_list(server("control"), &place, &info); error == ROOT_ERR_OK;
         error = control_list(server("control"), &place, &info)) {
        if (place == 1)
            out("%6s %-8s %8s %8s %7s %s\n", "TASK", "STATE", "MEM-KIB", "KERN-KIB", "THREADS", "NAME");
        out("%6llu %-8s %8llu %8llu %7llu %s\n", (unsigned long long)info.id, state_name(info.state),
            (unsigned long long)(info.pages * KIB_A_PAGE), (unsigned long long)(info.kernel_bytes / 1024),
            (unsigned long long)info.threads, info.name);
    }
    return error == ROOT_ERR_NO_TASK ? STATUS_OK : complain("ps", "tasks", error);
}

static int mem_pager(void)
{
    uint64_t counters[8];
    unsigned error = control_memory(server("control"), counters);

    if (error != ROOT_ERR_OK)
        return complain("mem", "pager", error);
    out("usable memory: %llu KiB\n", (unsigned long long)l4_info()->memory_kib);
    out("pager memory: %llu KiB, free %llu KiB\n",
        (unsigned long long)(counters[L4_PAGER_COUNT_FRAMES] * KIB_A_PAGE),
        (unsigned long long)(counters[L4_PAGER_COUNT_FREE] * KIB_A_PAGE));
    return STATUS_OK;
}

static int mem_kernel(void)
{
#define L4_X(name, what) what,
    static const char *const texts[] = {L4_COUNTERS(L4_X)};
#undef L4_X
    uint64_t counters[8];

    for (unsigned i = 0; i < L4_COUNT_COUNT; i++) {
        if (i % 8 == 0) {
            int error = l4_info_counters(server("info"), i, counters);

            if (error != L4_OK)
                return complain("mem", "kernel", (unsigned)error);
        }
        out("%s: %llu\n", texts[i], (unsigned long long)counters[i % 8]);
    }
    return STATUS_OK;
}

int command_mem(unsigned argc, const char *const *argv)
{
    bool verbose = argc == 2 && strcmp(argv[1], "-v") == 0;
    int status;

    if (argc > 2 || (argc == 2 && !verbose)) {
        out("usage: mem [-v]\n");
        return STATUS_USAGE;
    }
    status = mem_pager();
    return status == STATUS_OK && verbose ? mem_kernel() : status;
}

int command_kill(unsigned argc, const char *const *argv)
{
    unsigned error;

    if (argc != 2) {
        out("usage: kill NAME|TASK\n");
        return STATUS_USAGE;
    }
    error = control_kill(server("control"), argv[1]);
    return error == ROOT_ERR_OK ? STATUS_OK : complain("kill", argv[1], error);
}

int command_uptime(unsigned argc, const char *const *argv)
{
    uint64_t now = l4_clock();

    (void)argv;
    if (argc != 1) {
        out("usage: uptime\n");
        return STATUS_USAGE;
    }
    out("up %llu.%03llu s\n", (unsigned long long)(now / 1000000000),
        (unsigned long long)(now / 1000000 % 1000));
    return STATUS_OK;
}

void power_off(int status)
{
    unsigned error;

    // Without a command channel there is nothing in it to wait for.
    if (out_flush() && out_stream() != L4_HANDLE_NONE)
        console_drain(out_stream());
    error = control_power(server("control"), ROOT_POWER_OFF, (unsigned)status);
    complain("poweroff", "machine", error);
}
