// SPDX-License-Identifier: BSD-2-Clause
// The line editor. See line.h.
//
// The cursor on the screen stands where `cursor` says, always; what lies right of a change is written again
// and the cursor taken back by backspaces, so that the editor needs to know neither prompt nor width.
#include "roottask/servers/console/line.h"

#include <l4/string.h>

#define CTRL(c) ((c)&0x1f)
#define DEL     0x7f
#define ESC     0x1b
enum { ESCAPE_NONE, ESCAPE_START, ESCAPE_BRACKET };

static void echo(struct line *line, char c)
{
    if (line->echo_length < LINE_ECHO)
        line->echo[line->echo_length++] = c;
}

static void echo_times(struct line *line, char c, size_t times)
{
    while (times-- > 0)
        echo(line, c);
}

static void echo_text(struct line *line, const char *text)
{
    while (*text != 0)
        echo(line, *text++);
}

// Writes the line from the cursor on and `gone` blanks for what is no longer there; back to the cursor.
static void redraw(struct line *line, size_t gone)
{
    for (size_t i = line->cursor; i < line->length; i++)
        echo(line, line->text[i]);
    echo_times(line, ' ', gone);
    echo_times(line, '\b', line->length - line->cursor + gone);
}

static void insert(struct line *line, char c)
{
    if (line->length == LINE_ROOM) {
        echo(line, '\a');
        return;
    }
    memmove(line->text + line->cursor + 1, line->text + line->cursor, line->length - line->cursor);
    line->text[line->cursor] = c;
    line->length++;
    line->cursor++;
    echo(line, c);
    redraw(line, 0);
}

static void left(struct line *line, size_t count)
{
    if (count > line->cursor)
        count = line->cursor;
    line->cursor -= count;
    echo_times(line, '\b', count);
}

static void right(struct line *line, size_t count)
{
    while (count-- > 0 && line->cursor < line->length)
        echo(line, line->text[line->cursor++]);
}

// Takes out the `count` bytes from the cursor on.
static void cut(struct line *line, size_t count)
{
    if (count > line->length - line->cursor)
        count = line->length - line->cursor;
    memmove(line->text + line->cursor, line->text + line->cursor + count,
            line->length - line->cursor - count);
    line->length -= count;
    redraw(line, count);
}

static void cut_before(struct line *line, size_t count)
{
    if (count > line->cursor)
        count = line->cursor;
    left(line, count);
    if (count > 0)
        cut(line, count);
}

// Bytes from the cursor back to the start of the word before it.
static size_t word_before(const struct line *line)
{
    size_t at = line->cursor;

    while (at > 0 && line->text[at - 1] == ' ')
        at--;
    while (at > 0 && line->text[at - 1] != ' ')
        at--;
    return line->cursor - at;
}

static void show(struct line *line, const char *text, size_t length)
{
    size_t before = line->length;

    left(line, line->cursor);
    memcpy(line->text, text, length);
    line->length = length;
    redraw(line, before > length ? before - length : 0);
    right(line, length);
}

static void recall(struct line *line, unsigned which)
{
    if (line->shown == line->remembered) {
        memcpy(line->fresh.text, line->text, line->length);
        line->fresh.length = line->length;
    }
    line->shown = which;
    if (which == line->remembered)
        show(line, line->fresh.text, line->fresh.length);
    else
        show(line, line->history[which].text, line->history[which].length);
}

static void older(struct line *line)
{
    if (line->shown > 0)
        recall(line, line->shown - 1);
}

static void newer(struct line *line)
{
    if (line->shown < line->remembered)
        recall(line, line->shown + 1);
}

static void remember(struct line *line)
{
    unsigned last = line->remembered;

    if (line->length == 0)
        return;
    if (last > 0 && line->history[last - 1].length == line->length &&
        memcmp(line->history[last - 1].text, line->text, line->length) == 0)
        return;
    if (last == LINE_HISTORY) {
        memmove(&line->history[0], &line->history[1], sizeof(line->history) - sizeof(line->history[0]));
        last--;
    }
    memcpy(line->history[last].text, line->text, line->length);
    line->history[last].length = line->length;
    line->remembered = last + 1;
}

static enum line_event finish(struct line *line, enum line_event event)
{
    right(line, line->length);
    if (event == LINE_INTERRUPTED)
        echo_text(line, "^C");
    echo(line, '\n');
    if (event == LINE_DONE)
        remember(line);
    else
        line->length = line->cursor = 0;
    line->complete = true;
    return event;
}

// The last byte of ESC [ number byte.
static void escape_key(struct line *line, char key)
{
    if (key == 'A')
        older(line);
    else if (key == 'B')
        newer(line);
    else if (key == 'C')
        right(line, 1);
    else if (key == 'D')
        left(line, 1);
    else if (key == 'H' || (key == '~' && (line->parameter == 1 || line->parameter == 7)))
        left(line, line->cursor);
    else if (key == 'F' || (key == '~' && (line->parameter == 4 || line->parameter == 8)))
        right(line, line->length);
    else if (key == '~' && line->parameter == 3)
        cut(line, 1);
}

// A byte within an escape sequence: ESC [ or ESC O, then digits, then the byte that ends it.
static void escape(struct line *line, char key)
{
    if (line->escape == ESCAPE_START) {
        line->escape = key == '[' || key == 'O' ? ESCAPE_BRACKET : ESCAPE_NONE;
        line->parameter = 0;
    } else if (key >= '0' && key <= '9') {
        line->parameter = line->parameter < 100 ? line->parameter * 10 + (unsigned)(key - '0') : 100;
    } else if (key >= 0x40 && key < DEL) {
        line->escape = ESCAPE_NONE;
        escape_key(line, key);
    } else if (key < ' ') {
        line->escape = ESCAPE_NONE; // not a sequence: the rest of it is lost, not the terminal
    }
}

static void control(struct line *line, char key)
{
    if (key == CTRL('A'))
        left(line, line->cursor);
    else if (key == CTRL('E'))
        right(line, line->length);
    else if (key == CTRL('B'))
        left(line, 1);
    else if (key == CTRL('F'))
        right(line, 1);
    else if (key == CTRL('D'))
        cut(line, 1);
    else if (key == CTRL('H') || key == DEL)
        cut_before(line, 1);
    else if (key == CTRL('K'))
        cut(line, line->length - line->cursor);
    else if (key == CTRL('U'))
        cut_before(line, line->cursor);
    else if (key == CTRL('W'))
        cut_before(line, word_before(line));
    else if (key == CTRL('P'))
        older(line);
    else if (key == CTRL('N'))
        newer(line);
    else if (key == ESC)
        line->escape = ESCAPE_START;
}

void line_init(struct line *line)
{
    memset(line, 0, sizeof(*line));
}

enum line_event line_key(struct line *line, char key)
{
    bool second = key == '\n' && line->after_cr;

    line->echo_length = 0;
    line->after_cr = key == '\r';
    if (second)
        return LINE_MORE;
    if (line->complete) {
        line->complete = false;
        line->length = 0;
        line->cursor = 0;
        line->escape = ESCAPE_NONE;
        line->shown = line->remembered;
    }
    if (key == '\r' || key == '\n')
        return finish(line, LINE_DONE);
    if (key == CTRL('C'))
        return finish(line, LINE_INTERRUPTED);
    if (key == CTRL('D') && line->length == 0)
        return finish(line, LINE_END);
    if (line->escape != ESCAPE_NONE)
        escape(line, key);
    else if ((unsigned char)key < ' ' || key == DEL)
        control(line, key);
    else
        insert(line, key);
    return LINE_MORE;
}
