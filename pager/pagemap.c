// SPDX-License-Identifier: BSD-2-Clause
// Tree from page numbers to frames: see pagemap.h.
#include "pager/pagemap.h"

static unsigned way(uint64_t page, unsigned level) // level 0 = leaves
{
    return page >> (level * PAGEMAP_BITS) & (PAGEMAP_WAYS - 1);
}

uint64_t pagemap_get(const struct pagemap *map, uint64_t page)
{
    const struct pagemap_node *node = map->root;
    if (page >= PAGEMAP_PAGES)
        return 0;
    for (unsigned level = PAGEMAP_LEVELS - 1; node && level > 0; level--)
        node = node->child[way(page, level)];
    return node ? node->entry[way(page, 0)] : 0;
}

static struct pagemap_node *new_node(struct pagemap *map)
{
    if (!map->frames || map->frames->used == 7) {
        struct pagemap_frame *frame = map->more(map->context);
        if (!frame)
            return NULL;
        frame->next = map->frames;
        frame->used = 0;
        map->frames = frame;
    }
    return &map->frames->node[map->frames->used++];
}

uint64_t *pagemap_slot(struct pagemap *map, uint64_t page)
{
    struct pagemap_node **link = &map->root;
    if (page >= PAGEMAP_PAGES)
        return NULL;
    for (unsigned level = PAGEMAP_LEVELS;; level--) {
        if (!*link)
            *link = new_node(map);
        if (!*link)
            return NULL;
        if (level == 1)
            return &(*link)->entry[way(page, 0)];
        link = &(*link)->child[way(page, level - 1)];
    }
}

bool pagemap_next(const struct pagemap *map, uint64_t *page, uint64_t end, uint64_t *entry)
{
    uint64_t at = *page;
    if (end > PAGEMAP_PAGES)
        end = PAGEMAP_PAGES;
    while (at < end) {
        const struct pagemap_node *node = map->root;
        unsigned level = PAGEMAP_LEVELS - 1;
        for (; node && level > 0; level--) {
            const struct pagemap_node *child = node->child[way(at, level)];
            if (!child)
                break;
            node = child;
        }
        if (node && level == 0 && node->entry[way(at, 0)]) {
            *page = at;
            *entry = node->entry[way(at, 0)];
            return true;
        }
        if (!node)
            return false;
        // nothing here: on to the next entry of the level the walk ended at
        at = ((at >> (level * PAGEMAP_BITS)) + 1) << (level * PAGEMAP_BITS);
    }
    return false;
}
