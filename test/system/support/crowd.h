// SPDX-License-Identifier: BSD-2-Clause
// Uses as many activations, stacks and places of the table of this program at once as anything later does:
// what they need once stays, so that the counters (books.h) of what follows are the same before and after.
#ifndef CROWD_H
#define CROWD_H

#define CROWD_MAX 64

// As many visitors of `pool` as it has activations, called by as many threads on all CPUs; a result of its
// own.
void crowd(unsigned pool, unsigned visitors);

#endif
