#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The build itself: NASM objects depend on every include file (nasm -MD misses them), mkoffsets
refuses to make an empty or doubtful file, and only the preset ci turns warnings into errors."""
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import tree  # noqa: E402

BUILD = tree.ROOT / "build" / "ci"
KERNEL_FLAGS = ("-mcmodel=kernel", "-mno-red-zone", "-mgeneral-regs-only", "-fno-pie", "-std=c11")


def mkoffsets(assembly):
    """(status, output file's text)"""
    with tempfile.TemporaryDirectory() as folder:
        source, out = pathlib.Path(folder) / "o.s", pathlib.Path(folder) / "o.inc"
        source.write_text(assembly, encoding="utf-8")
        done = subprocess.run([str(tree.ROOT / "scripts" / "mkoffsets"), str(source), str(out)], capture_output=True,
                              check=False)
        return done.returncode, out.read_text(encoding="utf-8") if out.exists() else None


def check_mkoffsets():
    for text, what in (("", "no mark"), ("->A $1\n->A $1\n", "a name twice"), ("-> $1\n", "a mark without name")):
        status, written = mkoffsets(text)
        if status == 0 or written is not None:
            yield f"scripts/mkoffsets: expected failure and no file for {what}, got status {status}, {written!r}"
    status, written = mkoffsets("\t->SIZE $16\n#APP\n\t->LOW $-8 text\n\t->HEX 0x1f\n")
    lines = (written or "").splitlines()[1:]
    if status != 0 or lines != ["%define SIZE 16", "%define LOW -8", "%define HEX 0x1f"]:
        yield f"scripts/mkoffsets: expected three definitions, got status {status}, {lines}"


def objects():
    """NASM objects of the build, as Ninja knows them."""
    listed = subprocess.run(["ninja", "-C", str(BUILD), "-t", "targets", "all"], capture_output=True, text=True,
                            check=True).stdout
    return [line.split(":")[0] for line in listed.splitlines() if line.split(":")[0].endswith(".asm.o")]


def check_dependencies(names):
    includes = {pathlib.Path(name).name for name in tree.files(".inc")} | {"offsets.inc"}
    for name in names:
        inputs = subprocess.run(["ninja", "-C", str(BUILD), "-t", "query", name], capture_output=True, text=True,
                                check=True).stdout.partition("outputs:")[0]
        missing = sorted(include for include in includes if include not in inputs)
        if missing:
            yield f"{name}: does not depend on {' '.join(missing)}"


def check_flags():
    for preset, wanted in (("ci", True), ("release", False)):
        commands = json.loads((tree.ROOT / "build" / preset / "compile_commands.json").read_text(encoding="utf-8"))
        for command in commands:
            text = command["command"].split()
            if any(word.startswith("-fsanitize") for word in text):
                continue  # a host test
            name = str(pathlib.Path(command["file"]).relative_to(tree.ROOT))
            if ("-Werror" in text) != wanted:
                yield f"{preset}: {name}: -Werror {'missing' if wanted else 'given'}"
            if name.startswith("kernel/") and name.endswith(".c"):
                missing = [flag for flag in KERNEL_FLAGS if flag not in text]
                if missing:
                    yield f"{preset}: {name}: compiled without {' '.join(missing)}"
            if name.startswith(("libl4/", "pager/", "roottask/")) and name.endswith(".c"):
                if "-fstack-clash-protection" not in text:
                    yield f"{preset}: {name}: compiled without -fstack-clash-protection"


def main():
    names = objects()
    defects = [*check_mkoffsets(), *check_dependencies(names), *check_flags()]
    tree.report("NASM objects and compiler flags", len(names), defects)


main()
