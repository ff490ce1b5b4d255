// SPDX-License-Identifier: BSD-2-Clause
// Typed items of a message: two words each, the last 2*items of the memory words.
//   word 0: bits 0-3 type, 4-7 rights, 8-11 flags, 12-63 page-aligned address (memory items)
//   word 1: memory: page-aligned target | log2 of the size in bytes; capability: the handle
// The target of a memory item is an offset into the receive window of the receiving activation; in the answer
// to a page or switch fault it is an address of the faulting space. In the message as received, word 1 of a
// capability item holds the handle in the receiver's own table.
#ifndef L4_ABI_ITEM_H
#define L4_ABI_ITEM_H

#include <stdint.h>

enum l4_item_type { L4_ITEM_MAP = 1, L4_ITEM_GRANT = 2, L4_ITEM_CAP = 3, L4_ITEM_CAP_MOVE = 4 };

// Rights of memory: bits of map items, of SPACE_MAP and of faults' access.
enum l4_access { L4_READ = 1, L4_WRITE = 2, L4_EXEC = 4, L4_RWX = 7 };

// Cache attribute of SPACE_MAP and PHYS_MAP (flags, bits 12-13)
#define L4_CACHE_SHIFT 12
enum l4_cache { L4_CACHE_WB = 0, L4_CACHE_WC = 1, L4_CACHE_UC = 2 };
#define L4_MAP_GRANT 0x100ull // SPACE_MAP: the caller gives its own mapping away

_Static_assert((L4_MAP_GRANT & (L4_RWX | 3ull << L4_CACHE_SHIFT)) == 0,
               "rights, grant and cache are disjoint");

#define L4_ITEM_RIGHTS_SHIFT 4
#define L4_ITEM_ADDRESS_MASK (~0xfffull)

static inline uint64_t l4_item_memory(unsigned type, unsigned rights, uint64_t address)
{
    return (address & L4_ITEM_ADDRESS_MASK) | type | (uint64_t)rights << L4_ITEM_RIGHTS_SHIFT;
}
static inline uint64_t l4_item_target(uint64_t target, unsigned size_log2)
{
    return (target & L4_ITEM_ADDRESS_MASK) | size_log2;
}
static inline uint64_t l4_item_cap(unsigned type, unsigned rights)
{
    return type | (uint64_t)rights << L4_ITEM_RIGHTS_SHIFT;
}

#endif
