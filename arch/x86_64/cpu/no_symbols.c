/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The symbol table of the kernel's first link, which is empty; the generated one takes its place in the
 * second. In a file of its own, because a compiler that saw it beside its use would put the empty one in for
 * good. Read-only.
 */
#include <stddef.h>

#include "arch/x86_64/cpu/symbols.h"

const struct symbol_table kernel_symbols WEAK = {0, NULL, NULL, NULL};
