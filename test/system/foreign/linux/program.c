// SPDX-License-Identifier: BSD-2-Clause
// A program for Linux, compiled by musl-gcc and linked with musl's libc.a: arguments, environment, stdio,
// floating point, errno (which lies behind FS), memory small and large. It knows nothing of Quire.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LARGE = 200000, PIECES = 100 };

static int memory(void)
{
    char *large = malloc(LARGE), *piece[PIECES];
    int wrong = !large;
    if (large)
        memset(large, 5, LARGE);
    for (int i = 0; i < PIECES; i++) {
        piece[i] = malloc((size_t)i + 1);
        wrong += !piece[i];
        if (piece[i])
            memset(piece[i], i, (size_t)i + 1);
    }
    for (int i = 0; i < PIECES; i++) {
        wrong += !piece[i] || piece[i][i] != i;
        free(piece[i]);
    }
    wrong += large && (large[0] != 5 || large[LARGE - 1] != 5);
    free(large);
    return wrong;
}

int main(int argc, char **argv)
{
    double sum = 0;
    printf("# linux: %d arguments, %s and %s, HOME is %s\n", argc, argv[0], argv[1], getenv("HOME"));
    for (int i = 1; i <= 3; i++) {
        sum += 1.0 / i;
        printf("# linux: sum %d is %.4f\n", i, sum);
        fflush(stdout); // a system call while the sum may lie in a vector register
    }
    int result = (int)write(9, "x", 1);
    printf("# linux: a write to nowhere is %d, %s\n", result, strerror(errno));
    printf("# linux: memory, %d wrong\n", memory());
    fprintf(stderr, "# linux: to stderr\n");
    return 7;
}
