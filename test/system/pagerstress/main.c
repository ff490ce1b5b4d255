// SPDX-License-Identifier: BSD-2-Clause
// Threads that allocate, touch and give back memory at the same time, for two seconds: they are preempted
// inside the pager, by one another. Every page is zero at first and keeps what its thread writes.
#include <l4/error.h>
#include <l4/ipc.h>
#include <l4/pager.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#define THREADS   6
#define PAGES_MAX 12
#define RUN_NS    2000000000ull

static struct l4_thread threads[THREADS];
static struct result {
    uint64_t rounds, pages, not_zero, lost, limits;
    int error;
} results[THREADS];
static uint64_t main_index, end;

// First and last word of each page.
static void use(struct result *r, uint64_t *memory, uint64_t pages, uint64_t mark)
{
    for (uint64_t i = 0; i < pages; i++) {
        r->not_zero += memory[i * 512] != 0 || memory[i * 512 + 511] != 0;
        memory[i * 512] = mark + i;
        memory[i * 512 + 511] = ~(mark + i);
    }
    for (uint64_t i = 0; i < pages; i++)
        r->lost += memory[i * 512] != mark + i || memory[i * 512 + 511] != ~(mark + i);
    r->pages += pages;
}

// Given back in two pieces now and then.
static int give_back(char *memory, uint64_t pages, uint64_t random)
{
    uint64_t first = random % 3 == 0 ? pages / 2 : 0;
    int error = L4_OK;
    if (first)
        error = l4_memory_free(memory, first * L4_PAGE_SIZE);
    return error ? error : l4_memory_free(memory + first * L4_PAGE_SIZE, (pages - first) * L4_PAGE_SIZE);
}

static void body(void *argument)
{
    unsigned number = (unsigned)((struct l4_thread *)argument - threads);
    struct result *r = &results[number];
    uint64_t seed = number + 1;
    while (l4_clock() < end && !r->error) {
        void *memory;
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        uint64_t pages = 1 + (seed >> 33) % PAGES_MAX;
        r->error = l4_memory_alloc(pages * L4_PAGE_SIZE, &memory);
        if (r->error == L4_ERR_LIMIT) { // too many pieces at the moment
            r->error = L4_OK;
            r->limits++;
            continue;
        }
        if (!r->error) {
            use(r, memory, pages, (uint64_t)number << 56 | r->rounds << 16);
            r->error = give_back(memory, pages, seed >> 40);
        }
        r->rounds++;
    }
    if (l4_pending_wake(main_index, 1ull << number))
        l4_abort("wake");
}

static void check(unsigned number)
{
    const struct result *r = &results[number];
    tap_error(r->error, L4_OK, "no request fails");
    tap_ok(r->rounds > 0, "thread %u had its turns", number); // few, where the kernel recounts all the time
    tap_equal(r->not_zero, 0, "every page was zero at first");
    tap_equal(r->lost, 0, "nothing that was written was lost");
    tap_note("%lu rounds, %lu pages, %lu times too many pieces", r->rounds, r->pages, r->limits);
}

int main(int argc, char **argv)
{
    int error = L4_OK;
    uint64_t free_address;
    void *memory;
    (void)argc;
    (void)argv;
    main_index = l4_utcb()->index;
    end = l4_clock() + RUN_NS;
    for (unsigned i = 0; i < THREADS && !error; i++)
        error = l4_thread_create(&threads[i], 50);
    for (unsigned i = 0; i < THREADS && !error; i++)
        error = l4_thread_start(&threads[i], body, &threads[i], 0);
    for (unsigned i = 0; i < THREADS && !error; i++) {
        uint64_t taken;
        error = l4_pending_wait(1ull << i, end + 10000000000ull, &taken);
    }
    tap_error(error, L4_OK, "all threads come to their end");
    for (unsigned i = 0; i < THREADS; i++)
        check(i);
    tap_error(l4_memory_alloc(1, &memory), L4_OK, "memory in the end");
    free_address = (uint64_t)(uintptr_t)memory;
    tap_equal(free_address, L4_ANON_BASE, "everything was given back");
    return tap_end();
}
