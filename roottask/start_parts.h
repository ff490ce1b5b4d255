// SPDX-License-Identifier: BSD-2-Clause
// What start.c and grant.c share: the root task's gates and its manifest, constant after start_init.
#ifndef ROOTTASK_START_PARTS_H
#define ROOTTASK_START_PARTS_H

#include "roottask/start.h"

const struct start_gates *start_gates(void);
const struct manifest *start_manifest(void);

#endif
