# SPDX-License-Identifier: BSD-2-Clause
"""The QEMU command line. The device isa-debug-exit at port 0xf4 lets the guest end QEMU with a
status; serial line 1 is log and console, line 2 carries the output of --command."""
EXIT_PORT = "0xf4"
OVMF = "/usr/share/ovmf/OVMF.fd"


def kernel_arguments(options):
    return [f"debug-exit={EXIT_PORT}", *options.append]


def quoted(path):
    """QEMU takes a doubled comma in an option for a comma."""
    return str(path).replace(",", ",,")


def _processor(options):
    if options.icount:
        return ["-accel", "tcg", "-icount", "shift=0", "-cpu", "max"]
    return ["-cpu", options.cpu]


def command_line(options, boot, serial_1, serial_2, qmp=None):
    """BOOT is an image, or a pair of kernel and archive; SERIAL_* are values for -serial or
    ('fd', N) for a connected socket; QMP is a socket number."""
    line = ["qemu-system-x86_64", *_processor(options), "-m", str(options.memory), "-smp", str(options.smp)]
    line += ["-display", "none", "-nic", "none", "-no-reboot"]
    line += ["-device", f"isa-debug-exit,iobase={EXIT_PORT},iosize=0x04"]
    if options.uefi:
        line += ["-bios", OVMF]
    if isinstance(boot, tuple):
        line += ["-kernel", str(boot[0]), "-initrd", str(boot[1]), "-append", " ".join(kernel_arguments(options))]
    else:
        line += ["-drive", f"file={quoted(boot)},format=raw,media=cdrom,readonly=on"]
    for number, serial in enumerate((serial_1, serial_2), 1):
        if isinstance(serial, tuple):
            line += ["-chardev", f"socket,id=com{number},fd={serial[1]}", "-serial", f"chardev:com{number}"]
        else:
            line += ["-serial", serial]
    if qmp is not None:
        line += ["-chardev", f"socket,id=qmp,fd={qmp}", "-mon", "chardev=qmp,mode=control"]
    if options.gdb:
        line += ["-S", "-s"]
    return line + options.qemu
