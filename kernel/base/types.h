/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Distinct types for addresses and page counts, and the window through which the kernel sees physical memory.
 * Mixing the types does not compile; the only ways from one to another are the functions below.
 *
 * The window (all RAM at PHYS_WINDOW) holds from the first C instruction for the lowest 4 GiB and from
 * kmap_init on for all RAM. In a hosted build (unit tests) it begins where the test says.
 */
#ifndef QUIRE_BASE_TYPES_H
#define QUIRE_BASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/base/compiler.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE  (UINT64_C(1) << PAGE_SHIFT)

#define KERNEL_BASE UINT64_C(0xffffffff80000000)

#if __STDC_HOSTED__
extern uint64_t host_phys_window;
#define PHYS_WINDOW host_phys_window
#else
#define PHYS_WINDOW UINT64_C(0xffff800000000000)
#endif

typedef struct {
    uint64_t v;
} paddr_t;

typedef struct {
    uint64_t v;
} vaddr_t;

typedef struct {
    uint64_t v;
} pfn_t;

typedef struct {
    uint64_t v;
} npages_t;

static inline paddr_t paddr(uint64_t v)
{
    return (paddr_t){v};
}

static inline vaddr_t vaddr(uint64_t v)
{
    return (vaddr_t){v};
}

static inline pfn_t pfn(uint64_t v)
{
    return (pfn_t){v};
}

static inline npages_t npages(uint64_t v)
{
    return (npages_t){v};
}

static inline vaddr_t vaddr_of(const void *p)
{
    return vaddr((uint64_t)(uintptr_t)p);
}

static inline pfn_t pfn_of(paddr_t p)
{
    return pfn(p.v >> PAGE_SHIFT);
}

static inline paddr_t paddr_of(pfn_t p)
{
    return paddr(p.v << PAGE_SHIFT);
}

/* ALIGN is a power of two. */
static inline uint64_t align_down(uint64_t v, uint64_t align)
{
    return v & ~(align - 1);
}

/* ALIGN is a power of two; the caller knows that v + align - 1 does not wrap. */
static inline uint64_t align_up(uint64_t v, uint64_t align)
{
    return align_down(v + align - 1, align);
}

static inline bool is_aligned(uint64_t v, uint64_t align)
{
    return (v & (align - 1)) == 0;
}

/* False, and *out untouched, when BYTES is not a whole number of pages. A byte count cannot overflow a page
 * count. */
static inline MUST_CHECK bool npages_from_bytes(uint64_t bytes, npages_t *out)
{
    if (!is_aligned(bytes, PAGE_SIZE))
        return false;
    *out = npages(bytes >> PAGE_SHIFT);
    return true;
}

/* False, and *out untouched, when the byte count does not fit in 64 bits. */
static inline MUST_CHECK bool npages_to_bytes(npages_t n, uint64_t *out)
{
    if (n.v > (UINT64_MAX >> PAGE_SHIFT))
        return false;
    *out = n.v << PAGE_SHIFT;
    return true;
}

/* Where the kernel sees physical address P. The caller knows that P is RAM. */
static inline void *phys_window(paddr_t p)
{
    return (void *)(uintptr_t)(PHYS_WINDOW + p.v);
}

/* The physical address behind P, a pointer into the window or into the kernel image (not into the per-CPU
 * area). */
static inline paddr_t phys_of(const void *p)
{
    uint64_t v = vaddr_of(p).v;

    return paddr(v >= KERNEL_BASE ? v - KERNEL_BASE : v - PHYS_WINDOW);
}

#endif
