// SPDX-License-Identifier: BSD-2-Clause
// Making and reading start-up blocks. Pure; a reader trusts no offset.
#include <l4/proto/startup.h>
#include <l4/string.h>

// block->size is what is used of the block so far: the structure and the strings behind it.
void l4_startup_begin(struct l4_startup *block, uint64_t task)
{
    memset(block, 0, L4_STARTUP_BYTES);
    block->magic = L4_STARTUP_MAGIC;
    block->size = sizeof(*block);
    block->task = task;
}

static int add_string(struct l4_startup *block, const char *text, uint32_t *offset)
{
    size_t bytes = strlen(text) + 1;
    if (block->size > L4_STARTUP_BYTES || bytes > L4_STARTUP_BYTES - block->size)
        return L4_ERR_LIMIT;
    memcpy((char *)block + block->size, text, bytes);
    *offset = block->size;
    block->size += (uint32_t)bytes;
    return L4_OK;
}

int l4_startup_name(struct l4_startup *block, const char *name)
{
    return add_string(block, name, &block->name);
}

int l4_startup_arg(struct l4_startup *block, const char *argument)
{
    if (block->argc >= L4_STARTUP_ARGS)
        return L4_ERR_LIMIT;
    int error = add_string(block, argument, &block->argv[block->argc]);
    if (!error)
        block->argc++;
    return error;
}

int l4_startup_add_cap(struct l4_startup *block, const char *name, l4_handle_t handle)
{
    if (block->caps >= L4_STARTUP_CAPS)
        return L4_ERR_LIMIT;
    int error = add_string(block, name, &block->cap[block->caps].name);
    if (!error)
        block->cap[block->caps++].handle = handle;
    return error;
}

const char *l4_startup_string(const struct l4_startup *block, uint32_t offset)
{
    if (offset < sizeof(*block) || offset >= L4_STARTUP_BYTES)
        return "";
    const char *text = (const char *)block + offset;
    return strnlen(text, L4_STARTUP_BYTES - offset) < L4_STARTUP_BYTES - offset ? text : "";
}

l4_handle_t l4_startup_find(const struct l4_startup *block, const char *name)
{
    for (unsigned i = 0; i < block->caps && i < L4_STARTUP_CAPS; i++) {
        if (!strcmp(l4_startup_string(block, block->cap[i].name), name))
            return block->cap[i].handle;
    }
    return L4_HANDLE_NONE;
}
