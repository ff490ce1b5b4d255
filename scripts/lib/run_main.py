#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The Python part of scripts/run; scripts/run has seen to it that the tools are there."""
import os
import pathlib
import secrets
import shlex
import shutil
import signal
import sys
import tempfile

import archive
import bochs
import build
import derive
import image
import loglines
import machine
import output
import qemu
import run_options
import symbols
from run_options import STATUS_BUILD, STATUS_RESET, STATUS_TIMEOUT

LEAVE = "To leave: type poweroff, or press Ctrl-A, then X."


def ready_source(options):
    """Build what is to be booted; returns the image or, for --kernel, the build folder."""
    if options.image.endswith(".iso"):
        return pathlib.Path(options.image)
    folder = build.build(options.image, ["kernel", "archive"] if options.kernel else ["image"])
    source = folder if options.kernel else folder / "quire.iso"
    if not (folder / "quire.boot.elf" if options.kernel else source).exists():
        raise build.BuildError(f"the build left no {source}")
    return source


def symbol_folder(options):
    """Build folder whose ELF files name the addresses of what is booted."""
    if not options.image.endswith(".iso"):
        return build.BUILD / options.image
    beside = pathlib.Path(options.image).resolve().parent
    return beside if (beside / "quire.elf").exists() else build.BUILD / "release"


def make_boot(options, source, work, marker):
    members = derive.changes(options, marker)
    if options.kernel:
        return derive.derive_files(source, work, members)
    arguments = options.append if options.bochs else machine.kernel_arguments(options)
    return derive.derive_image(source, work, members, arguments)


def show_tail(log, options):
    text = f"run: stopped after {options.timeout:g} s; the last lines of the log:\n"
    sys.stderr.write(text + "".join(f"  {line}\n" for line in log.last))


def boot_machine(options, boot, work, marker):
    """Run the machine with its log and the commands' output connected; returns the status."""
    target = 1 if options.interactive else 2
    copy = open(options.serial_log, "wb") if options.serial_log else None
    log = loglines.Log(symbols.Symbols(symbol_folder(options)), lambda data: os.write(target, data), copy)
    out = output.CommandOutput(marker)
    try:
        session = bochs.Session(options, log, out, work) if options.bochs else qemu.Session(options, log, out)
        status = session.run(boot)
    finally:
        log.finish()
        out.finish()
        if copy:
            copy.close()
    if status == 0 and options.command and not out.begun:
        sys.stderr.write("run: the machine ended well, but none of the commands was started\n")
        return STATUS_RESET
    if status == STATUS_TIMEOUT:
        show_tail(log, options)
    return status


def dry_run(options):
    work = build.BUILD / "run"
    boot = (work / "quire.elf", work / "boot.tar") if options.kernel else work / "quire.iso"
    if options.bochs:
        print(shlex.join(bochs.command_line(work)))
        return 0
    serial = ["mon:stdio", "null"] if options.interactive else ["stdio", f"file:{work / 'commands.out'}"]
    print(shlex.join(machine.command_line(options, boot, *serial)))
    return 0


def main():
    options = run_options.parse(sys.argv[1:])
    if options.dry_run:
        return dry_run(options)
    if options.interactive:
        print(LEAVE, flush=True)
    if options.gdb:
        sys.stderr.write(f"run: waiting for gdb: gdb {symbol_folder(options) / 'quire.elf'} -ex 'target remote :1234'\n")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda caught, _: sys.exit(128 + caught))
    (build.BUILD / "run").mkdir(parents=True, exist_ok=True)
    work = pathlib.Path(tempfile.mkdtemp(dir=build.BUILD / "run"))
    try:
        marker = f"commands-begin-{secrets.token_hex(16)}"
        boot = make_boot(options, ready_source(options), work, marker)
        return boot_machine(options, boot, work, marker)
    except (build.BuildError, image.ImageError, archive.ArchiveError, OSError) as error:
        sys.stderr.write(f"run: {error}\n")
        return STATUS_BUILD
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    finally:
        shutil.rmtree(work, ignore_errors=True)


sys.exit(main())
