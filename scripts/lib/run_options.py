# SPDX-License-Identifier: BSD-2-Clause
"""Command line of scripts/run. Usage errors end with status 125."""
import argparse
import os
import sys

STATUS_PANIC = 120
STATUS_RESET = 121
STATUS_BUILD = 122
STATUS_REFUSED = 123
STATUS_TIMEOUT = 124
STATUS_USAGE = 125

STATUS_TEXT = """exit status: the command's own, 0-99 (higher becomes 99); 120 kernel panic; 121 reset or QEMU
ended by itself; 122 build or image failed; 123 machine refused; 124 timeout; 125 usage"""


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        sys.stderr.write(f"run: {message}\n")
        sys.exit(STATUS_USAGE)


def _positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a positive number")
    return value


def _seconds(text):
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' is not a positive number of seconds")
    return value


def _addition(text):
    host, colon, guest = text.rpartition(":")
    if not colon or not host or not guest.strip("/"):
        raise argparse.ArgumentTypeError(f"'{text}' is not HOST:GUEST")
    return host, guest


def _command(text):
    if "\n" in text or not text.strip():
        raise argparse.ArgumentTypeError("a command is one line that is not empty")
    return text


def parser():
    made = _Parser(prog="run", usage="scripts/run [options] [-- QEMU-ARGS]", allow_abbrev=False, epilog=STATUS_TEXT,
                   description="Build Quire and boot it in QEMU.")
    add = made.add_argument
    add("--headless", action="store_true", help="no keyboard input; the log goes to stderr")
    add("--timeout", type=_seconds, metavar="S", help="stop after S seconds with status 124")
    add("--command", action="append", type=_command, default=[], metavar="CMD",
        help="run CMD in the shell, then power off (repeatable); its output goes to stdout")
    add("--smp", type=_positive, default=1, metavar="N", help="processors (1)")
    add("--memory", type=_positive, default=512, metavar="MIB", help="memory in MiB (512)")
    add("--uefi", action="store_true", help="boot by UEFI firmware instead of a BIOS")
    add("--kernel", action="store_true", help="boot without GRUB, by PVH")
    add("--cpu", default="max", metavar="MODEL", help="QEMU processor model (max)")
    add("--icount", action="store_true", help="deterministic instruction counting")
    add("--image", default="release", metavar="debug|release|check|PATH.iso", help="what to boot (release)")
    add("--add", action="append", type=_addition, default=[], metavar="HOST:GUEST",
        help="put a file into the boot archive (repeatable)")
    add("--manifest", metavar="FILE", help="manifest to use instead of the built one")
    add("--append", action="append", default=[], metavar="ARG", help="kernel boot argument (repeatable)")
    add("--serial-log", metavar="FILE", help="write a copy of the serial line to FILE")
    add("--bochs", metavar="MODEL", help="boot in Bochs with this processor model")
    add("--gdb", action="store_true", help="stop before the first instruction, wait for gdb on port 1234")
    add("--dry-run", action="store_true", help="print the QEMU command line and do nothing")
    add("--yes", action="store_true", help="install missing packages without asking")
    return made


def _check(options, made):
    if options.image not in ("debug", "release", "check"):
        if not options.image.endswith(".iso"):
            made.error(f"--image '{options.image}' is neither debug, release, check nor a .iso file")
        if not os.path.isfile(options.image):
            made.error(f"no image {options.image}")
    for host, _ in options.add:
        if not os.path.isfile(host):
            made.error(f"no file {host}")
    if options.manifest and not os.path.isfile(options.manifest):
        made.error(f"no file {options.manifest}")
    if options.kernel and options.uefi:
        made.error("--kernel and --uefi exclude each other")
    if options.bochs and (options.kernel or options.uefi or options.icount or options.gdb or options.qemu):
        made.error("--bochs takes none of --kernel, --uefi, --icount, --gdb, QEMU-ARGS")
    if options.icount and options.cpu != "max":
        made.error("--icount implies --cpu max")


def parse(arguments):
    """Options with .qemu (what follows --) and .interactive."""
    qemu = []
    if "--" in arguments:
        at = arguments.index("--")
        arguments, qemu = arguments[:at], arguments[at + 1:]
    made = parser()
    options = made.parse_args(arguments)
    options.qemu = qemu
    options.interactive = not (options.headless or options.command or options.bochs)
    _check(options, made)
    return options
