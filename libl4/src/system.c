// SPDX-License-Identifier: BSD-2-Clause
// Wrappers of the operations on system capabilities. Stateless.
#include <l4/system.h>
#include <l4/ipc.h>
#include <l4/string.h>

static int operate(l4_handle_t handle, enum l4_operation operation, uint64_t w0, uint64_t w1, uint64_t w2)
{
    uint64_t w[L4_WORDS_REGS] = {w0, w1, w2};
    return l4_object(handle, operation, w);
}

int l4_irq_bind(l4_handle_t irq, uint64_t number, l4_handle_t event, uint64_t bits)
{
    return operate(irq, L4_IRQ_BIND, number, event, bits);
}

int l4_irq_ack(l4_handle_t irq, uint64_t number)
{
    return operate(irq, L4_IRQ_ACK, number, 0, 0);
}

int l4_irq_unbind(l4_handle_t irq, uint64_t number)
{
    return operate(irq, L4_IRQ_UNBIND, number, 0, 0);
}

int l4_port_in(l4_handle_t ports, uint16_t port, unsigned width, uint32_t *value)
{
    uint64_t w[L4_WORDS_REGS] = {port, width};
    int error = l4_object(ports, L4_PORT_IN, w);
    if (!error)
        *value = (uint32_t)w[0];
    return error;
}

int l4_port_out(l4_handle_t ports, uint16_t port, unsigned width, uint32_t value)
{
    return operate(ports, L4_PORT_OUT, port, width, value);
}

// w[0], w[1] are the caller's, the bytes go into w[2] to w[7].
static int put_bytes(l4_handle_t handle, enum l4_operation operation, uint64_t first, const void *bytes,
                     size_t count)
{
    uint64_t w[L4_WORDS_REGS] = {first, count};
    if (count > L4_STRING_MAX)
        return L4_ERR_ARG;
    memcpy(&w[2], bytes, count);
    return l4_object(handle, operation, w);
}

int l4_port_out_string(l4_handle_t ports, uint16_t port, const void *bytes, size_t count)
{
    return put_bytes(ports, L4_PORT_OUT_STRING, port, bytes, count);
}

int l4_phys_map(l4_handle_t phys, uint64_t physical, uint64_t target, uint64_t bytes,
                uint64_t access_and_cache, uint64_t *done)
{
    uint64_t w[L4_WORDS_REGS] = {physical, target, bytes, access_and_cache};
    int error = l4_object(phys, L4_PHYS_MAP, w);
    if (done)
        *done = w[0];
    return error;
}

int l4_pool_add(l4_handle_t pool, uint64_t address, uint64_t bytes, uint64_t *taken)
{
    uint64_t w[L4_WORDS_REGS] = {address, bytes};
    int error = l4_object(pool, L4_POOL_ADD, w);
    if (!error)
        *taken = w[0];
    return error;
}

int l4_pool_fail(l4_handle_t pool, enum l4_fail_mode mode, uint64_t n, uint64_t m, uint64_t *failed)
{
    uint64_t w[L4_WORDS_REGS] = {mode, n, m};
    int error = l4_object(pool, L4_POOL_FAIL, w);
    if (failed)
        *failed = w[1];
    return error;
}

int l4_cpu_state(l4_handle_t cpus, uint64_t cpu, uint64_t *online, uint64_t *apic)
{
    uint64_t w[L4_WORDS_REGS] = {cpu};
    int error = l4_object(cpus, L4_CPU_STATE, w);
    if (!error) {
        *online = w[0];
        *apic = w[1];
    }
    return error;
}

int l4_log_read(l4_handle_t log, uint64_t *position, char *buffer, size_t *count)
{
    uint64_t w[L4_WORDS_REGS] = {*position};
    int error = l4_object(log, L4_LOG_READ, w);
    if (error)
        return error;
    *position = w[0];
    *count = w[1] < L4_STRING_MAX ? w[1] : L4_STRING_MAX;
    memcpy(buffer, &w[2], *count);
    return L4_OK;
}

int l4_log_write(l4_handle_t log, unsigned level, const char *bytes, size_t count)
{
    return put_bytes(log, L4_LOG_WRITE, level, bytes, count);
}

int l4_msr_read(l4_handle_t msr, uint32_t index, uint64_t *value)
{
    uint64_t w[L4_WORDS_REGS] = {index};
    int error = l4_object(msr, L4_MSR_READ, w);
    if (!error)
        *value = w[0];
    return error;
}

int l4_power_off(l4_handle_t power, unsigned status)
{
    return operate(power, L4_POWER_OFF, status, 0, 0);
}

int l4_power_reset(l4_handle_t power)
{
    return operate(power, L4_POWER_RESET, 0, 0, 0);
}

int l4_power_panic(l4_handle_t power, enum l4_panic_test test)
{
    return operate(power, L4_POWER_PANIC, test, 0, 0);
}

int l4_info_counters(l4_handle_t info, unsigned first, uint64_t out[static 8])
{
    uint64_t w[L4_WORDS_REGS] = {first};
    int error = l4_object(info, L4_INFO_COUNTERS, w);
    if (!error)
        memcpy(out, w, sizeof(w));
    return error;
}
