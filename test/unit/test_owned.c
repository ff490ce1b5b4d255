// SPDX-License-Identifier: BSD-2-Clause
// sources: libl4/src/owned.c
// Owners of handles as debug and check builds have them: what is right works, each mistake aborts with its
// name and frees nothing.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <l4/owned.h>
#include <l4/program.h>
#include "support/handles.h"

static jmp_buf aborted;
static const char *reason;

void l4_abort_text(const char *kind, uint64_t out[static L4_ABORT_TEXT / 8])
{
    out[0] = out[1] = out[2] = 0;
    reason = kind;
    longjmp(aborted, 1);
}

#define expect_abort(call, kind)                              \
    do {                                                      \
        if (setjmp(aborted) == 0) {                           \
            int result_ = (call);                             \
            fail_msg("not aborted: " #call " = %d", result_); \
        }                                                     \
        assert_string_equal(reason, kind);                    \
    } while (0)

static struct l4_owned full(void)
{
    struct l4_owned owned = L4_OWNED_EMPTY;
    assert_int_equal(l4_owned_take(&owned, handle_make()), L4_OK);
    return owned;
}

static void closing_frees_once(void **state)
{
    struct l4_owned owned = full();
    l4_handle_t handle = l4_lend(&owned);
    (void)state;
    assert_true(l4_owns(&owned));
    assert_true(handle_valid(handle));
    assert_int_equal(l4_owned_close(&owned), L4_OK);
    assert_false(handle_valid(handle));
    assert_false(l4_owns(&owned));
    expect_abort(l4_owned_close(&owned), "handle-freed-twice");
    expect_abort(l4_owned_close_derived(&owned), "handle-freed-twice");
    assert_int_equal(deletions, 1);
}

static void a_copy_is_stale(void **state)
{
    struct l4_owned owned = full(), copy = owned, next;
    (void)state;
    assert_int_equal(l4_owned_close(&owned), L4_OK);
    next = full(); // in the same slot
    assert_int_equal(l4_handle_index(l4_lend(&next)), l4_handle_index(l4_lend(&copy)));
    expect_abort(l4_owned_close(&copy), "handle-freed-twice");
    assert_true(handle_valid(l4_lend(&next)));
}

static void moving_empties_the_source(void **state)
{
    struct l4_owned from = full(), to = L4_OWNED_EMPTY;
    l4_handle_t handle = l4_lend(&from);
    (void)state;
    assert_int_equal(l4_owned_move(&to, &from), L4_OK);
    assert_false(l4_owns(&from));
    assert_int_equal(l4_lend(&to), handle);
    expect_abort(l4_owned_close(&from), "handle-freed-twice");
    assert_int_equal(l4_owned_release(&to), handle);
    assert_false(l4_owns(&to));
    assert_true(handle_valid(handle));
    assert_int_equal(deletions, 0);
}

static void nothing_is_overwritten(void **state)
{
    struct l4_owned one = full(), two = full();
    l4_handle_t first = l4_lend(&one), second = l4_lend(&two);
    (void)state;
    expect_abort(l4_owned_take(&one, second), "handle-overwritten");
    expect_abort(l4_owned_move(&one, &two), "handle-overwritten");
    expect_abort(l4_owned_move(&one, &one), "handle-overwritten");
    assert_int_equal(l4_lend(&one), first);
    assert_int_equal(l4_lend(&two), second);
}

// Revoked by whoever has the original: an error, no mistake.
static void derived_ones_may_be_gone(void **state)
{
    struct l4_owned owned = full();
    (void)state;
    handle_slot[l4_handle_index(l4_lend(&owned))] = L4_HANDLE_NONE;
    assert_int_equal(l4_owned_close_derived(&owned), L4_ERR_CAP);
    assert_false(l4_owns(&owned));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(closing_frees_once, handles_reset),
        cmocka_unit_test_setup(a_copy_is_stale, handles_reset),
        cmocka_unit_test_setup(moving_empties_the_source, handles_reset),
        cmocka_unit_test_setup(nothing_is_overwritten, handles_reset),
        cmocka_unit_test_setup(derived_ones_may_be_gone, handles_reset),
    };
    (void)argc;
    (void)argv;
    return cmocka_run_group_tests_name("owned", tests, NULL, NULL);
}
