/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the machine's part of the boot hands over.
 */
#ifndef QUIRE_INIT_MAIN_H
#define QUIRE_INIT_MAIN_H

#include "kernel/base/compiler.h"

NORETURN void kernel_main(void);

#endif
