// SPDX-License-Identifier: BSD-2-Clause
// What the files of the manifest parser share: values (manifest_value.c) and the check (manifest_check.c).
#ifndef ROOTTASK_MANIFEST_PARTS_H
#define ROOTTASK_MANIFEST_PARTS_H

#include <l4/slice.h>

#include "roottask/manifest.h"

void manifest_error(struct manifest *manifest, unsigned line, struct l4_slice key, const char *text);
bool manifest_name_valid(struct l4_slice name);
bool manifest_name_reserved(struct l4_slice name);

// A value of a key that is not a capability: NULL if it is stored, else what is wrong with it. *known says
// whether there is such a key.
const char *manifest_value(struct manifest_program *program, struct l4_slice key, struct l4_slice value,
                           bool *known);
// A capability value, likewise. The name has been stored.
const char *manifest_cap_value(struct manifest_cap *cap, struct l4_slice value);

// What can be said only of the whole: names that lead somewhere, no circles.
void manifest_check(struct manifest *manifest);

#endif
