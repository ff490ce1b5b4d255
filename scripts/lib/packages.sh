# SPDX-License-Identifier: BSD-2-Clause
# Sourced by scripts/run, scripts/test and .ci/run (POSIX sh): finds out which tools are missing
# and installs the Debian packages they come in. Reads: ASSUME_YES (1 = do not ask).
# shellcheck shell=sh

# package -> a file or a command that proves it is there
package_present() {
    case $1 in
    grub-pc-bin) [ -e /usr/lib/grub/i386-pc/multiboot2.mod ] ;;
    grub-efi-amd64-bin) [ -e /usr/lib/grub/x86_64-efi/multiboot2.mod ] ;;
    grub-common) command -v grub-mkimage >/dev/null ;;
    ovmf) [ -e /usr/share/ovmf/OVMF.fd ] ;;
    qemu-system-x86) command -v qemu-system-x86_64 >/dev/null ;;
    ninja-build) command -v ninja >/dev/null ;;
    groff-base) command -v groff >/dev/null ;;
    binutils) command -v objcopy >/dev/null ;;
    libc6-dev) [ -e /usr/include/stdio.h ] ;;
    libcmocka-dev) [ -e /usr/include/cmocka.h ] ;;
    bochs-term) ls /usr/lib/*/bochs/plugins/libbx_term*.so >/dev/null 2>&1 ;;
    # Bochs' package is content with SeaBIOS instead, which is not where the configuration looks.
    bochsbios) [ -e /usr/share/bochs/BIOS-bochs-latest ] ;;
    vgabios) [ -e /usr/share/bochs/VGABIOS-lgpl-latest ] ;;
    python3-pyelftools) /usr/bin/python3 -c 'import elftools' 2>/dev/null ;;
    python3) [ -x /usr/bin/python3 ] ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

system_is_debian() {
    [ -r /etc/os-release ] && (. /etc/os-release && [ "$ID" = debian ]) && command -v apt-get >/dev/null
}

# With sudo the password is asked for before output goes to a log.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Runs a command with its output in a log; a line every 3 seconds says that it goes on.
with_progress() {
    what=$1
    shift
    log=$(mktemp)
    "$@" >"$log" 2>&1 </dev/null &
    child=$!
    seconds=0
    while kill -0 "$child" 2>/dev/null; do
        sleep 1
        seconds=$((seconds + 1))
        if [ $((seconds % 3)) = 0 ]; then
            echo "$what: ${seconds} s, $(tail -n 1 "$log" | cut -c 1-90)" >&2
        fi
    done
    if wait "$child"; then status=0; else status=$?; fi
    if [ "$status" != 0 ]; then
        tail -n 20 "$log" >&2
        echo "$what: failed with status $status" >&2
    fi
    rm -f "$log"
    return "$status"
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

# What apt-get would fetch and fill, in its own words.
show_packages() {
    echo "These Debian packages are missing:" >&2
    for package in "$@"; do
        size=$(apt-cache show --no-all-versions "$package" 2>/dev/null | sed -n 's/^Installed-Size: //p' | head -n 1)
        echo "  $package (${size:-?} KiB installed)" >&2
    done
    LC_ALL=C apt-get install --assume-no --no-install-recommends "$@" 2>/dev/null |
        grep -E '^(Need to get|After this operation|The following NEW)|newly installed' | sed 's/^/  /' >&2
}

agreed() {
    if [ "${ASSUME_YES:-0}" = 1 ] || ! [ -t 0 ]; then return 0; fi
    printf 'Install them now? [Y/n] ' >&2
    read -r answer
    case $answer in '' | y | Y | yes | Yes) return 0 ;; *) return 1 ;; esac
}

# need_packages PACKAGE...: returns 0 when all of them are there, in the end.
need_packages() {
    missing=
    for package in "$@"; do
        package_present "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    if ! system_is_debian; then
        echo "This is not Debian: install what these Debian packages hold, then try again:$missing" >&2
        return 1
    fi
    if [ "$(id -u)" != 0 ] && command -v sudo >/dev/null; then sudo -v || return 1; fi
    # A fresh system has no package lists yet.
    for package in $missing; do
        if ! apt-cache show "$package" >/dev/null 2>&1; then
            with_progress "reading package lists" as_root apt-get update || return 1
            break
        fi
    done
    # shellcheck disable=SC2086
    show_packages $missing
    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
        echo "Become root to install them: apt-get install --no-install-recommends$missing" >&2
        return 1
    fi
    agreed || { echo "Not installed; the command cannot go on without them." >&2; return 1; }
    # shellcheck disable=SC2086
    if with_progress "installing packages" apt_install $missing; then return 0; fi
    # Lists older than the archive name files that are gone: read them anew, once.
    with_progress "reading package lists" as_root apt-get update || return 1
    # shellcheck disable=SC2086
    with_progress "installing packages" apt_install $missing
}
