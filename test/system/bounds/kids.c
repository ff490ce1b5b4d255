// SPDX-License-Identifier: BSD-2-Clause
// See bounds.h.
#include "bounds.h"

#include <l4/cap.h>
#include <l4/event.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/thread.h>
#include <l4/utcb.h>
#include <l4/proto/layout.h>

#define KID_UTCB  0x600000000000ull
#define KID_STACK 0x610000000000ull
#define WAIT_MS   20000

static char shared[L4_PAGE_SIZE] __attribute__((aligned(4096))); // data of the newest kid
static char utcbs[L4_PAGE_SIZE] __attribute__((aligned(4096)));

static int share(const struct kid *k, const void *page, uint64_t at, unsigned access)
{
    uint64_t done;
    return l4_space_map(k->space, (uint64_t)(uintptr_t)page, at, L4_PAGE_SIZE, access, &done);
}

static int add(const struct kid *k, unsigned pool, unsigned first, unsigned count)
{
    int error = L4_OK;
    for (unsigned i = 0; i < count && !error; i += L4_INDEX_MAX_ADD)
        error = l4_activations_add(k->space, pool, first + i,
                                   count - i < L4_INDEX_MAX_ADD ? count - i : L4_INDEX_MAX_ADD);
    return error;
}

int kid_new(struct kid *k, const struct kid_size *size)
{
    unsigned indices = size->home + size->visitors + size->spare + 4;
    struct l4_space_area area = {
        KID_UTCB,     KID_STACK,  L4_STRIDE_MIN, indices, size->window ? KID_WINDOW : 0,
        size->window, size->slot, size->slots};
    k->data = (volatile struct kid_data *)(uintptr_t)shared;
    k->data->done = k->data->began = 0;
    k->data->tag = l4_tag(L4_OP_CALL, 0, 0, 0);
    int error = l4_space_create(L4_CAP_SPACE, size->quota, L4_CPU_ALL, 100, L4_RIGHT_ALL, &k->space, NULL);
    if (error)
        return error;
    ((volatile char *)utcbs)[0] = utcbs[0]; // so that there is a page
    error = l4_space_set_area(k->space, &area);
    if (!error)
        error = add(k, L4_POOL_HOME, 0, size->home);
    if (!error)
        error = add(k, L4_POOL_VISITORS, size->home, size->visitors);
    (void)*(const volatile char *)kid_page;
    if (!error)
        error = share(k, kid_page, (uint64_t)(uintptr_t)kid_page, L4_READ | L4_EXEC);
    if (!error)
        error = share(k, shared, KID_DATA, L4_READ | L4_WRITE);
    for (unsigned i = 0; i < indices && !error; i += L4_UTCB_PER_PAGE)
        error = share(k, utcbs, KID_UTCB + (uint64_t)i * L4_UTCB_SIZE, L4_READ | L4_WRITE);
    return error;
}

int kid_end(struct kid *k)
{
    int error = l4_space_destroy(k->space);
    return error ? error : l4_cap_delete(L4_CAP_SPACE, k->space);
}

static bool reached(volatile _Atomic uint64_t *word, uint64_t value)
{
    for (unsigned i = 0; i < WAIT_MS && atomic_load(word) < value; i++)
        l4_sleep_until(l4_clock() + MS);
    return atomic_load(word) >= value;
}

int kid_threads(struct kid *k, unsigned count, void (*function)(void), uint64_t argument, l4_handle_t *out)
{
    volatile _Atomic uint64_t *word = function == kid_visit ? &k->data->done : &k->data->began;
    uint64_t before = atomic_load(word);
    int error = L4_OK;
    for (unsigned i = 0; i < count && !error; i++) {
        l4_handle_t thread;
        error = l4_space_thread(k->space, L4_RIGHT_ALL, L4_SLOT_ANY, PRIORITY, &thread, NULL);
        if (!error && function)
            error = l4_thread_start_at(thread, (uint64_t)(uintptr_t)function, argument, 0);
        if (!error && !out)
            error = l4_cap_delete(L4_CAP_SPACE, thread);
        if (!error && out)
            out[i] = thread;
    }
    if (error || !function)
        return error;
    return reached(word, before + count) ? L4_OK : L4_ERR_TIMEOUT;
}

bool kid_done(const struct kid *k, uint64_t count)
{
    return reached(&k->data->done, count);
}

void kid_item(unsigned i, uint64_t word0, uint64_t word1)
{
    // all UTCBs are in one page, and four different ones
    for (unsigned n = 0; n < L4_UTCB_PER_PAGE; n++) {
        uint64_t *words = ((struct l4_utcb *)(void *)(utcbs + n * L4_UTCB_SIZE))->words + L4_WORDS_REGS;
        words[2 * i] = word0;
        words[2 * i + 1] = word1;
    }
}
