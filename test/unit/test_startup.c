// SPDX-License-Identifier: BSD-2-Clause
// sources: libl4/src/startup.c libl4/src/error.c
// Start-up blocks: what is written is read back, full blocks, offsets that lie. And the texts of errors.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <l4/error.h>
#include <l4/proto/startup.h>

union page {
    struct l4_startup block;
    char bytes[L4_STARTUP_BYTES];
};

static void test_round_trip(void **state)
{
    union page *page = malloc(sizeof(*page));
    (void)state;
    l4_startup_begin(&page->block, 17);
    assert_int_equal(l4_startup_name(&page->block, "shell"), L4_OK);
    assert_int_equal(l4_startup_arg(&page->block, "shell"), L4_OK);
    assert_int_equal(l4_startup_arg(&page->block, "-v"), L4_OK);
    assert_int_equal(l4_startup_add_cap(&page->block, "console", 0x100000200), L4_OK);
    assert_int_equal(l4_startup_add_cap(&page->block, "vfs", 0x100000220), L4_OK);
    assert_int_equal(page->block.magic, L4_STARTUP_MAGIC);
    assert_int_equal(page->block.task, 17);
    assert_string_equal(l4_startup_string(&page->block, page->block.name), "shell");
    assert_int_equal(page->block.argc, 2);
    assert_string_equal(l4_startup_string(&page->block, page->block.argv[1]), "-v");
    assert_int_equal(l4_startup_find(&page->block, "vfs"), 0x100000220);
    assert_int_equal(l4_startup_find(&page->block, "console"), 0x100000200);
    assert_int_equal(l4_startup_find(&page->block, "vf"), L4_HANDLE_NONE);
    assert_int_equal(l4_startup_find(&page->block, ""), L4_HANDLE_NONE);
    free(page);
}

static void test_full(void **state)
{
    union page *page = malloc(sizeof(*page));
    char text[L4_STARTUP_BYTES];
    (void)state;
    memset(text, 'x', sizeof(text));
    l4_startup_begin(&page->block, 1);
    for (unsigned i = 0; i < L4_STARTUP_ARGS; i++)
        assert_int_equal(l4_startup_arg(&page->block, "a"), L4_OK);
    assert_int_equal(l4_startup_arg(&page->block, "a"), L4_ERR_LIMIT);
    assert_int_equal(page->block.argc, L4_STARTUP_ARGS);
    for (unsigned i = 0; i < L4_STARTUP_CAPS; i++)
        assert_int_equal(l4_startup_add_cap(&page->block, "c", i), L4_OK);
    assert_int_equal(l4_startup_add_cap(&page->block, "c", 1), L4_ERR_LIMIT);
    size_t room = L4_STARTUP_BYTES - page->block.size;
    text[room] = '\0';
    assert_int_equal(l4_startup_name(&page->block, text), L4_ERR_LIMIT);
    text[room - 1] = '\0';
    assert_int_equal(l4_startup_name(&page->block, text), L4_OK);
    assert_int_equal(page->block.size, L4_STARTUP_BYTES);
    assert_string_equal(l4_startup_string(&page->block, page->block.name), text);
    free(page);
}

static void test_offsets_that_lie(void **state)
{
    union page *page = malloc(sizeof(*page));
    (void)state;
    l4_startup_begin(&page->block, 1);
    assert_int_equal(l4_startup_add_cap(&page->block, "c", 5), L4_OK);
    memset(page->bytes + sizeof(page->block), 'x', sizeof(*page) - sizeof(page->block)); // no 0 byte
    assert_string_equal(l4_startup_string(&page->block, sizeof(page->block)), "");
    assert_string_equal(l4_startup_string(&page->block, L4_STARTUP_BYTES), "");
    assert_string_equal(l4_startup_string(&page->block, UINT32_MAX), "");
    assert_string_equal(l4_startup_string(&page->block, 8), "");
    page->block.caps = UINT32_MAX;
    assert_int_equal(l4_startup_find(&page->block, "c"), L4_HANDLE_NONE);
    free(page);
}

static void test_errors(void **state)
{
    (void)state;
    assert_string_equal(l4_error_text(L4_ERR_DEAD), "server died");
    assert_string_equal(l4_error_name(L4_ERR_OWNER_DIED), "OWNER_DIED");
    for (int i = 0; i < L4_ERR_COUNT; i++) {
        assert_non_null(l4_error_text(i));
        assert_non_null(l4_error_name(i));
        assert_string_not_equal(l4_error_text(i), "unknown error");
    }
    assert_string_equal(l4_error_text(L4_ERR_COUNT), "unknown error");
    assert_string_equal(l4_error_text(-1), "unknown error");
    assert_string_equal(l4_error_name(-1), "UNKNOWN");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_offsets_that_lie),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests_name("startup", tests, NULL, NULL);
}
