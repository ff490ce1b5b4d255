// SPDX-License-Identifier: BSD-2-Clause
// Output to a UART by turns. See output.h.
#include "roottask/servers/console/output.h"

#include <l4/abi/tag.h>

#define PART 384 // bytes translated at a time; twice as many may come out

static unsigned take_turn(struct output *output)
{
    unsigned error = L4_OK;

    l4_mutex_lock(&output->lock);
    while (error == L4_OK && output->taken)
        error = (unsigned)l4_condition_wait(&output->free, &output->lock, L4_DEADLINE_NEVER);
    if (error == L4_OK)
        output->taken = true;
    l4_mutex_unlock(&output->lock);
    return error;
}

static void give_turn(struct output *output)
{
    l4_mutex_lock(&output->lock);
    output->taken = false;
    l4_condition_wake_one_unlock(&output->free, &output->lock);
}

static size_t translate(const char *bytes, size_t count, char to[2 * PART])
{
    size_t length = 0;

    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == '\n')
            to[length++] = '\r';
        to[length++] = bytes[i];
    }
    return length;
}

static unsigned send_text(const struct output *output, const char *bytes, size_t count)
{
    unsigned error = L4_OK;

    while (count > 0 && error == L4_OK) {
        size_t part = count < PART ? count : PART;
        char line[2 * PART];

        error = uart_send(&output->uart, line, translate(bytes, part, line));
        bytes += part;
        count -= part;
    }
    return error;
}

unsigned output_write(struct output *output, const char *bytes, size_t count)
{
    unsigned error = take_turn(output);

    if (error != L4_OK)
        return error;
    if (output->text)
        error = send_text(output, bytes, count);
    else
        error = uart_send(&output->uart, bytes, count);
    give_turn(output);
    return error;
}

unsigned output_drain(struct output *output)
{
    unsigned error = take_turn(output);

    if (error != L4_OK)
        return error;
    error = uart_drain(&output->uart);
    give_turn(output);
    return error;
}
