// SPDX-License-Identifier: BSD-2-Clause
// Owners of handles as release builds have them: each mistake is an error, and nothing else happens. So the
// source is compiled in here, without assertions.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#undef QUIRE_ASSERT
#define QUIRE_ASSERT 0
#include "../../libl4/src/owned.c"
#include "support/handles.h"

void l4_abort_text(const char *kind, uint64_t out[static L4_ABORT_TEXT / 8])
{
    out[0] = out[1] = out[2] = 0;
    fail_msg("aborted: %s", kind);
}

static void closing_again_is_an_error(void **state)
{
    struct l4_owned owned = {handle_make()}, copy = owned, next = L4_OWNED_EMPTY;
    (void)state;
    assert_int_equal(l4_owned_close(&owned), L4_OK);
    assert_int_equal(l4_owned_close(&owned), L4_ERR_CAP);
    assert_int_equal(l4_owned_close_derived(&owned), L4_ERR_CAP);
    assert_int_equal(deletions, 1);
    assert_int_equal(l4_owned_take(&next, handle_make()), L4_OK); // in the same slot
    assert_int_equal(l4_owned_close(&copy), L4_ERR_CAP);
    assert_false(l4_owns(&copy));
    assert_true(handle_valid(l4_lend(&next)));
}

static void overwriting_is_an_error(void **state)
{
    struct l4_owned one = {handle_make()}, two = {handle_make()};
    l4_handle_t first = l4_lend(&one), second = l4_lend(&two);
    (void)state;
    assert_int_equal(l4_owned_take(&one, second), L4_ERR_EXISTS);
    assert_int_equal(l4_owned_move(&one, &two), L4_ERR_EXISTS);
    assert_int_equal(l4_owned_move(&one, &one), L4_ERR_EXISTS);
    assert_int_equal(l4_lend(&one), first);
    assert_int_equal(l4_lend(&two), second);
    assert_int_equal(deletions, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(closing_again_is_an_error, handles_reset),
        cmocka_unit_test_setup(overwriting_is_an_error, handles_reset),
    };
    (void)argc;
    (void)argv;
    return cmocka_run_group_tests_name("owned_release", tests, NULL, NULL);
}
