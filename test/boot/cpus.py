#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""All processors come up, on every way to boot and with every kind of local APIC there is to try, and the
system runs a command beside them. Prints TAP."""
import os
import pathlib
import re
import subprocess
import tempfile

RUN, IMAGE = os.environ["QUIRE_RUN"], os.environ["QUIRE_IMAGE"]
GRUB_CFG = "/boot/grub/grub.cfg"
WRMSR = "/usr/lib/grub/i386-pc/wrmsr.mod"

# processors, options of scripts/run, what the log says about x2APIC mode
MACHINES = (
    *((count, ["--kernel"], "absent") for count in (1, 2, 4, 16, 64)),
    *((count, [], "absent") for count in (1, 2, 16)),
    (3, ["--uefi"], "absent"),
    (64, ["--uefi"], "absent"),
    (4, ["--cpu", "qemu64"], "absent"),
    (2, ["--icount", "--kernel"], "absent"),
    (4, ["--bochs", "haswell"], "on"),
    (4, ["--bochs", "haswell", "--append", "x2apic=off"], "off"),
)


def run(count, *options, image=IMAGE):
    source = () if "--kernel" in options else ("--image", image)
    command = [RUN, "--headless", "--timeout", "100", *source, "--smp", str(count), "--command", "echo up", *options]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                          check=False)


def comes_up(done, count, x2apic):
    lines = re.findall(r"^boot: cpus .*?\r?$", done.stderr, re.M)
    good = done.returncode == 0 and done.stdout == "up\n" and f"boot: feature x2apic {x2apic}" in done.stderr \
        and [line.strip() for line in lines] == [f"boot: cpus found={count} online={count}"] \
        and "boot: tsc" not in done.stderr
    return good, f"{count} of {count} processors, x2APIC {x2apic}", f"status {done.returncode}: {done.stderr}"


def hand_over_in_x2apic_mode():
    """GRUB switches the boot processor's local APIC before it starts the kernel, which may not switch it back,
    although it is told not to use this mode."""
    with tempfile.TemporaryDirectory() as folder:
        config, image = pathlib.Path(folder) / "grub.cfg", pathlib.Path(folder) / "quire.iso"
        subprocess.run(["xorriso", "-osirrox", "on", "-indev", IMAGE, "-extract", GRUB_CFG, str(config)],
                       capture_output=True, check=True)
        text = re.sub(r"^( *)multiboot2", r"\1insmod /boot/grub/wrmsr.mod\n\1wrmsr 0x1b 0xfee00d00\n\1multiboot2",
                      config.read_text(encoding="utf-8"), flags=re.M)
        config.chmod(0o644)
        config.write_text(text, encoding="utf-8")
        subprocess.run(["xorriso", "-indev", IMAGE, "-outdev", str(image), "-boot_image", "any", "replay", "-map",
                        str(config), GRUB_CFG, "-map", WRMSR, "/boot/grub/wrmsr.mod"], capture_output=True, check=True)
        return comes_up(run(4, "--bochs", "haswell", "--append", "x2apic=off", image=str(image)), 4, "on")


def tests():
    for count, options, x2apic in MACHINES:
        yield f"{count} processors, {' '.join(options)}", comes_up(run(count, *options), count, x2apic)
    yield "x2APIC on at hand-over", hand_over_in_x2apic_mode()


def main():
    lost = count = 0
    for name, (good, expected, got) in tests():
        count += 1
        lost += not good
        print(f"{'ok' if good else 'not ok'} {count} - {name}", flush=True)
        if not good:
            print(f"# expected {expected}\n# got {got}".replace("\n", "\n# "))
    print(f"1..{count}")
    return 1 if lost else 0


raise SystemExit(main())
