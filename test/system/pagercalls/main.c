// SPDX-License-Identifier: BSD-2-Clause
// Requests to the pager a program without the right must not make, and labels there are none of: each is
// refused, nothing happens.
#include <l4/ipc.h>
#include <l4/pager.h>
#include <l4/program.h>
#include <l4/tap.h>
#include <l4/proto/layout.h>

static int ask(uint32_t label, uint64_t w0)
{
    struct l4_msg m;
    l4_msg_init(&m, L4_CAP_PAGER, label);
    m.w[0] = w0;
    return l4_request(&m);
}

static bool is_known(uint32_t label)
{
    static const uint32_t known[] = {
#define L4_X(name, number, what) (number),
        L4_PAGER_REQUESTS(L4_X)
#undef L4_X
    };
    for (unsigned i = 0; i < L4_ARRAY_SIZE(known); i++) {
        if (known[i] == label)
            return true;
    }
    return false;
}

static void check_unknown_labels(void)
{
    unsigned wrong = 0;
    for (uint32_t label = 0; label < 256; label++)
        wrong += !is_known(label) && ask(label, l4_task_id()) != L4_ERR_NOSYS;
    for (unsigned bit = 8; bit < 32; bit++)
        wrong += ask(1u << bit, l4_task_id()) != L4_ERR_NOSYS;
    tap_equal(wrong, 0, "labels that are no requests are refused");
}

static void check_task_requests(void)
{
    static const enum l4_pager_request requests[] = {
        L4_PAGER_TASK_CREATE, L4_PAGER_TASK_STARTUP, L4_PAGER_TASK_START,   L4_PAGER_TASK_DESTROY,
        L4_PAGER_TASK_READ,   L4_PAGER_TASK_REGION,  L4_PAGER_TASK_COUNTERS};
    for (unsigned i = 0; i < L4_ARRAY_SIZE(requests); i++) {
        for (uint64_t task = 0; task < 8; task++)
            tap_error(ask(requests[i], task), L4_ERR_RIGHTS, "a request about tasks is refused");
        tap_error(ask(requests[i], l4_task_id()), L4_ERR_RIGHTS, "also about the own task");
        tap_error(ask(requests[i], UINT64_MAX), L4_ERR_RIGHTS, "and about none");
    }
    tap_error(ask(L4_PAGER_ATTACH_ARCHIVE, 0), L4_ERR_RIGHTS, "the archive is not attached");
}

// A send has no answer; requests are calls.
static void check_send(void)
{
    struct l4_msg m;
    l4_msg_init(&m, L4_CAP_PAGER, L4_PAGER_ALLOC);
    m.w[0] = 4096;
    int error = l4_send(&m);
    tap_ok(error == L4_OK || error == L4_ERR_NOSYS, "a request that is sent is taken or refused");
    void *memory = NULL;
    tap_error(l4_memory_alloc(4096, &memory), L4_OK, "memory");
    tap_equal((uint64_t)(uintptr_t)memory, L4_ANON_BASE, "and the send allocated none");
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    check_unknown_labels();
    check_task_requests();
    check_send();
    return tap_end();
}
