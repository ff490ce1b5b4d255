#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What commands write and how they end, by scripts/run --command."""
import pathlib
import sys
import tempfile

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
from session import report, run  # noqa: E402


def missing_file_is_said_in_words():
    yield run(commands=["ls /nosuch"])[:2], (1, "ls: /nosuch: no such file\n")


def commands_run_in_order_until_one_fails():
    status, out, _ = run(commands=["echo one", "cat /nosuch", "echo two"])
    yield (status != 0, out.startswith("one\n"), "two" in out), (True, True, False)


def unknown_command_fails():
    status, out, _ = run(commands=["nosuch"])
    yield (status != 0, "nosuch" in out), (True, True)


def added_files_are_listed_and_read():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "x"
        path.write_bytes(b"\x00\r\n\xff no newline")
        status, out, _ = run("--add", f"{path}:/deep/er/x", commands=["ls /deep/er"])
        yield (status, "x" in out.split()), (0, True)
        status, out, _ = run("--add", f"{path}:/deep/er/x", commands=["cat /deep/er/x"])
        yield (status, out), (0, path.read_bytes().decode("utf-8", "replace"))


def empty_file_is_no_output():
    with tempfile.NamedTemporaryFile() as file:
        yield run("--add", f"{file.name}:/empty", commands=["cat /empty"])[:2], (0, "")


def other_commands_work():
    for command, word in (("help", "help"), ("ps", "vfs"), ("mem", "memory"), ("mem -v", "threads"), ("uptime", "")):
        status, out, _ = run(commands=[command])
        yield (command, status, word in out and out.endswith("\n")), (command, 0, True)


def log_goes_to_stderr():
    status, out, err = run(commands=["echo ok"])
    yield (status, out, "boot: ready" in err), (0, "ok\n", True)


sys.exit(report([missing_file_is_said_in_words, commands_run_in_order_until_one_fails, unknown_command_fails,
                 added_files_are_listed_and_read, empty_file_is_no_output, other_commands_work, log_goes_to_stderr]))
