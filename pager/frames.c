// SPDX-License-Identifier: BSD-2-Clause
// Frame allocator: see frames.h. Taking looks at one word of each lower level and scans the top level, which
// has one word per GiB of memory.
#include "pager/frames.h"

static uint64_t words_for(uint64_t bits)
{
    return (bits + 63) / 64;
}

size_t frames_storage(uint64_t count)
{
    uint64_t words = words_for(count); // known
    for (unsigned i = 0; i < FRAMES_LEVELS; i++) {
        count = words_for(count);
        words += count;
    }
    return words * sizeof(uint64_t);
}

void frames_init(struct frames *frames, void *storage, uint64_t first, uint64_t count)
{
    uint64_t *next = storage;
    uint64_t bits = count;
    *frames = (struct frames){.first = first, .count = count};
    for (unsigned i = 0; i < FRAMES_LEVELS; i++) {
        frames->level[i] = next;
        frames->words[i] = words_for(bits);
        next += frames->words[i];
        bits = frames->words[i];
    }
    frames->known = next;
}

static bool test(const uint64_t *map, uint64_t bit)
{
    return map[bit / 64] >> (bit % 64) & 1;
}

static void mark_free(struct frames *frames, uint64_t bit)
{
    for (unsigned i = 0; i < FRAMES_LEVELS; i++) {
        frames->level[i][bit / 64] |= 1ull << (bit % 64);
        bit /= 64;
    }
    frames->free++;
}

static void mark_used(struct frames *frames, uint64_t bit)
{
    for (unsigned i = 0; i < FRAMES_LEVELS; i++) {
        uint64_t *word = &frames->level[i][bit / 64];
        *word &= ~(1ull << (bit % 64));
        if (*word)
            break;
        bit /= 64;
    }
    frames->free--;
}

bool frames_add(struct frames *frames, uint64_t first, uint64_t count)
{
    if (first < frames->first || first - frames->first > frames->count ||
        count > frames->count - (first - frames->first))
        return false;
    uint64_t bit = first - frames->first;
    for (uint64_t i = 0; i < count; i++) {
        if (test(frames->known, bit + i))
            return false;
    }
    for (uint64_t i = 0; i < count; i++) {
        frames->known[(bit + i) / 64] |= 1ull << ((bit + i) % 64);
        mark_free(frames, bit + i);
    }
    return true;
}

bool frames_take(struct frames *frames, uint64_t *frame)
{
    const unsigned top = FRAMES_LEVELS - 1;
    uint64_t word = 0;
    while (word < frames->words[top] && !frames->level[top][word])
        word++;
    if (word == frames->words[top])
        return false;
    for (unsigned i = top + 1; i-- > 0;)
        word = word * 64 + (uint64_t)__builtin_ctzll(frames->level[i][word]);
    mark_used(frames, word);
    *frame = frames->first + word;
    return true;
}

// Free frames from first on, `count` at most.
static uint64_t free_from(const struct frames *frames, uint64_t first, uint64_t count)
{
    uint64_t n = 0;
    while (n < count && test(frames->level[0], first - frames->first + n))
        n++;
    return n;
}

bool frames_take_row(struct frames *frames, uint64_t count, uint64_t align, uint64_t *first)
{
    uint64_t end = frames->first + frames->count;
    uint64_t at = end >= count ? (end - count) / align * align : 0;
    while (at >= frames->first && at && free_from(frames, at, count) < count)
        at = at >= align ? at - align : 0;
    if (at < frames->first || !at)
        return false;
    for (uint64_t bit = at - frames->first; bit < at - frames->first + count; bit++) {
        mark_used(frames, bit);
        frames->known[bit / 64] &= ~(1ull << (bit % 64));
    }
    *first = at;
    return true;
}

bool frames_give(struct frames *frames, uint64_t frame)
{
    uint64_t bit = frame - frames->first;
    if (frame < frames->first || bit >= frames->count || !test(frames->known, bit) ||
        test(frames->level[0], bit))
        return false;
    mark_free(frames, bit);
    return true;
}
