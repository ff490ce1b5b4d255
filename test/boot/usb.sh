#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The image written to a disk or USB stick boots as well, from BIOS and UEFI, and is small.
set -eu
limit=5242880
size=$(wc -c <"$QUIRE_IMAGE")
if [ "$size" -gt "$limit" ]; then
    echo "expected an image of at most $limit bytes, got $size"
    exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

boot() {
    timeout 60 qemu-system-x86_64 "$@" -display none -nic none -no-reboot -serial "file:$work/log" >/dev/null 2>&1 &
    machine=$!
    for _ in $(seq 100); do
        if grep -q '^boot: ready' "$work/log" 2>/dev/null; then
            kill "$machine"
            wait "$machine" || true
            rm "$work/log"
            return 0
        fi
        sleep 0.5
        kill -0 "$machine" 2>/dev/null || break
    done
    kill "$machine" 2>/dev/null || true
    echo "expected 'boot: ready' with $*, got:"
    cat "$work/log"
    exit 1
}

boot -drive "file=$QUIRE_IMAGE,format=raw,snapshot=on"
boot -device qemu-xhci -device usb-storage,drive=stick -drive "id=stick,if=none,file=$QUIRE_IMAGE,format=raw,snapshot=on"
boot -bios /usr/share/ovmf/OVMF.fd -drive "file=$QUIRE_IMAGE,format=raw,snapshot=on"
