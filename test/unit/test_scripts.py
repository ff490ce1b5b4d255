#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The logic of scripts/run and scripts/test that needs no machine: archive, boot arguments, log
lines, the commands' output, TAP, options, QEMU's line. Prints TAP."""
import contextlib
import io
import os
import pathlib
import sys
import tempfile
import types

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "lib"))
import archive  # noqa: E402
import derive  # noqa: E402
import loglines  # noqa: E402
import machine  # noqa: E402
import output  # noqa: E402
import results  # noqa: E402
import run_options  # noqa: E402
import symbols  # noqa: E402


def library_size_is_told():
    import subprocess
    with tempfile.TemporaryDirectory() as folder:
        here = pathlib.Path(folder)
        (here / "a.c").write_text("int f(void) { return 1; }\nint g[4];\n", encoding="utf-8")
        subprocess.run(["gcc", "-c", "-o", here / "a.o", here / "a.c"], check=True)
        subprocess.run(["ar", "rc", here / "lib.a", here / "a.o"], check=True)
        done = subprocess.run([ROOT / "scripts" / "mksize", here / "lib.a", here / "size"], text=True,
                              capture_output=True, check=False)
        yield done.returncode, 0
        yield done.stdout.startswith("lib.a: text ") and done.stdout.endswith("bss 16 bytes\n"), True
        yield "a.o" in (here / "size").read_text(encoding="utf-8"), True


def archive_depends_on_contents_only():
    one = archive.pack({"b": b"2", "a/x": b"\x7fELF"})
    other = archive.pack({"/a/x": b"\x7fELF", "./b": b"2"})
    yield one == other, True
    yield archive.unpack(one), {"a/x": b"\x7fELF", "b": b"2"}
    yield one.find(b"a/x") < one.find(b"b\0\0"), True


def archive_refuses_bad_names():
    for names in (["../x"], ["/"], ["a", "a/b"]):
        try:
            archive.pack({name: b"" for name in names})
            yield f"{names} accepted", "refused"
        except archive.ArchiveError:
            yield True, True


def arguments_are_quoted_for_grub():
    yield derive.quote("debug-exit=0xf4"), "debug-exit=0xf4"
    yield derive.quote("a b"), "'a b'"
    yield derive.quote("it's"), "'it'\\''s'"


def command_file_begins_with_the_marker():
    options = run_options.parse(["--command", "a b", "--command", "c"])
    yield derive.changes(options, "word"), {"etc/autorun": b"echo word\na b\nc\n"}


def _output_of(*pieces):
    reading, writing = os.pipe()
    out = output.CommandOutput("word", writing)
    for piece in pieces:
        out.feed(piece)
    out.finish()
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        return stream.read()


def output_before_the_marker_is_dropped():
    yield _output_of(b"firmware wor", b"d", b"\n\x00\xff\r\n", b"more"), b"\x00\xff\r\nmore"
    yield _output_of(b"firmware word and no end"), b""
    yield _output_of(b"word\nword\n"), b"word\n"


class _Names:
    def line(self, text):
        return text.replace("ip=0x1", "ip=0x1 main+0x1 a.c:1")


def _log(*pieces):
    shown = []
    log = loglines.Log(_Names(), shown.append)
    for piece in pieces:
        log.feed(piece)
    return log, shown


def log_passes_text_on_at_once():
    log, shown = _log(b"$ ec", b"ho")
    yield shown, [b"$ ec", b"ho"]
    log.feed(b"\r\nok\r\n")
    yield b"".join(shown), b"$ echo\r\nok\r\n"
    yield list(log.last), ["$ echo", "ok"]


def log_holds_faults_until_they_have_names():
    _, shown = _log(b"FAU", b"LT: program=x ip=0x1")
    yield shown, []
    log, shown = _log(b"FAULT: program=x ip", b"=0x1\r\nFA\n")
    yield b"".join(shown), b"FAULT: program=x ip=0x1 main+0x1 a.c:1\nFA\n"


def log_notes_what_decides_the_status():
    log, _ = _log(b"boot: ready\nPANIC: x\nUNSUPPORTED: y\nexit: status 7\n")
    yield (log.ready, log.panic, log.refused, log.status), (True, True, True, 7)
    log, _ = _log(b"x boot: ready\nx PANIC: x\nexit: status\n")
    yield (log.ready, log.panic, log.refused, log.status), (False, False, False, None)
    log, _ = _log(b"".join(b"%d\n" % number for number in range(30)))
    yield list(log.last), [str(number) for number in range(10, 30)]


def symbols_find_faults_and_frames():
    found = symbols.Symbols("/nonexistent")
    found.describe = lambda program, address, back=0: f"{program}:{address - back:x}"
    yield found.line("FAULT: program=crash thread=3 ip=0x40"), "FAULT: program=crash thread=3 ip=0x40 crash:40"
    yield found.line("  #0 0xffffffff80001234 old+0x1"), "  #0 0xffffffff80001234 None:ffffffff80001234"
    yield found.line("  #1 vfs: 0x401000"), "  #1 vfs: 0x401000 vfs:400fff"
    yield found.line("hello"), "hello"


def _tap(text, status=0):
    return [(found.name, found.state) for found in results.read_tap("t", text, status)]


def tap_is_read_strictly():
    yield _tap("1..2\nok 1 - a\nok 2 - b\n"), [("t: a", "passed"), ("t: b", "passed")]
    yield _tap("1..1\nnot ok 1 - a\n", 1), [("t: a", "failed")]
    yield _tap("1..1\nnot ok 1 # SKIP a\n")[0][1], "skipped"
    yield _tap("1..0 # SKIP no machine\n"), [("t", "skipped")]
    for text, status in (("", 0), ("ok 1 - a\n", 0), ("1..2\nok 1 - a\n", 0), ("1..1\nok 1 - a\n", 1),
                         ("1..1\nnot ok 1 - a\n", 0)):
        yield _tap(text, status)[-1], ("t", "failed")


def tap_failures_name_expected_and_got():
    found = results.read_tap("t", "1..1\nnot ok 1 - a\n# 0x1 != 0x2\n# a.c:7: error: Failure!\n", 1)[0]
    yield found.expected, "0x2"
    yield found.got.splitlines()[0], "0x1"


def _status_of(arguments):
    with contextlib.redirect_stderr(io.StringIO()):
        try:
            run_options.parse(arguments)
        except SystemExit as end:
            return end.code
    return 0


def options_refuse_with_125():
    for arguments in (["--smp", "0"], ["--smp", "x"], ["--timeout", "nan"], ["--add", "x"], ["--add", "/etc/hostname:"],
                      ["--image", "x"], ["--uefi", "--kernel"], ["--bochs", "x", "--", "-S"], ["more"],
                      ["--icount", "--cpu", "qemu64"], ["--head"], ["--manifest", "/nosuch"]):
        yield (arguments, _status_of(arguments)), (arguments, 125)
    yield _status_of(["--headless", "--smp", "4", "--", "--smp", "0"]), 0


def line_of_qemu_is_as_documented():
    line = machine.command_line(run_options.parse([]), pathlib.Path("a,b.iso"), "mon:stdio", "null")
    yield line[:7], ["qemu-system-x86_64", "-cpu", "max", "-m", "512", "-smp", "1"]
    yield "file=a,,b.iso,format=raw,media=cdrom,readonly=on" in line, True
    line = machine.command_line(run_options.parse(["--icount", "--gdb", "--", "-x"]), ("k", "t"), "s", "t")
    yield line[1:7], ["-accel", "tcg", "-icount", "shift=0", "-cpu", "max"]
    yield line[-3:], ["-S", "-s", "-x"]


def failed_programs_are_failures():
    yield [found.state for found in results.run_script("t", ["false"], 9)], ["failed"]
    yield [found.state for found in results.run_script("t", ["true"], 9, tap=True)], ["failed"]
    yield [found.state for found in results.run_script("t", ["sh", "-c", "exit 77"], 9)], ["skipped"]
    yield [found.state for found in results.run_script("t", ["sleep", "9"], 0.1)], ["failed"]


def additions_replace_members():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "boot.tar"
        archive.write(path, {"etc/manifest": b"old", "pager": b"p"})
        derive._change_archive(path, {"etc/manifest": b"new"})
        yield archive.unpack(path.read_bytes()), {"etc/manifest": b"new", "pager": b"p"}


def main():
    tests = [value for value in globals().values() if isinstance(value, types.FunctionType)
             and not value.__name__.startswith("_") and value.__name__ != "main"]
    lost = 0
    for number, test in enumerate(tests, 1):
        wrong = [(got, expected) for got, expected in test() if got != expected]
        lost += bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} {number} - {test.__name__}")
        for got, expected in wrong:
            print(f"# expected {expected!r}\n# got {got!r}")
    print(f"1..{len(tests)}")
    return 1 if lost else 0


sys.exit(main())
