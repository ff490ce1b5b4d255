#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The tree built with clang, warnings as errors, boots and runs a command.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
out=$root/build/clang
mkdir -p "$out"
cd "$root"
if ! { cmake --preset ci -B "$out" -DCMAKE_C_COMPILER=clang -DQUIRE_BUILD=release &&
    cmake --build "$out" --target image; } >"$out/build.log" 2>&1; then
    echo "expected clang to build the tree, got:"
    tail -n 60 "$out/build.log"
    exit 1
fi
said=$("$QUIRE_RUN" --headless --timeout 60 --image "$out/quire.iso" --command 'echo ok')
if [ "$said" != ok ]; then
    echo "expected 'ok', got '$said'"
    exit 1
fi
