// SPDX-License-Identifier: BSD-2-Clause
// System capabilities: interrupts, ports, physical memory, log, power, counters.
#ifndef L4_SYSTEM_H
#define L4_SYSTEM_H

#include <l4/base.h>
#include <l4/abi/handle.h>
#include <l4/abi/item.h>
#include <l4/abi/ops.h>

L4_MUST_CHECK int l4_irq_bind(l4_handle_t irq, uint64_t number, l4_handle_t event, uint64_t bits);
L4_MUST_CHECK int l4_irq_ack(l4_handle_t irq, uint64_t number);
L4_MUST_CHECK int l4_irq_unbind(l4_handle_t irq, uint64_t number);
L4_MUST_CHECK int l4_port_in(l4_handle_t ports, uint16_t port, unsigned width, uint32_t *value);
L4_MUST_CHECK int l4_port_out(l4_handle_t ports, uint16_t port, unsigned width, uint32_t value);
#define L4_STRING_MAX 48 // bytes of one l4_port_out_string, l4_log_read, l4_log_write
L4_MUST_CHECK int l4_port_out_string(l4_handle_t ports, uint16_t port, const void *bytes, size_t count);
L4_MUST_CHECK int l4_phys_map(l4_handle_t phys, uint64_t physical, uint64_t target, uint64_t bytes,
                              uint64_t access_and_cache, uint64_t *done);
// Memory of the caller becomes the kernel's. taken: bytes it has lost, perhaps fewer than asked for.
L4_MUST_CHECK int l4_pool_add(l4_handle_t pool, uint64_t address, uint64_t bytes, uint64_t *taken);
// Check builds: the n-th allocation from now on fails, and the m - 1 behind it. failed: how many did since
// this was called before (may be NULL).
L4_MUST_CHECK int l4_pool_fail(l4_handle_t pool, enum l4_fail_mode mode, uint64_t n, uint64_t m,
                               uint64_t *failed);
L4_MUST_CHECK int l4_cpu_state(l4_handle_t cpus, uint64_t cpu, uint64_t *online, uint64_t *apic);
// position: in and out; count: bytes put into buffer (room for L4_STRING_MAX), 0 = nothing new
L4_MUST_CHECK int l4_log_read(l4_handle_t log, uint64_t *position, char *buffer, size_t *count);
L4_MUST_CHECK int l4_log_write(l4_handle_t log, unsigned level, const char *bytes, size_t count);
L4_MUST_CHECK int l4_msr_read(l4_handle_t msr, uint32_t index, uint64_t *value);
L4_MUST_CHECK int l4_power_off(l4_handle_t power, unsigned status);
L4_MUST_CHECK int l4_power_reset(l4_handle_t power);
L4_MUST_CHECK int l4_power_panic(l4_handle_t power, enum l4_panic_test test);
L4_MUST_CHECK int l4_info_counters(l4_handle_t info, unsigned first, uint64_t out[static 8]);

#endif
