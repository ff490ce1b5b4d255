// SPDX-License-Identifier: BSD-2-Clause
// sources: kernel/map/mapdb.c kernel/map/map_phys.c kernel/map/node.c kernel/map/vspace.c kernel/map/table.c kernel/map/leaf.c kernel/mem/frame.c kernel/mem/limbo.c kernel/mem/quota.c kernel/base/regions.c kernel/smp/round.c kernel/smp/cpus.c
// Random mapping, granting and unmapping in three spaces against a model that knows for each page what it
// maps, with which rights, and from which other page it comes. Seeded: the same in every run.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <l4/abi/item.h>
#include <l4/abi/layout.h>
#include <l4/abi/ops.h>

#include "kernel/mem/frame.h"
#include "support/maps.h"
#include "support/ram.h"
#include "support/random.h"

enum { SLOT_PAGES = 512, EPOCHS = 60, STEPS = 150 };
#define MEM   UINT64_C(0x40000000) // memory that is mapped; never touched
#define LIMIT (UINT64_C(1) << 24)

struct entry {
    bool present;
    bool give_exec; // RAM nobody derived: may be mapped on as executable
    unsigned level;
    unsigned rights;
    uint64_t memory;
    struct entry *parent;
};

static struct model {
    struct entry small[MAPS_PAGES];
    struct entry large[MAPS_LARGES];
} model[MAPS_SPACES];

// How often what happened: a test whose steps all fail proves nothing.
static struct {
    unsigned splits, grants, replaced, large, depth;
} seen;

// Small pages lie where a large one could.
static bool has_small(const struct model *m, unsigned slot)
{
    for (unsigned i = 0; i < SLOT_PAGES; i++)
        if (m->small[slot * SLOT_PAGES + i].present)
            return true;
    return false;
}

static struct entry *model_find(unsigned space, unsigned page)
{
    struct model *m = &model[space];

    if (m->large[page / SLOT_PAGES].present)
        return &m->large[page / SLOT_PAGES];
    return m->small[page].present ? &m->small[page] : NULL;
}

typedef void (*visit)(struct entry *child, unsigned rights);

static void each_child(const struct entry *parent, visit act, unsigned rights)
{
    for (unsigned s = 0; s < MAPS_SPACES; s++) {
        for (unsigned i = 0; i < MAPS_PAGES; i++)
            if (model[s].small[i].present && model[s].small[i].parent == parent)
                act(&model[s].small[i], rights);
        for (unsigned i = 0; i < MAPS_LARGES; i++)
            if (model[s].large[i].present && model[s].large[i].parent == parent)
                act(&model[s].large[i], rights);
    }
}

static void model_remove(struct entry *e, unsigned rights)
{
    each_child(e, model_remove, rights);
    *e = (struct entry){.present = false};
}

static void model_narrow(struct entry *e, unsigned rights)
{
    e->rights &= rights | L4_READ;
    each_child(e, model_narrow, rights);
}

static unsigned depth_of(const struct entry *e)
{
    unsigned depth = 0;

    for (e = e->parent; e; e = e->parent)
        depth++;
    return depth;
}

static unsigned gives(const struct entry *e)
{
    return e->rights | (e->give_exec ? L4_EXEC : 0);
}

// What a map asks for, in pages.
struct ask {
    unsigned from, source, to, target, pages, rights;
    bool grant;
};

static void model_split(unsigned space, unsigned slot)
{
    struct model *m = &model[space];
    struct entry e = m->large[slot];

    seen.splits++;
    each_child(&m->large[slot], model_remove, 0);
    m->large[slot].present = false;
    e.level = 1;
    for (unsigned i = 0; i < SLOT_PAGES; i++) {
        m->small[slot * SLOT_PAGES + i] = e;
        e.memory += PAGE_SIZE;
    }
}

// The source of step OFFSET; a large one is split unless it can be mapped whole.
static struct entry *model_source(const struct ask *a, unsigned offset)
{
    unsigned source = a->source + offset;
    unsigned target = a->target + offset;
    struct entry *e = model_find(a->from, source);

    if (!e || e->level == 1)
        return e;
    if ((source | target) % SLOT_PAGES == 0 && a->pages - offset >= SLOT_PAGES &&
        !has_small(&model[a->to], target / SLOT_PAGES))
        return e;
    model_split(a->from, source / SLOT_PAGES);
    return model_find(a->from, source);
}

static unsigned steps_to(const struct entry *e, const struct entry *source)
{
    unsigned steps = 1;

    for (; e->parent && e->parent != source; e = e->parent)
        steps++;
    return e->parent ? steps : 0;
}

// Whole large pages onto small ones that are derived from them: those are taken away, and if that is more
// than one call does, the next finds a place for the large page. The model counts no budgets.
static bool depends_on_budget(const struct ask *a)
{
    const struct entry *source = model_find(a->from, a->source);
    unsigned steps = 0;

    if (!source || source->level == 1 || a->pages < SLOT_PAGES || (a->source | a->target) % SLOT_PAGES)
        return false;
    for (unsigned i = 0; i < SLOT_PAGES; i++)
        if (model[a->to].small[a->target + i].present &&
            !steps_to(&model[a->to].small[a->target + i], source))
            return false;
    for (unsigned s = 0; s < MAPS_SPACES; s++)
        for (unsigned i = 0; i < MAPS_PAGES + MAPS_LARGES; i++) {
            const struct entry *e = i < MAPS_PAGES ? &model[s].small[i] : &model[s].large[i - MAPS_PAGES];

            steps += e->present ? steps_to(e, source) : 0;
        }
    return has_small(&model[a->to], a->target / SLOT_PAGES) && steps > MAP_BATCH;
}

static struct entry *heir_to; // model_adopt's new parent

static void model_adopt(struct entry *child, unsigned rights)
{
    child->parent = heir_to;
    model_narrow(child, rights);
}

static enum l4_error model_put(const struct ask *a, struct entry *src, struct entry *dst)
{
    unsigned rights = gives(src) & (a->rights | L4_READ);

    if (dst == src)
        return L4_ERR_EXISTS;
    if (dst->present) {
        if (a->grant || dst->memory != src->memory)
            return L4_ERR_EXISTS;
        if (dst->rights == rights)
            return L4_OK;
        if (depth_of(dst) <= depth_of(src))
            return L4_ERR_EXISTS;
        model_remove(dst, 0);
        seen.replaced++;
    }
    if (!a->grant && depth_of(src) >= MAP_DEPTH_MAX) {
        seen.depth++;
        return L4_ERR_DEPTH;
    }
    seen.large += dst->level == 2 || src->level == 2;
    *dst = *src;
    dst->rights = rights;
    dst->give_exec = false;
    if (!a->grant) {
        dst->parent = src;
        return L4_OK;
    }
    seen.grants++;
    heir_to = dst;
    each_child(src, model_adopt, rights);
    src->present = false;
    return L4_OK;
}

static unsigned model_map(const struct ask *a, enum l4_error *err)
{
    unsigned offset = 0;

    for (*err = L4_OK; offset < a->pages;) {
        struct model *to = &model[a->to];
        unsigned target = a->target + offset;
        struct entry *src = model_source(a, offset);
        struct entry *dst = &to->large[target / SLOT_PAGES];

        *err = src ? L4_OK : L4_ERR_RANGE;
        if (src && src->level == 1) {
            *err = dst->present ? L4_ERR_EXISTS : L4_OK;
            dst = &to->small[target];
        }
        if (*err == L4_OK)
            *err = model_put(a, src, dst);
        if (*err != L4_OK)
            break;
        offset += dst->level == 2 ? SLOT_PAGES : 1;
    }
    return offset;
}

static void model_physical(unsigned space, unsigned page, uint64_t memory, unsigned pages, unsigned rights)
{
    struct model *m = &model[space];

    while (pages > 0) {
        unsigned slot = page / SLOT_PAGES;
        bool large = page % SLOT_PAGES == 0 && memory % LARGE_PAGE_SIZE == 0 && pages >= SLOT_PAGES &&
                     !has_small(m, slot);
        struct entry *e = large ? &m->large[slot] : &m->small[page];

        if (m->large[slot].present)
            return;
        if (e->present)
            return;
        *e = (struct entry){true, true, large ? 2 : 1, rights, memory, NULL};
        page += large ? SLOT_PAGES : 1;
        memory += large ? LARGE_PAGE_SIZE : PAGE_SIZE;
        pages -= large ? SLOT_PAGES : 1;
    }
}

static void model_unmap(unsigned space, unsigned page, unsigned pages, unsigned which, unsigned remain)
{
    for (unsigned end = page + pages; page < end;) {
        struct entry *e = model_find(space, page);
        unsigned next = e && e->level == 2 ? (page / SLOT_PAGES + 1) * SLOT_PAGES : page + 1;

        if (e && which & L4_UNMAP_DERIVED)
            each_child(e, remain ? model_narrow : model_remove, remain);
        if (e && which & L4_UNMAP_OWN && remain) {
            e->rights &= remain | L4_READ;
            each_child(e, model_narrow, gives(e));
        } else if (e && which & L4_UNMAP_OWN) {
            model_remove(e, 0);
        }
        page = next;
    }
}

static struct entry *entry_of_leaf(const struct leaf *l)
{
    struct model *m = &model[l->vs - maps_space];
    uint64_t page = (l->va - MAPS_BASE) / PAGE_SIZE;

    return l->level == 2 ? &m->large[page / SLOT_PAGES] : &m->small[page];
}

static void compare_page(unsigned space, unsigned page)
{
    struct entry *e = model_find(space, page);
    struct leaf l;
    struct leaf source;
    struct map_node *parent;

    assert_int_equal(vspace_find(&maps_space[space], maps_address(page), &l), e != NULL);
    if (!e)
        return;
    assert_int_equal(l.level, e->level);
    assert_int_equal(pte_address(*l.pte).v, e->memory);
    assert_int_equal(pte_rights(*l.pte), e->rights);
    assert_int_equal(pte_give_rights(*l.pte), gives(e));
    assert_int_equal(node_depth(l.node), depth_of(e));
    parent = maps_parent(l.node);
    assert_int_equal(parent != NULL, e->parent != NULL);
    if (!parent)
        return;
    leaf_of_node(parent, &source);
    assert_ptr_equal(entry_of_leaf(&source), e->parent);
}

static void compare(void)
{
    maps_check();
    for (unsigned s = 0; s < MAPS_SPACES; s++)
        for (unsigned i = 0; i < MAPS_PAGES; i += model[s].large[i / SLOT_PAGES].present ? SLOT_PAGES : 1)
            compare_page(s, i);
}

// A place: often the beginning of a large page, and few others, so that steps meet.
static unsigned random_page(uint64_t *seed)
{
    uint32_t r = random_next(seed);

    if (r % 4 == 0)
        return (r >> 8) % MAPS_LARGES * SLOT_PAGES;
    return (r >> 8) % MAPS_LARGES * SLOT_PAGES + (r >> 16) % 48;
}

static unsigned random_pages(uint64_t *seed, unsigned page, unsigned other)
{
    static const unsigned sizes[] = {1, 1, 1, 1, 1, 2, 5, 512};
    unsigned n = sizes[random_next(seed) % 8];
    unsigned room = MAPS_PAGES - (page > other ? page : other);

    return n < room ? n : room;
}

// What an epoch is mostly about.
static enum { CHAINS, LARGE_PAGES, ANYTHING, KINDS } kind;

// A page that is mapped, if a few tries find one; every second time the deepest of those tried.
static void random_source(uint64_t *seed, unsigned *space, unsigned *page)
{
    bool deepest = kind == CHAINS || random_next(seed) % 2;
    int best = -1;

    for (unsigned i = 0; i < 60 && (best < 0 || deepest); i++) {
        unsigned s = random_next(seed) % MAPS_SPACES;
        unsigned p = random_page(seed);
        struct entry *e = model_find(s, p);
        int depth = e ? (int)depth_of(e) : -1;

        if (i == 0 || depth > best) {
            best = depth;
            *space = s;
            *page = p;
        }
    }
}

// Another mapping of the memory mapped at ask A's source becomes its target, if there is one.
static void aim_at_same_memory(struct ask *a)
{
    const struct entry *src = model_find(a->from, a->source);

    for (unsigned s = 0; src && s < MAPS_SPACES; s++) {
        for (unsigned i = 0; i < MAPS_PAGES; i++) {
            const struct entry *e = &model[s].small[i];

            if (!e->present || e == src || e->memory != src->memory)
                continue;
            a->to = s;
            a->target = i;
            return;
        }
    }
}

static void random_size(uint64_t *seed, struct ask *a)
{
    bool usual = random_next(seed) % 8 != 0;

    a->grant = random_next(seed) % (kind == CHAINS ? 30 : 6) == 0;
    a->rights = usual ? L4_RWX : random_next(seed) % 8;
    a->pages = kind == CHAINS ? 1 : random_pages(seed, a->source, a->target);
    if (kind != LARGE_PAGES || !usual)
        return;
    a->source -= a->source % SLOT_PAGES;
    a->target -= a->target % SLOT_PAGES;
    a->pages = SLOT_PAGES;
}

static void step_map(uint64_t *seed)
{
    struct ask a = {.to = random_next(seed) % MAPS_SPACES, .target = random_page(seed)};
    struct map_request r;
    enum l4_error expected;
    enum l4_error found;
    unsigned pages;

    random_source(seed, &a.from, &a.source);
    if (random_next(seed) % 4 == 0)
        aim_at_same_memory(&a);
    random_size(seed, &a);
    if (depends_on_budget(&a))
        a.pages--;
    r = (struct map_request){&maps_space[a.from],
                             maps_address(a.source),
                             &maps_space[a.to],
                             maps_address(a.target),
                             a.pages * PAGE_SIZE,
                             a.rights,
                             a.grant};
    pages = model_map(&a, &expected);
    assert_int_equal(maps_map(r, &found), pages * PAGE_SIZE);
    assert_int_equal(found, expected);
}

static void physical(unsigned space, unsigned page, uint64_t memory, unsigned pages, unsigned rights)
{
    uint64_t va = maps_address(page);
    enum l4_error err = L4_OK;

    model_physical(space, page, memory, pages, rights);
    for (uint64_t left = pages * PAGE_SIZE; left > 0 && err == L4_OK;) {
        uint64_t done;

        err = map_physical(&maps_space[space], va, paddr(memory), left, rights, L4_CACHE_WB, NULL, &done);
        va += done;
        memory += done;
        left -= done;
    }
}

static void step_physical(uint64_t *seed)
{
    unsigned space = random_next(seed) % MAPS_SPACES;
    unsigned page = random_page(seed);
    unsigned pages = random_pages(seed, page, page);
    unsigned from = random_next(seed) % 2 ? page : random_page(seed);

    physical(space, page, MEM + from * PAGE_SIZE, pages, random_next(seed) % 8 | L4_READ);
}

static void step_unmap(uint64_t *seed)
{
    unsigned space = random_next(seed) % MAPS_SPACES;
    unsigned page = random_page(seed);
    unsigned pages = random_pages(seed, page, page);
    unsigned which = 1 + random_next(seed) % 3;
    unsigned remain = random_next(seed) % 2 ? 0 : random_next(seed) % 8;

    model_unmap(space, page, pages, which, remain);
    maps_unmap(&maps_space[space], maps_address(page), pages * PAGE_SIZE, which, remain);
}

static void epoch(uint64_t seed)
{
    physical(0, 0, MEM, SLOT_PAGES, L4_RWX);
    physical(1, SLOT_PAGES, MEM + LARGE_PAGE_SIZE, SLOT_PAGES, L4_READ | L4_WRITE);
    kind = seed % KINDS;
    for (unsigned step = 0; step < STEPS; step++) {
        unsigned what = random_next(&seed) % 32;

        if (what == 0)
            step_physical(&seed);
        else if (what <= (kind == CHAINS ? 1 : 5))
            step_unmap(&seed);
        else
            step_map(&seed);
        compare();
    }
}

static int pool(void **state)
{
    (void)state;
    ram_init_pool(4096);
    return 0;
}

static void agrees_with_the_model(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= EPOCHS; seed++) {
        memset(model, 0, sizeof model);
        maps_begin(LIMIT);
        epoch(seed);
        maps_end();
    }
    print_message("splits %u, grants %u, replaced %u, large %u, too deep %u\n", seen.splits, seen.grants,
                  seen.replaced, seen.large, seen.depth);
    assert_true(seen.splits > 20 && seen.grants > 100 && seen.replaced > 50 && seen.large > 20 &&
                seen.depth > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(agrees_with_the_model)};

    return cmocka_run_group_tests(tests, pool, NULL);
}
