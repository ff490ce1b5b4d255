// SPDX-License-Identifier: BSD-2-Clause
#include "storm.h"
void named(const char *only)
{
    (void)only;
}
