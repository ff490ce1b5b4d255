// SPDX-License-Identifier: BSD-2-Clause
// sources: roottask/manifest.c roottask/manifest_value.c roottask/manifest_check.c libl4/src/slice.c
// The manifest parser: what it reads, what it refuses and how it names the place, the order of starting.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "roottask/manifest.h"

static struct manifest manifest;

// A copy of exactly the text's size, so that ASan sees a read past its end.
static bool parse_bytes(const char *text, size_t length)
{
    char *copy = malloc(length ? length : 1);
    bool good;

    memcpy(copy, text, length);
    good = manifest_parse(&manifest, copy, length);
    free(copy);
    return good;
}

static bool parse(const char *text)
{
    return parse_bytes(text, strlen(text));
}

static void expect_error(const char *text, unsigned line, const char *key, const char *part)
{
    assert_false(parse(text));
    for (unsigned i = 0; i < manifest.errors && i < MANIFEST_ERRORS; i++)
        if (manifest.error[i].line == line && strcmp(manifest.error[i].key, key) == 0 &&
            strstr(manifest.error[i].text, part) != NULL)
            return;
    fail_msg("no error at line %u, key %s with \"%s\"; first: line %u, %s: %s", line, key, part,
             manifest.error[0].line, manifest.error[0].key, manifest.error[0].text);
}

static void test_values(void **state)
{
    const struct manifest_program *p = &manifest.programs[0];

    (void)state;
    assert_true(parse("# head\n\n[vfs]\npath = servers/files\nmemory=8M\nquota = 64K\r\npriority = 0x20\n"
                      "cpus = 0,2-3\nstart = boot\nrestart = always\nvisitors = 7\nargs = -v  two\n"));
    assert_int_equal(manifest.count, 1);
    assert_string_equal(p->name, "vfs");
    assert_string_equal(p->path, "servers/files");
    assert_int_equal(p->path_line, 4);
    assert_string_equal(p->pager, "pager");
    assert_string_equal(p->args, "-v  two");
    assert_int_equal(p->memory, 8 << 20);
    assert_int_equal(p->quota, 64 << 10);
    assert_int_equal(p->priority, 32);
    assert_int_equal(p->cpus, 0xd);
    assert_int_equal(p->visitors, 7);
    assert_true(p->restart);
    assert_false(p->on_demand);
}

static void test_defaults(void **state)
{
    const struct manifest_program *p = &manifest.programs[0];

    (void)state;
    assert_true(parse("[shell]"));
    assert_string_equal(p->path, "servers/shell");
    assert_true(p->cpus == ~0ull);
    assert_false(p->on_demand);
    assert_false(p->restart);
    assert_int_equal(p->cap_count, 0);
}

static void test_capabilities(void **state)
{
    const struct manifest_cap *cap = manifest.programs[1].caps;

    (void)state;
    assert_true(parse("[b]\n[a]\ncap.com1 = ports 0x3f8 8\ncap.irq4 = irq 4\ncap.many = irq 16 8\n"
                      "cap.power = power\ncap.b = b\ncap.b-raw = b.raw\ncap.fb = phys 0xe0000000 4M\n"));
    assert_int_equal(manifest.programs[1].cap_count, 7);
    assert_int_equal(cap[0].kind, MANIFEST_CAP_PORTS);
    assert_int_equal(cap[0].first, 0x3f8);
    assert_int_equal(cap[0].count, 8);
    assert_int_equal(cap[1].kind, MANIFEST_CAP_IRQ);
    assert_int_equal(cap[1].count, 1);
    assert_int_equal(cap[2].count, 8);
    assert_int_equal(cap[3].kind, MANIFEST_CAP_POWER);
    assert_int_equal(cap[4].kind, MANIFEST_CAP_GATE);
    assert_int_equal(cap[4].target, 0);
    assert_string_equal(cap[4].gate, "");
    assert_string_equal(cap[5].program, "b");
    assert_string_equal(cap[5].gate, "raw");
    assert_int_equal(cap[6].count, 4 << 20);
}

static void test_errors_name_line_and_key(void **state)
{
    (void)state;
    expect_error("[a]\nmemory = 4X\n", 2, "memory", "not a size");
    expect_error("[a]\nmemory = 5000\n", 2, "memory", "4K");
    expect_error("[a]\nmemory = 0\n", 2, "memory", "not a size");
    expect_error("[a]\nmemory = 18446744073709551615G\n", 2, "memory", "not a size");
    expect_error("[a]\n\nmemroy = 4M\n", 3, "memroy", "no such key");
    expect_error("[a]\npriority = 255\n", 2, "priority", "1 to 254");
    expect_error("[a]\npriority = 1\npriority = 2\n", 3, "priority", "already");
    expect_error("[a]\ncpus = 3-1\n", 2, "cpus", "set of processors");
    expect_error("[a]\ncpus = 0,\n", 2, "cpus", "set of processors");
    expect_error("[a]\ncpus = 64\n", 2, "cpus", "set of processors");
    expect_error("[a]\nstart = later\n", 2, "start", "boot or demand");
    expect_error("[a]\nrestart =\n", 2, "restart", "never or always");
    expect_error("[a]\nvisitors = many\n", 2, "visitors", "visitors");
    expect_error("[a]\nwords without a sign\n", 2, "words without a sign", "KEY = VALUE");
    expect_error("memory = 4M\n", 1, "memory = 4M", "before the first section");
    expect_error("[a\n", 1, "[a", "ends with ]");
    expect_error("[A]\n", 1, "A", "not a name");
    expect_error("[]\n", 1, "", "not a name");
    expect_error("[a]\n[a]\n", 2, "a", "already");
    expect_error("[pager]\n", 1, "pager", "meaning of its own");
    expect_error("[log]\n", 1, "log", "meaning of its own");
    expect_error("", 1, "manifest", "no section");
    expect_error("[a]\npager = nobody\n", 1, "a", "pager is no program");
}

static void test_hostile_paths(void **state)
{
    static const char *const bad[] = {"",    "/a",   "a/", "a//b", "../a", "a/../b",
                                      "a/.", "a/..", ".",  "/",    NULL};
    char text[256] = "[a]\npath = ";

    (void)state;
    for (unsigned i = 0; bad[i] != NULL; i++) {
        strcpy(text + strlen("[a]\npath = "), bad[i]);
        expect_error(text, 2, "path", "path");
    }
    memset(text + strlen("[a]\npath = "), 'x', 100);
    text[strlen("[a]\npath = ") + 100] = 0;
    expect_error(text, 2, "path", "1 to 99");
}

static void test_capability_errors(void **state)
{
    (void)state;
    expect_error("[a]\ncap.x = b\n", 2, "cap.x", "no kind and no program");
    expect_error("[a]\ncap.x = portz 1 2\n", 2, "cap.x", "not a capability");
    expect_error("[a]\ncap.x = ports 0x3f8\n", 2, "cap.x", "wrong number");
    expect_error("[a]\ncap.x = ports 1 2 3\n", 2, "cap.x", "one too many");
    expect_error("[a]\ncap.x = ports 0xfff8 9\n", 2, "cap.x", "out of range");
    expect_error("[a]\ncap.x = ports 0x3f8 0\n", 2, "cap.x", "out of range");
    expect_error("[a]\ncap.x = irq 1024\n", 2, "cap.x", "out of range");
    expect_error("[a]\ncap.x = irq 1 18446744073709551615\n", 2, "cap.x", "out of range");
    expect_error("[a]\ncap.x = power 1\n", 2, "cap.x", "wrong number");
    expect_error("[a]\ncap.x = phys 1 4096\n", 2, "cap.x", "4K");
    expect_error("[a]\ncap.x = log\ncap.x = log\n", 3, "cap.x", "already");
    expect_error("[a]\ncap. = log\n", 2, "cap.", "not a name");
    expect_error("[a]\ncap.x = \n", 2, "cap.x", "not a capability");
    expect_error("[a]\n[b]\ncap.x = a.\n", 3, "cap.x", "not a capability");
    expect_error("[a]\ncap.x = spawner\n", 2, "cap.x", "on demand");
    expect_error("[spawn]\n[a]\ncap.x = spawn\n", 3, "cap.x", "no program");
}

static void test_circles(void **state)
{
    (void)state;
    expect_error("[a]\ncap.b = b\n[b]\ncap.c = c\n[c]\ncap.a = a\n", 1, "a", "depends on itself");
    expect_error("[a]\ncap.a = a\n", 1, "a", "depends on itself");
    expect_error("[a]\npager = b\n[b]\ncap.a = a\n", 3, "b", "depends on itself");
}

static void test_order(void **state)
{
    unsigned order[MANIFEST_PROGRAMS];

    (void)state;
    assert_true(parse("[shell]\ncap.vfs = vfs\ncap.con = console\n[vfs]\ncap.con = console\n[console]\n"
                      "[extra]\nstart = demand\n[used]\nstart = demand\n[last]\npager = used\n"));
    assert_int_equal(manifest_order(&manifest, order), 5);
    assert_string_equal(manifest.programs[order[0]].name, "console");
    assert_int_equal(
        manifest_find(&manifest, "vfs") == order[1] || manifest_find(&manifest, "vfs") == order[3], 1);
    for (unsigned i = 0; i < 5; i++)
        assert_string_not_equal(manifest.programs[order[i]].name, "extra");
    assert_true(manifest_is_server(&manifest, manifest_find(&manifest, "vfs")));
    assert_true(manifest_is_server(&manifest, manifest_find(&manifest, "used")));
    assert_false(manifest_is_server(&manifest, manifest_find(&manifest, "shell")));
    assert_int_equal(manifest_find(&manifest, "nobody"), MANIFEST_NONE);
}

static void test_limits(void **state)
{
    static char text[8192];
    size_t at = 0;

    (void)state;
    for (unsigned i = 0; i < MANIFEST_PROGRAMS; i++)
        at += (size_t)sprintf(text + at, "[p%u]\n", i);
    assert_true(parse(text));
    sprintf(text + at, "[more]\nkey = value\n");
    expect_error(text, MANIFEST_PROGRAMS + 1, "more", "too many sections");
    assert_int_equal(manifest.errors, 1);

    at = (size_t)sprintf(text, "[p]\n");
    for (unsigned i = 0; i <= MANIFEST_CAPS; i++)
        at += (size_t)sprintf(text + at, "cap.c%u = log\n", i);
    expect_error(text, MANIFEST_CAPS + 2, "cap.c24", "too many capabilities");

    at = (size_t)sprintf(text, "[p]\n");
    for (unsigned i = 0; i < 100; i++)
        at += (size_t)sprintf(text + at, "wrong%u = 1\n", i);
    assert_false(parse(text));
    assert_int_equal(manifest.errors, 100);
}

// Bytes of all kinds: nothing is read out of bounds, and what is not text is refused.
static void test_noise(void **state)
{
    static const char alphabet[] = "[]=.#;\n\r ab0xKM,-/\0\t\x7f\xff"
                                   "cap.path";
    unsigned seed = 12345;
    char text[200];

    (void)state;
    expect_error("[a]\nmemory = 4M\x01\n", 2, "line", "not text");
    for (unsigned round = 0; round < 20000; round++) {
        size_t length = 0;

        for (; length < round % sizeof(text); length++) {
            seed = seed * 1103515245 + 12345;
            text[length] = alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
        }
        parse_bytes(text, length);
        assert_true(manifest.count <= MANIFEST_PROGRAMS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_capabilities),  cmocka_unit_test(test_errors_name_line_and_key),
        cmocka_unit_test(test_hostile_paths), cmocka_unit_test(test_capability_errors),
        cmocka_unit_test(test_circles),       cmocka_unit_test(test_order),
        cmocka_unit_test(test_limits),        cmocka_unit_test(test_noise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
