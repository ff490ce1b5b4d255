// SPDX-License-Identifier: BSD-2-Clause
// The system pager, the first program: takes over all memory, opens its two gates, starts the root task with
// the kernel's system capabilities, and goes on as the thread that zeroes frames. Everything else is done by
// visitors (fault.c, service.c). Its own pages, stacks and UTCBs were made by the kernel and are always
// resident.
#include "pager/create.h"
#include "pager/fault.h"
#include "pager/memory.h"
#include <l4/cap.h>
#include <l4/error.h>
#include <l4/format.h>
#include <l4/program.h>
#include <l4/string.h>
#include <l4/system.h>
#include <l4/proto/layout.h>
#include <l4/proto/startup.h>

#define ROOT_MEMORY   (32ull << 20)
#define ROOT_PRIORITY 200
#define ROOT_VISITORS 32
#define LOG_ERROR     0
#define LOG_INFO      2

static void log_line(unsigned level, const char *text)
{
    for (size_t left = strlen(text); left > 0;) {
        size_t part = left < L4_STRING_MAX ? left : L4_STRING_MAX;
        if (l4_log_write(L4_HANDLE_FIRST(L4_BOOT_LOG), level, text, part))
            return; // nobody to tell
        text += part;
        left -= part;
    }
}

// Without a root task the machine is of no use: it stops, and says why.
static L4_NORETURN void give_up(const char *what, int error)
{
    char line[120];
    l4_format(line, sizeof(line), "pager: %s: %s\n", what, l4_error_text(error));
    log_line(LOG_ERROR, line);
    error = l4_power_panic(L4_HANDLE_FIRST(L4_BOOT_POWER), L4_PANIC_PLAIN);
    l4_abort(error ? "pager-start" : "pager-panic");
}

static void check(const char *what, int error)
{
    if (error)
        give_up(what, error);
}

static void open_gates(const struct l4_boot_info *info)
{
    l4_handle_t service, fault;
    check("service gate", service_open(&service));
    check("fault gate", fault_open(&fault));
    create_init(memory_at(info->archive), info->archive_size, service, fault);
}

static const char *const system_names[] = {"irq", "ports", "phys",  "pool", "cpus",
                                           "log", "msr",   "power", "info"};
_Static_assert(L4_ARRAY_SIZE(system_names) == L4_BOOT_SLOTS - L4_BOOT_IRQ,
               "a name for each system capability");

static void give_system_caps(l4_handle_t root)
{
    for (unsigned slot = L4_BOOT_IRQ; slot < L4_BOOT_SLOTS; slot++)
        check("system capability",
              l4_cap_copy(root, L4_HANDLE_FIRST(slot), L4_SLOT_SYSTEM(slot), L4_RIGHT_ALL, NULL));
}

// The block is written by way of the page the task will see.
static int root_startup(uint64_t id, const struct l4_boot_info *info)
{
    static union {
        struct l4_startup block;
        char bytes[L4_STARTUP_BYTES];
    } page;
    char command_line[sizeof(info->command_line) + 1];
    memcpy(command_line, info->command_line, sizeof(info->command_line));
    command_line[sizeof(info->command_line)] = '\0';
    l4_startup_begin(&page.block, id);
    int error = l4_startup_name(&page.block, "roottask");
    if (!error)
        error = l4_startup_arg(&page.block, "roottask");
    if (!error)
        error = l4_startup_arg(&page.block, command_line);
    for (unsigned i = 0; i < L4_ARRAY_SIZE(system_names) && !error; i++)
        error = l4_startup_add_cap(&page.block, system_names[i], L4_CAP_SYSTEM(L4_BOOT_IRQ + i));
    return error ? error : create_startup(id, 0, &page, page.block.size);
}

static void start_root(const struct l4_boot_info *info)
{
    struct created root;
    l4_handle_t thread;
    struct memory_counts counts = memory_counts();
    uint64_t quarter = counts.frames / 4 * L4_PAGE_SIZE;
    struct create_options options = {
        .path = "roottask",
        .memory = quarter < ROOT_MEMORY ? quarter : ROOT_MEMORY,
        .quota = info->quota / 8,
        .cpus = L4_CPU_ALL,
        .max_priority = L4_PRIORITIES - 1,
        .visitors = ROOT_VISITORS,
        .badge_flags = L4_BADGE_TASKS | L4_BADGE_ARCHIVE,
    };
    check("root task", create_task(&options, &root));
    give_system_caps(root.space);
    check("start-up block of the root task", root_startup(root.id, info));
    check("first thread of the root task", create_first_thread(root.id, ROOT_PRIORITY, &thread));
}

int main(int argc, char **argv)
{
    const struct l4_boot_info *info = (const struct l4_boot_info *)L4_BOOTINFO_ADDR;
    char line[80];
    (void)argc;
    (void)argv;
    if (info->magic != L4_BOOTINFO_MAGIC)
        give_up("boot information", L4_ERR_ARG);
    check("memory", memory_init(info));
    l4_format(line, sizeof(line), "pager: memory kib=%lu\n", memory_counts().frames * (L4_PAGE_SIZE / 1024));
    log_line(LOG_INFO, line);
    open_gates(info);
    start_root(info);
    memory_refill();
}
