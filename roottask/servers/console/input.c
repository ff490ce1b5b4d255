// SPDX-License-Identifier: BSD-2-Clause
// Input from the line on COM1. See input.h. The editor is the input thread's alone; the queue is guarded by
// lock.
#include "roottask/servers/console/input.h"

#include <l4/event.h>
#include <l4/program.h>
#include <l4/string.h>
#include <l4/system.h>
#include <l4/thread.h>

#include "roottask/servers/console/line.h"

#define QUEUE        64 // lines typed ahead
#define READERS      8  // that may wait: fewer than the visitors the manifest gives, so that writers get in
#define INPUT_BIT    1ull
#define KEYS_A_ROUND 256 // read before the interrupt is acknowledged in any case

struct input_line {
    enum line_event event;
    size_t length;
    char text[LINE_ROOM];
};

static struct {
    struct output *terminal;
    l4_handle_t event;
    l4_handle_t irq;
    unsigned irq_number;
    struct line line;
    struct l4_thread thread;
} input; // set by input_start; then the input thread's

static struct l4_mutex lock = L4_MUTEX_INIT;
static struct {
    struct l4_condition filled;
    unsigned readers; // that wait
    unsigned first, count;
    struct input_line line[QUEUE];
} queue; // guarded by lock

// false: the queue is full.
static bool push(const struct line *line, enum line_event event)
{
    struct input_line *place;

    l4_mutex_lock(&lock);
    if (queue.count == QUEUE) {
        l4_mutex_unlock(&lock);
        return false;
    }
    place = &queue.line[(queue.first + queue.count++) % QUEUE];
    place->event = event;
    place->length = line->length;
    memcpy(place->text, line->text, line->length);
    l4_condition_wake_one_unlock(&queue.filled, &lock);
    return true;
}

static unsigned pop(char *text, size_t *count)
{
    const struct input_line *line = &queue.line[queue.first];

    queue.first = (queue.first + 1) % QUEUE;
    queue.count--;
    if (line->event == LINE_INTERRUPTED)
        return CONSOLE_ERR_INTERRUPTED;
    if (line->event == LINE_END)
        return CONSOLE_ERR_END;
    memcpy(text, line->text, line->length);
    text[line->length] = '\n';
    *count = line->length + 1;
    return CONSOLE_ERR_OK;
}

unsigned input_line(char *line, size_t *count)
{
    unsigned error = L4_OK;

    l4_mutex_lock(&lock);
    if (queue.readers == READERS) {
        l4_mutex_unlock(&lock);
        return L4_ERR_BUSY;
    }
    queue.readers++;
    while (error == L4_OK && queue.count == 0)
        error = (unsigned)l4_condition_wait(&queue.filled, &lock, L4_DEADLINE_NEVER);
    if (error == L4_OK)
        error = pop(line, count);
    queue.readers--;
    l4_mutex_unlock(&lock);
    return error;
}

static void take_key(char key)
{
    enum line_event event = line_key(&input.line, key);
    char bell = '\a';
    // The echo is for the eye: if the device takes none of it, the keys still count.
    unsigned shown = output_write(input.terminal, input.line.echo, input.line.echo_length);

    if (event != LINE_MORE && !push(&input.line, event) && shown == L4_OK)
        shown = output_write(input.terminal, &bell, 1);
    (void)shown;
}

static bool take_keys(void)
{
    char key;
    unsigned keys = 0;

    while (keys < KEYS_A_ROUND && uart_receive(&input.terminal->uart, &key)) {
        take_key(key);
        keys++;
    }
    return keys > 0;
}

// The line's interrupt comes by edges. One that comes while it is masked is lost, so after the
// acknowledgement, which unmasks it, the device is looked at again: what came in between is taken, what comes
// later makes an edge.
static void input_thread(void *argument)
{
    uint64_t taken;

    (void)argument;
    while (l4_event_wait(input.event, INPUT_BIT, L4_DEADLINE_NEVER, &taken) == L4_OK) {
        do {
            take_keys();
            if (l4_irq_ack(input.irq, input.irq_number) != L4_OK)
                return;
        } while (take_keys());
    }
}

unsigned input_start(struct output *terminal, l4_handle_t irq, unsigned irq_number)
{
    struct l4_thread_info self;
    unsigned error;

    if (!terminal->uart.present)
        return L4_OK;
    input.terminal = terminal;
    input.irq = irq;
    input.irq_number = irq_number;
    line_init(&input.line);
    error = (unsigned)l4_event_create(L4_CAP_SPACE, &input.event, NULL);
    if (error == L4_OK)
        error = (unsigned)l4_irq_bind(irq, irq_number, input.event, INPUT_BIT);
    if (error == L4_OK)
        error = (unsigned)l4_thread_state(L4_CAP_THREAD, &self);
    if (error == L4_OK)
        error = (unsigned)l4_thread_create(&input.thread, (unsigned)self.priority);
    if (error == L4_OK)
        error = (unsigned)l4_thread_start(&input.thread, input_thread, NULL, 0);
    return error == L4_OK ? uart_interrupts_on(&terminal->uart) : error;
}
