// SPDX-License-Identifier: BSD-2-Clause
// Memory of the own task: zero at first, kept, zero again after it was given back, refused beyond the limit
// and with wrong arguments.
#include <l4/ipc.h>
#include <l4/pager.h>
#include <l4/probe.h>
#include <l4/program.h>
#include <l4/string.h>
#include <l4/tap.h>
#include <l4/proto/layout.h>

#define PAGES 40

static uint64_t not_zero(const char *memory, size_t bytes)
{
    uint64_t count = 0;
    for (size_t i = 0; i < bytes; i++)
        count += memory[i] != 0;
    return count;
}

static int free_at(uint64_t address, uint64_t bytes)
{
    struct l4_msg m;
    l4_msg_init(&m, L4_CAP_PAGER, L4_PAGER_FREE);
    m.w[0] = address;
    m.w[1] = bytes;
    return l4_request(&m);
}

static void check_use(void)
{
    void *first = NULL, *second = NULL, *again = NULL;
    tap_error(l4_memory_alloc(PAGES * 4096 - 5, &first), L4_OK, "pages are allocated");
    tap_error(l4_memory_alloc(1, &second), L4_OK, "and one more");
    tap_equal((uint64_t)(uintptr_t)second - (uint64_t)(uintptr_t)first, PAGES * 4096, "behind the first");
    tap_equal(not_zero(first, PAGES * 4096), 0, "they are zero");
    memset(first, 0x5a, PAGES * 4096);
    memset(second, 0x5b, 4096);
    tap_ok(((char *)first)[PAGES * 4096 - 1] == 0x5a && *(char *)second == 0x5b, "and keep what is written");
    tap_error(l4_memory_free(first, PAGES * 4096), L4_OK, "they are given back");
    struct probe probe = probe_read((uint64_t)(uintptr_t)first);
    tap_ok(probe.faulted && probe.reason == L4_ERR_RANGE, "then there is nothing");
    tap_ok(*(char *)second == 0x5b, "but the other page is");
    tap_error(l4_memory_alloc(PAGES * 4096, &again), L4_OK, "pages are allocated again");
    tap_ok(again == first, "at the same place");
    tap_equal(not_zero(again, PAGES * 4096), 0, "zero again");
    tap_error(l4_memory_free(again, (PAGES + 1) * 4096), L4_OK, "both are given back at once");
}

static void check_refusals(void)
{
    void *memory = NULL;
    tap_error(l4_memory_alloc(0, &memory), L4_ERR_ARG, "no bytes");
    tap_error(l4_memory_alloc(SIZE_MAX, &memory), L4_ERR_RANGE, "all bytes there are");
    tap_error(l4_memory_alloc(L4_ANON_END - L4_ANON_BASE + 1, &memory), L4_ERR_RANGE, "more than the area");
    tap_error(l4_memory_alloc(3 * 4096, &memory), L4_OK, "three pages");
    uint64_t at = (uint64_t)(uintptr_t)memory;
    tap_error(free_at(at, 0), L4_ERR_ARG, "giving back nothing");
    tap_error(free_at(at + 1, 4096), L4_ERR_ARG, "an odd address");
    tap_error(free_at(at, 4 * 4096), L4_ERR_RANGE, "more than there is");
    tap_error(free_at(at, UINT64_MAX), L4_ERR_RANGE, "a length that overflows");
    tap_error(free_at(UINT64_MAX - 4095, 4096), L4_ERR_RANGE, "the end of the world");
    tap_error(free_at((uint64_t)(uintptr_t)main & ~4095ull, 4096), L4_ERR_RANGE, "text");
    tap_error(free_at(L4_STACK_BASE, 4096), L4_ERR_RANGE, "a stack");
    tap_error(free_at(at + 4096, 4096), L4_OK, "the middle page");
    struct probe probe = probe_write(at, 1);
    tap_ok(!probe.faulted, "the first page is still there");
    probe = probe_write(at + 2 * 4096, 1);
    tap_ok(!probe.faulted, "and the last");
    tap_error(free_at(at, 3 * 4096), L4_ERR_RANGE, "all three with the hole");
    tap_error(free_at(at, 4096), L4_OK, "the first");
    tap_error(free_at(at, 4096), L4_ERR_RANGE, "the first, twice");
    tap_error(free_at(at + 2 * 4096, 4096), L4_OK, "the last");
}

// More than the task may have (the manifest says 8 MiB): the touch that goes beyond is refused, what was
// touched stays, and after giving it back there is memory again.
static void check_limit(void)
{
    const uint64_t bytes = 64ull << 20;
    void *memory = NULL;
    struct probe probe = {0};
    uint64_t at = 0;
    tap_error(l4_memory_alloc(bytes, &memory), L4_OK, "addresses for more than the limit");
    for (; at < bytes && !probe.faulted; at += 4096)
        probe = probe_write((uint64_t)(uintptr_t)memory + at, 1);
    tap_ok(probe.faulted && probe.reason == L4_ERR_QUOTA, "the limit is reached");
    tap_ok(at > (1ull << 20) && at <= (8ull << 20), "not before and not after the manifest's number");
    tap_note("refused after %lu KiB", at / 1024);
    tap_ok(*(char *)memory == 1, "what was touched is there");
    tap_error(l4_memory_free(memory, bytes), L4_OK, "all of it is given back");
    tap_error(l4_memory_alloc(1 << 20, &memory), L4_OK, "there are addresses again");
    probe = probe_write((uint64_t)(uintptr_t)memory, 1);
    tap_ok(!probe.faulted, "and memory");
}

// A page in each 2 MiB needs a page table of the kernel each time: its quota for this task ends before the
// memory does. The answer that could not be delivered becomes a refusal.
static void check_kernel_quota(void)
{
    const uint64_t bytes = 8ull << 30;
    void *memory = NULL;
    struct probe probe = {0};
    uint64_t at = 0;
    tap_error(l4_memory_alloc(bytes, &memory), L4_OK, "addresses for many page tables");
    for (; at < bytes && !probe.faulted; at += 2 << 20)
        probe = probe_write((uint64_t)(uintptr_t)memory + at, 1);
    tap_ok(probe.faulted && probe.reason == L4_ERR_QUOTA, "the quota of kernel memory is reached");
    tap_note("refused after %lu page tables", at >> 21);
    tap_error(l4_memory_free(memory, bytes), L4_OK, "all of it is given back");
    tap_error(l4_memory_alloc(4096, &memory), L4_OK, "a page");
    probe = probe_write((uint64_t)(uintptr_t)memory, 1);
    tap_ok(!probe.faulted, "can be touched afterwards");
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    tap_error(probe_init(), L4_OK, "the program handles its own exceptions");
    check_use();
    check_refusals();
    check_limit();
    check_kernel_quota();
    return tap_end();
}
