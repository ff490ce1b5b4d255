// SPDX-License-Identifier: BSD-2-Clause
// Text of the errors of all protocols. See l4/status.h.
#include <l4/error.h>
#include <l4/proto/console.h>
#include <l4/proto/root.h>
#include <l4/proto/vfs.h>
#include <l4/status.h>

static const struct {
    unsigned error;
    const char *text;
} texts[] = {
#define STATUS_X(name, number, text) {number, text},
    VFS_ERRORS(STATUS_X) ROOT_ERRORS(STATUS_X) CONSOLE_ERRORS(STATUS_X)
#undef STATUS_X
};

const char *l4_status_text(unsigned error)
{
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (texts[i].error == error)
            return texts[i].text;
    return l4_error_text((int)error);
}
