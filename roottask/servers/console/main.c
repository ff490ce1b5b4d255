// SPDX-License-Identifier: BSD-2-Clause
// The console server: the line on COM1 and the command channel on COM2, an entry gate each
// (l4/proto/console.h). Each client's own thread walks in; all data of a request lie on its activation's
// stack. What is shared has a file and a lock of its own: output.c (whose turn it is to send), input.c (lines
// that were typed).
#include <l4/format.h>
#include <l4/gate.h>
#include <l4/pager.h>
#include <l4/program.h>
#include <l4/proto/console.h>
#include <l4/proto/root.h>
#include <l4/status.h>
#include <l4/string.h>
#include <l4/thread.h>

#include "roottask/servers/console/input.h"

#define POOL_LINE        1
#define POOL_CHANNEL     2
#define CHANNEL_VISITORS 8
#define COM1             0x3f8
#define COM1_IRQ         4
#define COM2             0x2f8

static struct output line = {.text = true};
static struct output channel = {.text = false};

static unsigned do_write(struct l4_msg *m, const struct l4_utcb *utcb, struct output *output)
{
    char bytes[CONSOLE_BYTES];

    if (m->w[0] > sizeof(bytes) || m->w[0] > 8 * (uint64_t)l4_tag_words(m->tag))
        return CONSOLE_ERR_BAD_REQUEST;
    memcpy(bytes, &utcb->words[L4_WORDS_REGS], m->w[0]);
    return output_write(output, bytes, m->w[0]);
}

static unsigned do_read(struct l4_msg *m, const struct output *output, unsigned *words)
{
    char text[CONSOLE_LINE];
    size_t count = 0;
    unsigned error;

    if (output != &line)
        return CONSOLE_ERR_BAD_REQUEST;
    error = input_line(text, &count);
    if (error != CONSOLE_ERR_OK)
        return error;
    m->w[0] = count;
    *words = l4_msg_put_bytes(text, count);
    return CONSOLE_ERR_OK;
}

static void serve(struct l4_msg *m, const struct l4_utcb *utcb, struct output *output)
{
    unsigned error = CONSOLE_ERR_BAD_REQUEST;
    unsigned words = 0;

    if (l4_tag_op(m->tag) == L4_OP_CALL && l4_msg_label(m) == CONSOLE_WRITE)
        error = do_write(m, utcb, output);
    else if (l4_tag_op(m->tag) == L4_OP_CALL && l4_msg_label(m) == CONSOLE_READ)
        error = do_read(m, output, &words);
    else if (l4_tag_op(m->tag) == L4_OP_CALL && l4_msg_label(m) == CONSOLE_DRAIN)
        error = output_drain(output);
    l4_answer(m, error, words, 0);
}

// Both named only by the entry code below.
__attribute__((used)) static void handle_line(struct l4_msg *m, struct l4_utcb *utcb)
{
    serve(m, utcb, &line);
}

__attribute__((used)) static void handle_channel(struct l4_msg *m, struct l4_utcb *utcb)
{
    serve(m, utcb, &channel);
}

L4_ENTRY_GATE(line_entry, handle_line);
L4_ENTRY_GATE(channel_entry, handle_channel);

static unsigned publish(const char *name, void (*entry)(void), unsigned pool)
{
    l4_handle_t gate;
    unsigned error = (unsigned)l4_gate_create_entry(L4_CAP_SPACE, entry, pool, false, &gate);

    return error == L4_OK ? root_publish(name, gate) : error;
}

static void say(const char *what, unsigned error)
{
    char text[96];
    size_t length = l4_format(text, sizeof(text), "console: %s: %s\n", what, l4_status_text(error));

    // To whom else, if the line takes nothing?
    if (error != L4_OK &&
        output_write(&line, text, length < sizeof(text) ? length : sizeof(text) - 1) != L4_OK)
        return;
}

// A device that is missing, or that the manifest does not give, leaves its gate without effect but with an
// answer: writes say so, and the system goes on without it.
int main(int argc, char **argv)
{
    unsigned com1, com2, input = L4_OK;
    unsigned error;

    (void)argc;
    (void)argv;
    com1 = uart_open(&line.uart, l4_cap("com1"), COM1);
    com2 = uart_open(&channel.uart, l4_cap("com2"), COM2);
    if (com1 == L4_OK)
        input = input_start(&line, l4_cap("irq4"), COM1_IRQ);
    say("com2", com2);
    say("input", input);
    error = publish("", line_entry, POOL_LINE);
    if (error == L4_OK)
        error = (unsigned)l4_pool_fill(POOL_CHANNEL, CHANNEL_VISITORS);
    if (error == L4_OK)
        error = publish("command", channel_entry, POOL_CHANNEL);
    if (error == L4_OK)
        error = root_ready();
    if (error != L4_OK)
        return 1;
    l4_thread_exit(); // what follows happens on the clients' threads and the input thread
}
