// SPDX-License-Identifier: BSD-2-Clause
// The tree made of the boot archive. Owns the memory of the tree, taken from the pager once.
#ifndef VFS_ARCHIVE_H
#define VFS_ARCHIVE_H

#include "roottask/servers/vfs/tree.h"

// Makes the tree: `devices` and what the archive holds, if the manifest gives it. 0 or what went wrong with
// the archive; the devices are there in any case unless even the memory is missing (L4_ERR_QUOTA).
unsigned archive_tree(struct tree *tree, const char *const *devices, unsigned *left_out);

#endif
