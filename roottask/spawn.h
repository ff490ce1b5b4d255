// SPDX-License-Identifier: BSD-2-Clause
// Which program a command line means: a section with start = demand, or a file of the boot archive with the
// values of [spawn]. Stateless but for the archive, set before the first use (spawn_init).
#ifndef ROOTTASK_SPAWN_H
#define ROOTTASK_SPAWN_H

#include <stddef.h>

#include "roottask/manifest.h"
#include "roottask/start.h"

void spawn_init(const struct manifest *manifest, const void *archive, size_t bytes);
// words: each with a NUL behind it, at least one.
unsigned spawn_words(const char *words, size_t bytes, uint64_t parent, l4_handle_t spawner, uint64_t *id);
// The commands to run after the boot (etc/autorun): at most `room` bytes of it from offset on; false: there
// are none.
bool spawn_autorun(uint64_t offset, void *to, size_t room, size_t *count);

#endif
