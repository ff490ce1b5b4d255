// SPDX-License-Identifier: BSD-2-Clause
// Mappings: small and large pages, out of a larger one, a range, moved, of a device. Large pages are those of
// a device that is not there: nobody touches them.
#include "test/system/failalloc/walk.h"

#include <l4/program.h>
#include <l4/space.h>
#include <l4/system.h>
#include <l4/proto/layout.h>

#define LARGE  (2ull << 20)
#define DEVICE 0xd0000000ull // cap.phys of the manifest
#define THERE  0x50000000ull // in the child
#define HERE   0x0000500000000000ull
#define PAGES  8

static l4_handle_t phys;

static int map(uint64_t source, uint64_t target, uint64_t bytes, uint64_t flags)
{
    uint64_t done;
    return l4_space_map(child, source, target, bytes, flags, &done);
}

static int map_device(uint64_t bytes)
{
    uint64_t done;
    return l4_phys_map(phys, DEVICE, HERE, bytes, L4_READ | L4_WRITE, &done);
}

static int unmap_device(void)
{
    uint64_t done = 0, more;
    int error = L4_OK;
    for (; !error && done < LARGE; done += more) // split: so many pages are not done at once
        error = l4_space_unmap(L4_CAP_SPACE, HERE + done, LARGE - done, L4_UNMAP_ALL, 0, &more);
    return error;
}

static int map_small(void)
{
    return map(page_here(), THERE, L4_PAGE_SIZE, L4_READ);
}

static int device_small(void)
{
    return map_device(L4_PAGE_SIZE);
}

static int device_large(void)
{
    return map_device(LARGE);
}

static int begin_small(void)
{
    int error = child_begin();
    return error ? error : device_small();
}

static int begin_large(void)
{
    int error = child_begin();
    return error ? error : device_large();
}

static int map_large(void)
{
    return map(HERE, THERE, LARGE, L4_READ);
}

static int map_piece(void)
{
    return map(HERE + L4_PAGE_SIZE, THERE, L4_PAGE_SIZE, L4_READ);
}

static int move_page(void)
{
    return map(HERE, THERE, L4_PAGE_SIZE, L4_READ | L4_WRITE | L4_MAP_GRANT);
}

static int unmap(void)
{
    return l4_space_unmap(child, THERE, L4_PAGE_SIZE, L4_UNMAP_ALL, 0, NULL);
}

// Pages that are small already at the source.
static int begin_pieces(void)
{
    int error = begin_large();
    if (!error)
        error = map_piece();
    return error ? error : unmap();
}

// Across the end of a page table: the second is wanted when some pages are there. Fewer pages than asked for
// are no error; they are unmapped again, and the rest has to fail alone.
static int map_range(void)
{
    uint64_t first = THERE + LARGE - PAGES / 2 * L4_PAGE_SIZE, done = 0;
    int error = l4_space_map(child, HERE, first, PAGES * L4_PAGE_SIZE, L4_READ, &done);
    if (error || done == PAGES * L4_PAGE_SIZE)
        return error;
    error = l4_space_unmap(child, first, PAGES * L4_PAGE_SIZE, L4_UNMAP_ALL, 0, NULL);
    return error ? error : L4_ERR_QUOTA;
}

static int begin_mapped(void)
{
    int error = child_begin();
    return error ? error : map_small();
}

static int end_device(void)
{
    int error = unmap_device();
    return error ? error : child_end();
}

void walk_memory(void)
{
    static const struct operation operations[] = {
        {"map a page", child_begin, map_small, child_end, KEEPS_NOTHING, IN_BOTH},
        {"map a large page", begin_large, map_large, end_device, KEEPS_NOTHING, IN_BOTH},
        {"map a piece of a large page", begin_large, map_piece, end_device, KEEPS_NOTHING, IN_BOTH},
        {"map a range", begin_pieces, map_range, end_device, KEEPS_NOTHING, IN_BOTH},
        {"move a page", begin_small, move_page, end_device, KEEPS_NOTHING, IN_BOTH},
        {"device page", child_begin, device_small, end_device, KEEPS_NOTHING, IN_BOTH},
        {"large device page", child_begin, device_large, end_device, KEEPS_NOTHING, IN_BOTH},
        {"unmap", begin_mapped, unmap, child_end, KEEPS_NOTHING, NEVER},
    };
    phys = l4_cap("phys");
    for (unsigned i = 0; i < L4_ARRAY_SIZE(operations); i++)
        walk(&operations[i]);
}
