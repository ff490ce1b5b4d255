// SPDX-License-Identifier: BSD-2-Clause
// What the kernel tells about its CPUs: the number online, the state of each, the page that says where one
// runs. test/system/smp.py runs it with `cap.cpus = cpus` and the number expected; without that capability
// nothing may be asked.
#include <l4/abi/layout.h>
#include <l4/program.h>
#include <l4/proto/layout.h>
#include <l4/system.h>
#include <l4/tap.h>

#define CPUS_MAX 64

static uint64_t number(const char *text)
{
    uint64_t n = 0;

    for (; *text >= '0' && *text <= '9'; text++)
        n = n * 10 + (uint64_t)(*text - '0');
    return n;
}

// CPUs are numbered from 0 without gaps, and no two have the same local APIC.
static void check_states(l4_handle_t cpus, uint64_t count)
{
    uint64_t ids[CPUS_MAX] = {0};

    for (uint64_t i = 0; i < CPUS_MAX; i++) {
        uint64_t online = 2;
        bool twice = false;

        tap_error(l4_cpu_state(cpus, i, &online, &ids[i]), L4_OK, "the state of a CPU");
        tap_equal(online, i < count, "whether it is online");
        for (uint64_t k = 0; k < i && i < count; k++)
            twice |= ids[k] == ids[i];
        tap_ok(!twice, "no other CPU has its local APIC");
    }
}

int main(int argc, char **argv)
{
    const struct l4_info *info = (const struct l4_info *)L4_INFO_PAGE;
    const struct l4_cpu_page *page = (const struct l4_cpu_page *)L4_CPU_PAGE;
    l4_handle_t cpus = l4_cap("cpus");
    uint64_t online;
    uint64_t apic;

    tap_ok(page->cpu < info->cpus, "this CPU, %llu, is one of those online", (unsigned long long)page->cpu);
    if (cpus == L4_HANDLE_NONE) { // started without a section of its own
        tap_error(l4_cpu_state(cpus, 0, &online, &apic), L4_ERR_CAP, "no capability, no state");
        return tap_end();
    }
    tap_equal(info->cpus, argc > 1 ? number(argv[1]) : 0, "CPUs online");
    check_states(cpus, info->cpus);
    tap_error(l4_cpu_state(cpus, CPUS_MAX, &online, &apic), L4_ERR_CPU, "a CPU that cannot be");
    tap_error(l4_cpu_state(cpus, UINT64_MAX, &online, &apic), L4_ERR_CPU, "nor this one");
    return tap_end();
}
