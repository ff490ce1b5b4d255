/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations of the system capabilities: ports, physical memory, processors, log, power, counters.
 * Ranges lie in the badge: first << 32 | count.
 */
#include <l4/abi/item.h>

#include "kernel/arch/bootinfo.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/smp.h"
#include "kernel/arch/trap.h"
#include "kernel/base/assert.h"
#include "kernel/base/log.h"
#include "kernel/base/string.h"
#include "kernel/map/mapdb.h"
#include "kernel/map/node.h"
#include "kernel/mem/frame.h"
#include "kernel/sys/call.h"

#define BYTES_MAX 48 /* of words 2 to 7 */

static enum l4_error port_check(const struct call *c, uint64_t port, uint64_t width)
{
    uint64_t first = c->cap->badge >> 32;
    uint64_t count = c->cap->badge & UINT32_MAX;

    if (width != 1 && width != 2 && width != 4)
        return L4_ERR_ARG;
    if (port < first || port - first > count || width > count - (port - first))
        return L4_ERR_RANGE;
    return L4_OK;
}

enum l4_error op_PORT_IN(struct call *c)
{
    uint16_t port = (uint16_t)c->w[0];
    enum l4_error err = port_check(c, c->w[0], c->w[1]);

    if (err != L4_OK)
        return err;
    c->w[0] = c->w[1] == 1 ? io_in8(port) : c->w[1] == 2 ? io_in16(port) : io_in32(port);
    return L4_OK;
}

enum l4_error op_PORT_OUT(struct call *c)
{
    uint16_t port = (uint16_t)c->w[0];
    enum l4_error err = port_check(c, c->w[0], c->w[1]);

    if (err != L4_OK)
        return err;
    if (c->w[1] == 1)
        io_out8(port, (uint8_t)c->w[2]);
    else if (c->w[1] == 2)
        io_out16(port, (uint16_t)c->w[2]);
    else
        io_out32(port, (uint32_t)c->w[2]);
    return L4_OK;
}

enum l4_error op_PORT_OUT_STRING(struct call *c)
{
    const uint8_t *bytes = (const uint8_t *)&c->w[2];
    enum l4_error err = port_check(c, c->w[0], 1);

    if (err != L4_OK)
        return err;
    if (c->w[1] > BYTES_MAX)
        return L4_ERR_RANGE;
    for (uint64_t i = 0; i < c->w[1]; i++)
        io_out8((uint16_t)c->w[0], bytes[i]);
    return L4_OK;
}

/* True when [at, at + bytes) touches RAM: that is the pager's or the kernel's, never a device. */
static bool touches_ram(uint64_t at, uint64_t bytes)
{
    for (size_t i = 0; i < boot_info.memory_count; i++) {
        const struct boot_memory *m = &boot_info.memory[i];

        if (m->kind == BOOT_MEMORY_USABLE && at < m->base + m->size && m->base < at + bytes)
            return true;
    }
    return false;
}

enum l4_error op_PHYS_MAP(struct call *c)
{
    uint64_t first = (c->cap->badge >> 32) * PAGE_SIZE;
    uint64_t count = (c->cap->badge & UINT32_MAX) * PAGE_SIZE;
    uint64_t from = c->w[0];
    uint64_t bytes = c->w[2];
    uint64_t cache = c->w[3] >> L4_CACHE_SHIFT & 3;
    enum l4_error err = user_range_check(c->w[1], bytes);

    if (err != L4_OK)
        return err;
    if (!is_aligned(from, PAGE_SIZE))
        return L4_ERR_ALIGN;
    if (from < first || from - first > count || bytes > count - (from - first))
        return L4_ERR_RANGE;
    if (cache > L4_CACHE_UC || c->w[3] & ~(uint64_t)(L4_READ | L4_WRITE | 3 << L4_CACHE_SHIFT))
        return L4_ERR_ARG;
    /* one attribute to a page: RAM is write-back for whoever has it, so it is not given out here */
    if (touches_ram(from, bytes))
        return L4_ERR_RIGHTS;
    return map_physical(&c->space->vs, c->w[1], paddr(from), bytes, (unsigned)(c->w[3] & L4_RWX) | L4_READ,
                        (unsigned)cache, cap_node(c->cap), &c->w[0]);
}

enum l4_error op_CPU_STATE(struct call *c)
{
    if (c->w[0] >= CPUS_MAX)
        return L4_ERR_CPU;
    c->w[1] = c->w[0];
    c->w[0] = cpus_online() >> c->w[1] & 1;
    c->w[1] = cpu_apic_id((unsigned)c->w[1]);
    return L4_OK;
}

enum l4_error op_LOG_READ(struct call *c)
{
    uint64_t at = c->w[0];
    size_t n;

    if (at < log_ring_start())
        at = log_ring_start();
    memset(&c->w[2], 0, BYTES_MAX);
    n = log_ring_read(at, (char *)&c->w[2], BYTES_MAX);
    c->w[0] = at + n;
    c->w[1] = n;
    return L4_OK;
}

enum l4_error op_LOG_WRITE(struct call *c)
{
    if (c->w[0] > LOG_DEBUG)
        return L4_ERR_ARG;
    if (c->w[1] > BYTES_MAX)
        return L4_ERR_RANGE;
    log_line((int)c->w[0], "%.*s", (int)c->w[1], (const char *)&c->w[2]);
    return L4_OK;
}

enum l4_error op_POWER_OFF(struct call *c)
{
    if (c->w[0] > 99)
        return L4_ERR_RANGE;
    cpu_exit_emulator((unsigned)c->w[0]);
    cpu_poweroff();
    return L4_ERR_NOSYS; /* the machine cannot be switched off by software */
}

enum l4_error op_POWER_RESET(struct call *c)
{
    (void)c;
    cpu_reset();
}

enum l4_error op_POWER_PANIC(struct call *c)
{
    if (c->w[0] == L4_PANIC_RECURSION)
        panic_by_recursion();
    else if (c->w[0] == L4_PANIC_PLAIN)
        PANIC("asked for by a program");
    return L4_ERR_ARG;
}

/* Each CPU writes its own counters while they are read: a sum is as of about now. */
static void add_cpu_counters(uint64_t *value)
{
    for (uint64_t left = cpus_online(); left; left &= left - 1) {
        const struct cpu_local *cpu = cpu_local_of((unsigned)__builtin_ctzll(left));

        value[L4_COUNT_INTERRUPTS] += cpu->interrupts;
        value[L4_COUNT_SWITCHES] += cpu->switches;
        value[L4_COUNT_CALLS] += cpu->calls;
    }
}

enum l4_error op_INFO_COUNTERS(struct call *c)
{
    uint64_t value[L4_COUNT_COUNT + L4_WORDS_REGS] = {
        [L4_COUNT_SPACES] = space_totals.spaces,
        [L4_COUNT_THREADS] = thread_count(),
        [L4_COUNT_GATES] = gate_count(),
        [L4_COUNT_EVENTS] = event_count(),
        [L4_COUNT_CAPS] = cap_count(),
        [L4_COUNT_MAPPINGS] = map_count(),
        [L4_COUNT_UTCB_PAGES] = space_totals.utcb_pages,
        [L4_COUNT_STACK_PAGES] = space_totals.stack_pages,
        [L4_COUNT_ACTIVATIONS] = space_totals.activations,
        [L4_COUNT_SWITCH_FAULTS] = space_totals.switch_faults,
        [L4_COUNT_PAGE_FAULTS] = space_totals.page_faults,
        [L4_COUNT_EXCEPTIONS] = ipc_exceptions,
        [L4_COUNT_POOL_PAGES] = frame_pool_size().v,
        [L4_COUNT_POOL_FREE] = frame_pool_free().v,
    };
    uint64_t first = c->w[0];

    if (first >= L4_COUNT_COUNT)
        return L4_ERR_RANGE;
    add_cpu_counters(value);
    for (unsigned i = 0; i < L4_WORDS_REGS; i++)
        c->w[i] = value[first + i];
    return L4_OK;
}
