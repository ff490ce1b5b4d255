# SPDX-License-Identifier: BSD-2-Clause
"""Derived boots: a built image, or kernel and archive, with files and kernel arguments added. The
original is never changed; the copies live in build/run/ while the machine runs."""
import os
import pathlib
import re
import shutil

import archive
import image

BOOT_TAR = "/boot/quire/boot.tar"
KERNEL = "/boot/quire/quire.elf"
GRUB_CFG = "/boot/grub/grub.cfg"
AUTORUN = "etc/autorun"
MANIFEST = "etc/manifest"


def changes(options, marker):
    """Members to add to the boot archive. With commands the first one prints MARKER, so that what
    firmware wrote to the command line's port before can be told from the commands' output."""
    members = {}
    for host, guest in options.add:
        members[archive.clean_name(guest)] = pathlib.Path(host).read_bytes()
    if options.manifest:
        members[MANIFEST] = pathlib.Path(options.manifest).read_bytes()
    if options.command:
        lines = [f"echo {marker}", *options.command]
        members[AUTORUN] = "".join(line + "\n" for line in lines).encode()
    return members


def quote(argument):
    """A kernel argument as GRUB's script language wants it."""
    if re.fullmatch(r"[A-Za-z0-9_.,:/=+-]+", argument):
        return argument
    return "'" + argument.replace("'", "'\\''") + "'"


def _change_archive(path, members):
    if members:
        archive.write(path, {**archive.unpack(path.read_bytes()), **members})


def _extract(iso, work, *names):
    command = ["xorriso", "-osirrox", "on", "-indev", str(iso)]
    for name in names:
        command += ["-extract", name, str(work / os.path.basename(name))]
    image.run_tool(*command)
    for name in names:
        path = work / os.path.basename(name)
        if not path.exists():
            raise image.ImageError(f"{iso} has no {name}")
        path.chmod(0o644)


def derive_image(iso, work, members, arguments):
    """A copy of ISO in folder WORK with archive members and kernel arguments added."""
    _extract(iso, work, BOOT_TAR, GRUB_CFG)
    config = work / "grub.cfg"
    text = config.read_text(encoding="utf-8")
    added = "".join(" " + quote(argument) for argument in arguments)
    changed, count = re.subn(r"(?m)^(\s*multiboot2\s.*?)\s*$", lambda line: line.group(1) + added, text)
    if count == 0:
        raise image.ImageError(f"{iso}: no multiboot2 line in {GRUB_CFG}")
    config.write_text(changed, encoding="utf-8")
    _change_archive(work / "boot.tar", members)
    derived = work / "quire.iso"
    image.run_tool("xorriso", "-indev", str(iso), "-outdev", str(derived), "-boot_image", "any", "replay",
                   "-map", str(config), GRUB_CFG, "-map", str(work / "boot.tar"), BOOT_TAR)
    return derived


def derive_files(source, work, members):
    """Kernel and archive for a boot without GRUB; SOURCE is a build folder or an image."""
    if source.is_dir():
        shutil.copyfile(source / "quire.boot.elf", work / "quire.elf")
        shutil.copyfile(source / "boot.tar", work / "boot.tar")
    else:
        _extract(source, work, BOOT_TAR, KERNEL)
    _change_archive(work / "boot.tar", members)
    return work / "quire.elf", work / "boot.tar"
