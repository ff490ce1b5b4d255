// SPDX-License-Identifier: BSD-2-Clause
// Reader of ustar archives (POSIX.1-1988 pax/ustar headers, 512-byte blocks). Pure: only the bytes given are
// read; header sums are checked, so that a damaged archive ends the walk instead of leading it astray.
#include <l4/ustar.h>
#include <l4/string.h>

struct header { // as on the medium
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
    char magic[6], version[2], owner[32], group[32], major[8], minor[8], prefix[155], spare[12];
};
_Static_assert(sizeof(struct header) == L4_USTAR_BLOCK, "ustar header");
_Static_assert(offsetof(struct header, checksum) == 148, "ustar header");
_Static_assert(offsetof(struct header, magic) == 257, "ustar header");
_Static_assert(offsetof(struct header, prefix) == 345, "ustar header");

// Octal digits, spaces in front, ended by a space, a 0 byte or the end of the field.
static bool read_octal(const char *field, size_t length, uint64_t *value)
{
    size_t i = 0;
    uint64_t sum = 0;
    while (i < length && field[i] == ' ')
        i++;
    size_t first = i;
    for (; i < length && field[i] >= '0' && field[i] <= '7'; i++)
        sum = sum * 8 + (uint64_t)(field[i] - '0'); // 12 digits at most: 36 bits
    if (i == first || (i < length && field[i] != ' ' && field[i] != '\0'))
        return false;
    *value = sum;
    return true;
}

static bool sum_matches(const struct header *header)
{
    const unsigned char *bytes = (const unsigned char *)header;
    uint64_t stated, sum = 0;
    for (size_t i = 0; i < sizeof(*header); i++)
        sum += i >= 148 && i < 156 ? (unsigned char)' ' : bytes[i];
    return read_octal(header->checksum, sizeof(header->checksum), &stated) && stated == sum;
}

static void read_name(const struct header *header, char name[L4_USTAR_NAME_MAX + 1])
{
    char whole[L4_USTAR_NAME_MAX + 1];
    size_t length = strnlen(header->prefix, sizeof(header->prefix));
    memcpy(whole, header->prefix, length);
    if (length)
        whole[length++] = '/';
    size_t last = strnlen(header->name, sizeof(header->name));
    memcpy(whole + length, header->name, last);
    length += last;
    whole[length] = '\0';
    const char *start = whole;
    while (start[0] == '/' || (start[0] == '.' && start[1] == '/'))
        start += start[0] == '/' ? 1 : 2;
    length -= (size_t)(start - whole);
    while (length && start[length - 1] == '/') // folders
        length--;
    memcpy(name, start, length);
    name[length] = '\0';
}

bool l4_ustar_next(const void *base, size_t size, size_t *position, struct l4_ustar_entry *entry)
{
    struct header header; // a copy: no alignment is asked of the archive
    uint64_t bytes, mode;
    if (*position > size || size - *position < sizeof(header))
        return false;
    memcpy(&header, (const char *)base + *position, sizeof(header));
    if (!header.name[0] || memcmp(header.magic, "ustar", 5) || !sum_matches(&header))
        return false; // the zero block at the end, or damage
    if (!read_octal(header.size, sizeof(header.size), &bytes) ||
        !read_octal(header.mode, sizeof(header.mode), &mode))
        return false;
    size_t data = *position + sizeof(header);
    if (bytes > size - data)
        return false;
    read_name(&header, entry->name);
    entry->data = (const unsigned char *)base + data;
    entry->size = bytes;
    entry->mode = (uint32_t)mode & 07777;
    entry->type = header.type ? header.type : '0';
    uint64_t padded = (bytes + L4_USTAR_BLOCK - 1) & ~(uint64_t)(L4_USTAR_BLOCK - 1);
    *position = padded > size - data ? size : data + padded; // the last block may be cut off
    return true;
}

bool l4_ustar_find(const void *base, size_t size, const char *name, struct l4_ustar_entry *entry)
{
    size_t position = 0;
    while (l4_ustar_next(base, size, &position, entry)) {
        if (entry->type == '0' && !strcmp(entry->name, name))
            return true;
    }
    return false;
}
