#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A fresh copy of the tree on a bare Debian 12: the command of the README installs what it needs,
# builds and boots within five minutes, says something at least every 5 s, and is fast when
# repeated. Needs root, debootstrap and a Debian mirror: that of apt, or $QUIRE_MIRROR.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
mirror=${QUIRE_MIRROR:-$(apt-get indextargets --format "\$(SITE)" | grep -v security | head -n 1)}
if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null; then
    echo "needs root and debootstrap"
    exit 77
fi
work=$(mktemp -d)
bare=$work/debian
leave() {
    umount "$bare/proc" 2>/dev/null || true
    rm -rf "$work"
}
trap leave EXIT

if ! debootstrap --variant=minbase bookworm "$bare" "$mirror" >"$work/log" 2>&1; then
    echo "debootstrap from $mirror did not work: $(tail -n 1 "$work/log")"
    exit 77
fi
cp /etc/resolv.conf "$bare/etc/"
mount -t proc proc "$bare/proc"
mkdir "$bare/root/quire"
(cd "$root" && tar cf - --exclude=./build .) | (cd "$bare/root/quire" && tar xf -)

# First argument: most seconds it may take. Lines come out with the second they came in.
boot() {
    began=$(date +%s)
    chroot "$bare" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root /root/quire/scripts/run --headless --timeout 120 \
        --command 'echo ok' </dev/null 2>&1 >"$work/out" | while read -r line; do echo "$(date +%s) $line"; done >"$work/err"
    took=$(($(date +%s) - began))
    if [ "$(cat "$work/out")" != ok ] || [ "$took" -gt "$1" ]; then
        echo "expected 'ok' within $1 s, got '$(cat "$work/out")' after $took s; stderr:"
        tail -n 40 "$work/err"
        exit 1
    fi
}

boot 300
silence=$(awk 'NR > 1 && $1 - last > most { most = $1 - last } { last = $1 } END { print most + 0 }' "$work/err")
if [ "$silence" -gt 5 ]; then
    echo "expected a line at least every 5 s, got a silence of $silence s"
    exit 1
fi
boot 10
