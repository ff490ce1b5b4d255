// SPDX-License-Identifier: BSD-2-Clause
// The walk: see walk.h. After each failure the answer is L4_ERR_QUOTA and all counters are what they were
// before: those of the kernel, of this space and of the child.
#include "test/system/failalloc/walk.h"

#include <l4/cap.h>
#include <l4/error.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/string.h>
#include <l4/system.h>
#include <l4/tap.h>
#include <l4/proto/layout.h>

#define N_MOST     400
#define TRIES      1000 // pages that come meanwhile make a try count for nothing
#define SETTLE_MS  10
#define SPACES     2 // whose counters are compared: this one and the child
#define SLOT_FIRST 40064
#define SLOT_PAGE  128

l4_handle_t pool, info, child;

struct counters {
    uint64_t kernel[24];
    uint64_t space[SPACES][16];
};

static struct {
    const struct operation *operation;
    enum l4_fail_mode mode;
    uint64_t n, tries;
    struct counters before, after;
    bool good;
    int error; // of the last try
} now;

// Those of the kernel that do not only grow, then those of a space.
static const unsigned kernel_counts[] = {L4_COUNT_SPACES,     L4_COUNT_THREADS,     L4_COUNT_GATES,
                                         L4_COUNT_EVENTS,     L4_COUNT_CAPS,        L4_COUNT_MAPPINGS,
                                         L4_COUNT_UTCB_PAGES, L4_COUNT_STACK_PAGES, L4_COUNT_ACTIVATIONS,
                                         L4_COUNT_POOL_PAGES, L4_COUNT_POOL_FREE};
static const unsigned space_counts[] = {L4_SPACE_QUOTA_LIMIT_COUNT, L4_SPACE_QUOTA_USED_COUNT,
                                        L4_SPACE_THREADS_COUNT,     L4_SPACE_ACTIVATIONS_COUNT,
                                        L4_SPACE_CAPS_COUNT,        L4_SPACE_MAPPED_KIB_COUNT,
                                        L4_SPACE_UTCB_PAGES_COUNT,  L4_SPACE_STACK_PAGES_COUNT,
                                        L4_SPACE_VISITORS_COUNT,    L4_SPACE_HOME_FREE_COUNT};

static void must(int error, const char *what)
{
    if (error)
        l4_abort(what); // the test itself does not work
}

static void count(struct counters *c)
{
    const l4_handle_t spaces[SPACES] = {L4_CAP_SPACE, child};
    for (unsigned i = 0; i < L4_COUNT_COUNT; i += 8)
        must(l4_info_counters(info, i, c->kernel + i), "info-counters");
    for (unsigned s = 0; s < SPACES; s++) {
        memset(c->space[s], 0, sizeof(c->space[s]));
        for (unsigned i = 0; i < 16 && spaces[s] != L4_HANDLE_NONE; i += 8)
            must(l4_space_counters(spaces[s], i, c->space[s] + i), "space-counters");
    }
}

// A page fault of this program brings pages: then the counters say nothing.
static bool disturbed(void)
{
    static const unsigned which[] = {L4_SPACE_PAGE_FAULTS_COUNT, L4_SPACE_SWITCH_FAULTS_COUNT};
    for (unsigned i = 0; i < 2; i++) {
        if (now.before.space[0][which[i]] != now.after.space[0][which[i]])
            return true;
    }
    return false;
}

static bool same(const char *what, unsigned which, uint64_t before, uint64_t after)
{
    if (before != after)
        tap_note("%s with n = %lu: %s counter %u was %lu, is %lu", now.operation->name, now.n, what, which,
                 before, after);
    return before == after;
}

// Pages that stay are charged and out of the pool, one for one.
static bool tables_fit(void)
{
    uint64_t charged = 0;
    uint64_t gone = now.before.kernel[L4_COUNT_POOL_FREE] - now.after.kernel[L4_COUNT_POOL_FREE];
    for (unsigned s = 0; s < SPACES; s++)
        charged +=
            now.after.space[s][L4_SPACE_QUOTA_USED_COUNT] - now.before.space[s][L4_SPACE_QUOTA_USED_COUNT];
    return same("pages charged and taken", 0, charged, gone * L4_PAGE_SIZE);
}

static bool may_change(bool kernel, unsigned which)
{
    static const unsigned items[] = {L4_COUNT_MAPPINGS, L4_COUNT_UTCB_PAGES, L4_COUNT_STACK_PAGES};
    static const unsigned item_pages[] = {L4_SPACE_MAPPED_KIB_COUNT, L4_SPACE_UTCB_PAGES_COUNT,
                                          L4_SPACE_STACK_PAGES_COUNT};
    if (now.operation->keeps == KEEPS_NOTHING)
        return false;
    if (which == (kernel ? (unsigned)L4_COUNT_POOL_FREE : (unsigned)L4_SPACE_QUOTA_USED_COUNT))
        return true;
    for (unsigned i = 0; i < 3 && now.operation->keeps == KEEPS_ITEMS; i++) {
        if (which == (kernel ? items : item_pages)[i])
            return true;
    }
    return false;
}

static bool unchanged(void)
{
    bool good = true;
    for (unsigned i = 0; i < L4_ARRAY_SIZE(kernel_counts); i++) {
        unsigned which = kernel_counts[i];
        good &= may_change(true, which) ||
                same("kernel", which, now.before.kernel[which], now.after.kernel[which]);
    }
    for (unsigned s = 0; s < SPACES; s++) {
        for (unsigned i = 0; i < L4_ARRAY_SIZE(space_counts); i++) {
            unsigned which = space_counts[i];
            good &= may_change(false, which) ||
                    same(s ? "child" : "own", which, now.before.space[s][which], now.after.space[s][which]);
        }
    }
    return now.operation->keeps == KEEPS_NOTHING ? good : good & tables_fit();
}

void walk_open(const struct operation *operation, enum l4_fail_mode mode)
{
    now.operation = operation;
    now.mode = mode;
    now.n = 1;
    now.tries = 0;
    now.good = true;
    now.error = L4_ERR_STATE;
}

void walk_before(void)
{
    count(&now.before);
    // where nothing is allocated, an allocator that always refuses makes no difference
    must(l4_pool_fail(pool, now.mode, now.n, now.operation->allocates == NEVER ? ~0ull : 1, NULL),
         "pool-fail");
}

// Disarms; true when an allocation was made to fail.
static bool was_failed(void)
{
    uint64_t failed;
    must(l4_pool_fail(pool, L4_FAIL_OFF, 0, 0, &failed), "pool-fail");
    count(&now.after);
    // what a visit that ended early has received goes in steps: it is waited for, but not for ever
    for (unsigned i = 0;
         i < SETTLE_MS && now.after.kernel[L4_COUNT_MAPPINGS] != now.before.kernel[L4_COUNT_MAPPINGS]; i++) {
        l4_sleep_until(l4_clock() + 1000000);
        count(&now.after);
    }
    return failed != 0;
}

bool walk_after(int error)
{
    now.error = error;
    if (!was_failed())
        return false;
    if (error != L4_ERR_QUOTA) {
        tap_note("%s with n = %lu: %s", now.operation->name, now.n, l4_error_name(error));
        now.good = false;
    }
    if (!disturbed()) {
        now.good &= unchanged();
        now.n++;
    }
    return now.n < N_MOST && ++now.tries < TRIES;
}

void walk_close(int error)
{
    now.error = error;
    if (was_failed()) {
        tap_note("%s: a failure with n = %lu, but not for the operation", now.operation->name, now.n);
        now.good = false;
    }
}

void walk_report(void)
{
    static const char *const modes[] = {[L4_FAIL_MEMORY] = "memory", [L4_FAIL_QUOTA] = "quota"};
    unsigned bit = now.mode == L4_FAIL_MEMORY ? IN_MEMORY : IN_QUOTA;
    bool reached = (now.n > 1) == ((now.operation->allocates & bit) != 0);
    if (now.error)
        tap_note("%s with n = %lu: %s", now.operation->name, now.n, l4_error_name(now.error));
    tap_ok(now.good && reached && !now.error, "%s, %s: %lu reached", now.operation->name, modes[now.mode],
           now.n);
}

static void walk_mode(const struct operation *operation, enum l4_fail_mode mode)
{
    int error = operation->begin ? operation->begin() : L4_OK;
    walk_open(operation, mode);
    while (!error) {
        walk_before();
        error = operation->act();
        if (!walk_after(error))
            break;
        error = error == L4_ERR_QUOTA ? L4_OK : error;
    }
    if (!now.error && operation->end)
        now.error = operation->end();
    if (now.error == L4_ERR_STATE && error)
        now.error = error;
    walk_report();
}

void walk(const struct operation *operation)
{
    walk_mode(operation, L4_FAIL_MEMORY);
    walk_mode(operation, L4_FAIL_QUOTA);
}

int operate(l4_handle_t on, uint32_t label, const uint64_t w[static L4_WORDS_REGS], uint64_t *result)
{
    uint64_t words[L4_WORDS_REGS];
    for (unsigned i = 0; i < L4_WORDS_REGS; i++)
        words[i] = w[i];
    int error = l4_object(on, label, words);
    *result = words[0];
    return error;
}

int child_begin(void)
{
    static const struct l4_space_area area = {0x10000000, 0x20000000, 0x4000, 1024,
                                              0x40000000, 0x1000,     1024,   4};
    int error = l4_space_create(L4_CAP_SPACE, QUOTA, L4_CPU_ALL, 60, L4_RIGHT_ALL, &child, NULL);
    return error ? error : l4_space_set_area(child, &area);
}

int child_end(void)
{
    l4_handle_t handle = child;
    int error = l4_space_destroy(child);
    child = L4_HANDLE_NONE;
    return error ? error : drop(handle);
}

int drop(l4_handle_t handle)
{
    return l4_cap_delete(L4_CAP_SPACE, handle);
}

uint64_t new_slot(void)
{
    static uint64_t slot = SLOT_FIRST;
    slot += SLOT_PAGE;
    return slot;
}

uint64_t page_here(void)
{
    static char page[L4_PAGE_SIZE] __attribute__((aligned(L4_PAGE_SIZE)));
    *(volatile char *)page = 1; // only what is here can be mapped on
    return (uint64_t)(uintptr_t)page;
}
