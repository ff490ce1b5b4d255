#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the root task does with its manifest and its servers: errors by line and key, capabilities that are not
named, servers that die and come back, clients that vanish."""
import os
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
from session import Prompt, report, run  # noqa: E402

MANIFEST = pathlib.Path(os.environ["QUIRE_RUN"]).parent.parent / "conf" / "manifest.ini"


def run_with(text, *commands):
    """A boot with another manifest."""
    with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
        file.write(text)
        file.flush()
        return run("--manifest", file.name, commands=commands)


def without(section, key):
    """The manifest without one line."""
    lines, here = [], None
    for line in MANIFEST.read_text(encoding="utf-8").splitlines():
        here = line if line.startswith("[") else here
        if here != f"[{section}]" or line.partition("=")[0].strip() != key:
            lines.append(line)
    return "\n".join(lines) + "\n"


def wrong_manifest_starts_nothing():
    text = MANIFEST.read_text(encoding="utf-8")
    at = len(text.splitlines())
    status, out, err = run_with(text + "wrong = 1\n[more]\nmemory = 5000\ncap.x = nobody\n", "echo ok")
    yield (status, out), (99, "")
    for line in (f"manifest: line {at + 1}: wrong: no such key", f"manifest: line {at + 3}: memory: not a multiple of 4K",
                 f"manifest: line {at + 4}: cap.x: names no kind and no program"):
        yield (line, line in err), (line, True)
    yield "boot: ready" in err, False
    status, _, err = run_with(text + "[more]\nmemory = 1M\npath = servers/nosuch\n", "echo ok")
    yield (status, f"manifest: line {at + 3}: path: no such file in the boot archive" in err), (99, True)


def capabilities_that_are_not_named_are_not_there():
    for section, key, command, answer in (
            ("shell", "cap.info", "mem -v", "mem: kernel: no such capability\n"),
            ("shell", "cap.vfs", "cat /etc/motd", "cat: /etc/motd: no such capability\n"),
            ("crash", "cap.power", "crash panic", "")):
        status, out, err = run_with(without(section, key), command, "echo on")
        if answer:
            yield (key, status, out.endswith(answer)), (key, 1, True)
        else:
            yield (key, status, out, "kind=no-power-capability" in err), (key, 0, "on\n", True)


def file_server_without_the_archive_has_its_device():
    status, out, err = run_with(without("vfs", "cap.archive"), "ls /", "ls /dev", "cat /etc/motd")
    yield (status, out), (1, "dev/\nconsole\ncat: /etc/motd: no such file\n")
    yield "vfs: archive: no such capability" in err, True


def files_of_ended_clients_are_closed():
    # Each run leaves 32 open; the table has room for 16 such clients.
    status, out, _ = run(commands=["test/vfs"] * 20)
    yield (status, out.count("1..58\n"), "not ok" in out), (0, 20, False)


def clients_do_not_meet():
    text = MANIFEST.read_text(encoding="utf-8") + (
        "[clients]\npath = test/clients\nstart = demand\ncap.out = spawner\ncap.vfs = vfs\ncap.control = control\n"
        "cap.info = info\n")
    status, out, _ = run_with(text, "clients")
    yield (status, [line for line in out.splitlines() if not line.startswith("ok ")][-1:]), (0, ["1..77"])


def interrupt_numbers_are_checked():
    text = MANIFEST.read_text(encoding="utf-8") + (
        "[interrupts]\npath = test/irq\nstart = demand\ncap.out = spawner\ncap.irq = irq 10\n"
        "cap.alarm = irq 8\ncap.rtc = ports 0x70 2\n")
    status, out, _ = run_with(text, "interrupts")
    yield (status, [line for line in out.splitlines() if not line.startswith("ok ")][-1:]), (0, ["1..77"])


def servers_come_back():
    with Prompt() as machine:
        for server in ("vfs", "console"):
            said = machine.command(f"kill {server}") + machine.wait(2)
            yield (server, f"{server}: started again" in said), (server, True)
        yield "server died" in machine.command("cat /etc/motd"), True
        yield "Quire" in machine.command("cat /etc/motd"), True
        yield machine.command("echo ok"), "ok\n"


def server_whose_first_thread_ends_at_once():
    # At a priority above the root task's it has ended before the root task hears that it was started.
    text = re.sub(r"(\[vfs\][^\[]*priority = )\d+", r"\g<1>250", MANIFEST.read_text(encoding="utf-8"))
    status, out, err = run_with(text, "cat /etc/motd")
    yield "priority = 250" in text, True
    yield (status, out[:5], "boot: ready" in err, "server died" in err), (0, "Quire", True, False)


def program_waits_for_a_server_that_did_not_come_up():
    # A server that ends while it starts, a few times; whoever needs it is started when it comes up at last.
    text = MANIFEST.read_text(encoding="utf-8").replace("cap.console = console\n\n[shell]",
                                                        "cap.console = console\ncap.late = late\n\n[shell]")
    text += "[late]\npath = test/late\nargs = 7\nvisitors = 4\nrestart = always\n"
    status, out, err = run_with(text, "cat /etc/motd")
    yield (status, out[:5], "boot: vfs: server not running" in err, "roottask: vfs: started" in err), (
        0, "Quire", True, True)


def killed_tasks_are_gone():
    with Prompt() as machine:
        yield machine.command("kill nobody"), "kill: nobody: no such task\n"
        yield machine.command("kill 99999"), "kill: 99999: no such task\n"
        before = machine.command("mem -v")
        for _ in range(3):
            machine.command("crash null")
            machine.command("bin/hello")
        after = machine.command("mem -v")
        for what in ("spaces alive", "threads alive", "gates alive", "capability slots in use"):
            first, second = ([line for line in text.splitlines() if line.startswith(what)] for text in (before, after))
            yield (what, second), (what, first)


def commands_end_with_the_shell():
    status, out, err = run(commands=["echo one", "kill shell", "echo two"])
    yield (status, out), (99, "one\n")
    yield "shell: it ended over one of its commands" in err, True


def status_of_the_machine():
    yield run(commands=["poweroff 42"])[:2], (42, "")
    yield run(commands=["poweroff 100"])[:2], (2, "usage: poweroff [0-99]\n")
    status, _, err = run(commands=["crash kernel-recursion"])
    yield (status, "PANIC: kernel stack overflow" in err), (120, True)


sys.exit(report([wrong_manifest_starts_nothing, capabilities_that_are_not_named_are_not_there,
                 file_server_without_the_archive_has_its_device, files_of_ended_clients_are_closed, clients_do_not_meet,
                 interrupt_numbers_are_checked, servers_come_back, server_whose_first_thread_ends_at_once,
                 program_waits_for_a_server_that_did_not_come_up,
                 killed_tasks_are_gone, commands_end_with_the_shell, status_of_the_machine]))
