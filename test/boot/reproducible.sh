#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Two builds in different folders, with different umasks and at different times, give equal images.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

copy() {
    mkdir -p "$1"
    (cd "$root" && tar cf - --exclude=./build --exclude=./.git .) | (cd "$1" && tar xf -)
    touch "$1/CMakeLists.txt"
}

build() {
    (cd "$1" && cmake --preset release && cmake --build build/release --target image) >"$work/log" 2>&1 || {
        echo "expected the copy in $1 to build, got:"
        tail -n 40 "$work/log"
        exit 1
    }
}

(umask 022 && copy "$work/a" && build "$work/a")
sleep 2
(umask 077 && copy "$work/another/folder/b" && TZ=Asia/Tokyo build "$work/another/folder/b")
for file in quire.iso quire.iso.licences; do
    if ! cmp "$work/a/build/$file" "$work/another/folder/b/build/$file"; then
        echo "expected equal bytes of $file from both folders, got different ones"
        exit 1
    fi
done
