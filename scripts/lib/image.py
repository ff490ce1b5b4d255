# SPDX-License-Identifier: BSD-2-Clause
"""Building the boot image: an ISO 9660 file system with two GRUB core images (BIOS El Torito, which
also serves the MBR of a USB stick, and a FAT image for UEFI). Only the GRUB modules listed here
are in it. Every date, serial number and UUID is fixed, so equal inputs give equal bytes."""
import os
import pathlib
import shutil
import subprocess
import tempfile

# 2026-01-01 00:00:00 UTC: the date of everything inside the image.
EPOCH = 1767225600
ISO_DATE = "2026010100000000"
FAT_SERIAL = "51554952"
GRUB = pathlib.Path("/usr/lib/grub")
EARLY_CONFIG = pathlib.Path(__file__).resolve().parents[2] / "conf" / "grub-early.cfg"

MODULES_COMMON = ["normal", "configfile", "search", "search_fs_file", "iso9660", "multiboot2", "all_video",
                  "part_msdos", "part_gpt", "echo", "test", "minicmd"]
MODULES_BIOS = ["biosdisk"]
MODULES_UEFI = ["fat"]

# part, Debian package its version is read from, licence, source package
PARTS = [
    ("grub core image, BIOS", "grub-pc-bin", "GPL-3.0-or-later", "grub2"),
    ("grub MBR for USB sticks (boot_hybrid.img)", "grub-pc-bin", "GPL-3.0-or-later", "grub2"),
    ("grub core image, UEFI", "grub-efi-amd64-bin", "GPL-3.0-or-later", "grub2"),
]


class ImageError(Exception):
    """The image cannot be built; the text says why."""


def tool_environment():
    """Environment for the tools: fixed dates, zone and language, whatever the caller's are."""
    return dict(os.environ, SOURCE_DATE_EPOCH=str(EPOCH), TZ="UTC", LC_ALL="C", MTOOLSRC="/dev/null")


def run_tool(*command):
    """Run a tool quietly; its output is shown only when it fails."""
    try:
        done = subprocess.run(command, env=tool_environment(), stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    except FileNotFoundError:
        raise ImageError(f"{command[0]} is not installed") from None
    if done.returncode != 0:
        raise ImageError(f"{command[0]} failed with status {done.returncode}:\n{done.stdout}")
    return done.stdout


def _early_config(output):
    """GRUB's embedded script is read by its smallest parser, which knows no comments."""
    lines = EARLY_CONFIG.read_text(encoding="utf-8").splitlines(keepends=True)
    output.write_text("".join(line for line in lines if not line.startswith("#")), encoding="utf-8")


def _grub_core(target, modules, output, early):
    folder = GRUB / target.replace("-eltorito", "")
    if not folder.is_dir():
        raise ImageError(f"{folder} is missing (packages grub-pc-bin and grub-efi-amd64-bin)")
    run_tool("grub-mkimage", "-O", target, "-d", str(folder), "-p", "/boot/grub", "-c", str(early),
             "-o", str(output), *MODULES_COMMON, *modules)


def _efi_image(program, output):
    """A FAT file system that holds EFI/BOOT/BOOTX64.EFI, sized to fit."""
    kib = (program.stat().st_size // 1024 + 64 + 31) // 32 * 32
    with open(output, "wb") as image:
        image.truncate(kib * 1024)
    os.utime(program, (EPOCH, EPOCH))
    run_tool("mformat", "-i", str(output), "-N", FAT_SERIAL, "-h", "2", "-s", "32", "-t", str(kib // 32),
             "-c", "1", "-v", "QUIREEFI", "::")
    run_tool("mmd", "-i", str(output), "::/EFI", "::/EFI/BOOT")
    run_tool("mcopy", "-m", "-i", str(output), str(program), "::/EFI/BOOT/BOOTX64.EFI")
    _fix_fat_dates(output)


def _fix_fat_dates(path):
    """mformat and mmd write the current time into directory entries: set all of them to EPOCH.
    2026-01-01 in FAT terms is (46 << 9 | 1 << 5 | 1); times are zero."""
    date = (46 << 9 | 1 << 5 | 1).to_bytes(2, "little")
    data = bytearray(path.read_bytes())
    sector, cluster_sectors = int.from_bytes(data[11:13], "little"), data[13]
    reserved, fats = int.from_bytes(data[14:16], "little"), data[16]
    root_entries = int.from_bytes(data[17:19], "little")
    root = (reserved + fats * int.from_bytes(data[22:24], "little")) * sector
    area = root + root_entries * 32
    pending = [(root, root_entries)]
    while pending:
        start, count = pending.pop()
        for at in range(start, start + count * 32, 32):
            if data[at] == 0:
                break
            if data[at + 11] == 0x0F:
                continue
            data[at + 12:at + 18] = bytes(4) + date
            data[at + 18:at + 20] = date
            data[at + 22:at + 26] = bytes(2) + date
            cluster = int.from_bytes(data[at + 26:at + 28], "little")
            if data[at + 11] & 0x10 and data[at:at + 1] != b".":
                size = cluster_sectors * sector
                pending.append((area + (cluster - 2) * size, size // 32))
    path.write_bytes(data)


def _tree(folder, kernel, boot_archive, config):
    """The files of the ISO, with fixed modes and dates."""
    (folder / "boot" / "grub").mkdir(parents=True)
    (folder / "boot" / "quire").mkdir()
    shutil.copyfile(kernel, folder / "boot" / "quire" / "quire.elf")
    shutil.copyfile(boot_archive, folder / "boot" / "quire" / "boot.tar")
    shutil.copyfile(config, folder / "boot" / "grub" / "grub.cfg")
    early = folder.parent / "early.cfg"
    _early_config(early)
    _grub_core("i386-pc-eltorito", MODULES_BIOS, folder / "boot" / "grub" / "bios.img", early)
    efi_program = folder.parent / "bootx64.efi"
    _grub_core("x86_64-efi", MODULES_UEFI, efi_program, early)
    _efi_image(efi_program, folder / "efi.img")
    for path in sorted(folder.rglob("*"), reverse=True):
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (EPOCH, EPOCH))
    folder.chmod(0o755)
    os.utime(folder, (EPOCH, EPOCH))


def _licences(version, musl):
    rows = [("part", "version", "licence", "source package")]
    rows.append(("kernel, libl4, pager, root task, servers", version, "BSD-2-Clause", "quire"))
    if musl:
        rows.append(("musl libc, in test/foreign", musl, "MIT", "musl (Debian)"))
    for part, package, licence, source in PARTS:
        found = run_tool("dpkg-query", "-W", "-f", "${Version}", package).strip()
        rows.append((part, found, licence, f"{source} (Debian)"))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() + "\n" for row in rows)


def build(kernel, boot_archive, config, version, output, musl=None):
    """Write the image OUTPUT and OUTPUT.licences; MUSL: version of the musl that a program in it is linked with."""
    output = pathlib.Path(output)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".image-") as work:
        folder, new = pathlib.Path(work) / "tree", pathlib.Path(work) / "new.iso"
        folder.mkdir()
        _tree(folder, kernel, boot_archive, config)
        run_tool("xorriso", "-as", "mkisofs", "-quiet", "-r", "-J", "-V", "QUIRE", "-o", str(new),
                 f"--modification-date={ISO_DATE}", "--set_all_file_dates", "set_to_mtime",
                 "--grub2-mbr", str(GRUB / "i386-pc" / "boot_hybrid.img"), "--protective-msdos-label",
                 "-b", "boot/grub/bios.img", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table",
                 "--grub2-boot-info", "--efi-boot", "efi.img", "-efi-boot-part", "--efi-boot-image", str(folder))
        licences = output.with_name(output.name + ".licences")
        licences.write_text(_licences(version, musl), encoding="utf-8")
        os.replace(new, output)
