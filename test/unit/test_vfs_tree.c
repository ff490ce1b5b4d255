// SPDX-License-Identifier: BSD-2-Clause
// sources: roottask/servers/vfs/tree.c roottask/servers/vfs/files.c libl4/src/slice.c
// The file server's tree of names and its table of open files, with names of every kind.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "roottask/servers/vfs/files.h"
#include "roottask/servers/vfs/tree.h"

static struct tree_node nodes[64];
static char names[1024];
static struct tree tree;

static enum vfs_error add(const char *path)
{
    return tree_add(&tree, l4_slice_z(path), VFS_KIND_FILE, "data", 4);
}

static enum vfs_error lookup_bytes(const char *path, size_t length, uint32_t *node)
{
    char *copy = malloc(length ? length : 1);
    enum vfs_error error;

    memcpy(copy, path, length);
    error = tree_lookup(&tree, l4_slice(copy, length), node);
    free(copy);
    return error;
}

static enum vfs_error lookup(const char *path)
{
    uint32_t node;

    return lookup_bytes(path, strlen(path), &node);
}

static uint32_t found(const char *path)
{
    uint32_t node = TREE_NONE;

    assert_int_equal(lookup_bytes(path, strlen(path), &node), VFS_ERR_OK);
    return node;
}

static int setup(void **state)
{
    (void)state;
    assert_true(tree_init(&tree, nodes, 64, names, sizeof(names)));
    assert_int_equal(add("r"), VFS_ERR_OK);
    assert_int_equal(add("etc/motd"), VFS_ERR_OK);
    assert_int_equal(add("etc/deep/er/file"), VFS_ERR_OK);
    assert_int_equal(tree_add(&tree, l4_slice_z("dev/console"), VFS_KIND_DEVICE, NULL, 0), VFS_ERR_OK);
    return 0;
}

static void test_lookup(void **state)
{
    (void)state;
    assert_int_equal(found("/"), TREE_ROOT);
    assert_int_equal(found("//"), TREE_ROOT);
    assert_int_equal(tree.nodes[found("/r")].kind, VFS_KIND_FILE);
    assert_int_equal(tree.nodes[found("/r")].size, 4);
    assert_int_equal(tree.nodes[found("/dev/console")].kind, VFS_KIND_DEVICE);
    assert_int_equal(found("/etc/deep/er/file"), found("//etc///deep/./er/file"));
    assert_int_equal(found("/etc/"), found("/etc"));
    assert_int_equal(lookup("/nosuch"), VFS_ERR_NO_ENTRY);
    assert_int_equal(lookup("/etc/nosuch/x"), VFS_ERR_NO_ENTRY);
    assert_int_equal(lookup("/et"), VFS_ERR_NO_ENTRY);
    assert_int_equal(lookup("/r/x"), VFS_ERR_NOT_DIRECTORY);
    assert_int_equal(lookup("/r/"), VFS_ERR_NOT_DIRECTORY);
    assert_int_equal(lookup("/r/.."), VFS_ERR_NOT_DIRECTORY);
    assert_int_equal(lookup(""), VFS_ERR_NO_ENTRY);
    assert_int_equal(lookup("r"), VFS_ERR_NO_ENTRY);
}

static void test_parents(void **state)
{
    (void)state;
    assert_int_equal(found("/.."), TREE_ROOT);
    assert_int_equal(found("/../../.."), TREE_ROOT);
    assert_int_equal(found("/etc/.."), TREE_ROOT);
    assert_int_equal(found("/../etc/deep/../motd"), found("/etc/motd"));
    assert_int_equal(lookup("/..."), VFS_ERR_NO_ENTRY);
}

static void test_long_and_odd_names(void **state)
{
    char path[600] = "/";
    uint32_t node;

    (void)state;
    memset(path + 1, 'n', VFS_NAME);
    assert_int_equal(lookup_bytes(path, 1 + VFS_NAME, &node), VFS_ERR_NO_ENTRY);
    memset(path + 1, 'n', VFS_NAME + 1);
    assert_int_equal(lookup_bytes(path, 2 + VFS_NAME, &node), VFS_ERR_NAME_TOO_LONG);
    assert_int_equal(tree_add(&tree, l4_slice(path + 1, VFS_NAME), VFS_KIND_FILE, NULL, 0), VFS_ERR_OK);
    assert_int_equal(lookup_bytes(path, 1 + VFS_NAME, &node), VFS_ERR_OK);
    assert_int_equal(lookup_bytes("/r\0", 3, &node), VFS_ERR_NO_ENTRY);
    assert_int_equal(lookup_bytes("/r\0/..", 6, &node), VFS_ERR_NO_ENTRY);
}

static void test_hostile_archive_names(void **state)
{
    static const char *const bad[] = {"", "/", "/abs", "a//b", "a/", "../up", "a/../b", "./a", "a/.", NULL};
    char name[VFS_NAME + 2];
    uint32_t before = tree.count, bytes = tree.names_used;

    (void)state;
    for (unsigned i = 0; bad[i] != NULL; i++)
        assert_int_equal(add(bad[i]), VFS_ERR_BAD_NAME);
    assert_int_equal(tree_add(&tree, l4_slice("a\0b", 3), VFS_KIND_FILE, NULL, 0), VFS_ERR_BAD_NAME);
    memset(name, 'n', sizeof(name));
    assert_int_equal(tree_add(&tree, l4_slice(name, VFS_NAME + 1), VFS_KIND_FILE, NULL, 0),
                     VFS_ERR_NAME_TOO_LONG);
    assert_int_equal(add("r/below-a-file"), VFS_ERR_NOT_DIRECTORY);
    assert_int_equal(add("r"), VFS_ERR_EXISTS);
    assert_int_equal(add("etc"), VFS_ERR_EXISTS);
    assert_int_equal(tree.count, before);
    assert_int_equal(tree.names_used, bytes);
}

static void test_room(void **state)
{
    uint32_t before;
    char name[16];
    unsigned i;

    (void)state;
    for (i = 0; sprintf(name, "f%u", i), add(name) == VFS_ERR_OK; i++)
        ;
    assert_int_equal(tree.count, 64);
    assert_int_equal(add("one-more"), VFS_ERR_NO_ROOM);

    assert_true(tree_init(&tree, nodes, 3, names, 8));
    before = tree.count;
    assert_int_equal(add("a/b/c"), VFS_ERR_NO_ROOM); // three nodes, two places
    assert_int_equal(tree.count, before);
    assert_int_equal(add("123456789"), VFS_ERR_NO_ROOM); // nine bytes, eight places
    assert_int_equal(add("a/b"), VFS_ERR_OK);
    assert_false(tree_init(&tree, nodes, 0, names, 8));
}

static void test_readdir(void **state)
{
    static const char *const expected[] = {"dev", "etc", "r"};
    uint64_t cookie = 0;
    uint32_t node;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(tree_entry(&tree, TREE_ROOT, cookie, &node, &cookie), VFS_ERR_OK);
        assert_true(l4_slice_is(tree_name(&tree, node), expected[i]));
    }
    assert_int_equal(tree_entry(&tree, TREE_ROOT, cookie, &node, &cookie), VFS_ERR_END_OF_DIRECTORY);
    assert_int_equal(tree_entry(&tree, found("/r"), 0, &node, &cookie), VFS_ERR_NOT_DIRECTORY);
    assert_int_equal(tree.nodes[TREE_ROOT].entries, 3);
}

static void test_readdir_wrong_cookies(void **state)
{
    uint32_t node, etc = found("/etc");
    uint64_t next;

    (void)state;
    for (uint64_t cookie = 1; cookie < 100; cookie++) {
        enum vfs_error error = tree_entry(&tree, etc, cookie, &node, &next);

        if (error == VFS_ERR_OK)
            assert_int_equal(tree.nodes[node].parent, etc);
        else
            assert_int_equal(error, VFS_ERR_BAD_REQUEST);
    }
    assert_int_equal(tree_entry(&tree, etc, UINT64_MAX, &node, &next), VFS_ERR_BAD_REQUEST);
    assert_int_equal(tree_entry(&tree, etc, found("/r"), &node, &next), VFS_ERR_BAD_REQUEST);
}

static void test_files(void **state)
{
    static struct files files;
    uint64_t a, b;
    uint32_t node;

    (void)state;
    memset(&files, 0, sizeof(files));
    assert_int_equal(files_open(&files, 7, 3, &a), VFS_ERR_OK);
    assert_int_equal(files_open(&files, 8, 4, &b), VFS_ERR_OK);
    assert_int_equal(files_node(&files, 7, a, &node), VFS_ERR_OK);
    assert_int_equal(node, 3);
    assert_int_equal(files_node(&files, 8, a, &node), VFS_ERR_NOT_OPEN);
    assert_int_equal(files_close(&files, 8, a), VFS_ERR_NOT_OPEN);
    assert_int_equal(files_close(&files, 7, a), VFS_ERR_OK);
    assert_int_equal(files_close(&files, 7, a), VFS_ERR_NOT_OPEN);
    assert_int_equal(files_node(&files, 7, UINT64_MAX, &node), VFS_ERR_NOT_OPEN);
    assert_int_equal(files_node(&files, 7, FILES_ROOM, &node), VFS_ERR_NOT_OPEN);
    assert_int_equal(files_open(&files, 7, 5, &b), VFS_ERR_OK);
    assert_true(a != b); // same place, another generation
    assert_int_equal(files_open(&files, 0, 5, &b), VFS_ERR_BAD_REQUEST);
}

static void test_files_limits_and_forget(void **state)
{
    static struct files files;
    unsigned from = 0;
    uint64_t number;

    (void)state;
    memset(&files, 0, sizeof(files));
    for (unsigned i = 0; i < VFS_OPEN_FILES; i++)
        assert_int_equal(files_open(&files, 1, i, &number), VFS_ERR_OK);
    assert_int_equal(files_open(&files, 1, 0, &number), VFS_ERR_TOO_MANY);
    assert_int_equal(files_open(&files, 2, 0, &number), VFS_ERR_OK); // the limit is each client's own
    assert_int_equal(files_owner(&files, &from), 1);
    assert_int_equal(files_forget(&files, 1), VFS_OPEN_FILES);
    assert_int_equal(files_forget(&files, 1), 0);
    assert_int_equal(files_forget(&files, 0), 0);
    from = 0;
    assert_int_equal(files_owner(&files, &from), 2);
    assert_int_equal(files_owner(&files, &from), 0);
    for (uint64_t owner = 3; files_open(&files, owner / 30, 0, &number) == VFS_ERR_OK || owner < 90; owner++)
        ;
    assert_int_equal(files_open(&files, 999, 0, &number), VFS_ERR_TOO_MANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_lookup, setup),
        cmocka_unit_test_setup(test_parents, setup),
        cmocka_unit_test_setup(test_long_and_odd_names, setup),
        cmocka_unit_test_setup(test_hostile_archive_names, setup),
        cmocka_unit_test_setup(test_room, setup),
        cmocka_unit_test_setup(test_readdir, setup),
        cmocka_unit_test_setup(test_readdir_wrong_cookies, setup),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_files_limits_and_forget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
