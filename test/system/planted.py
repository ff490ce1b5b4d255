#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The fast paths do what the slow path does: test/equality makes 300,000 calls both ways. And it would notice: with
one line of arch/x86_64/entry/fast.asm changed, for each of the changes below, it fails, the kernel panics, or the
machine hangs."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
from session import RUN, report  # noqa: E402

ROOT = pathlib.Path(RUN).resolve().parents[1]
IMAGE = pathlib.Path(os.environ["QUIRE_IMAGE"])
WORK = ROOT / "build" / "planted"
TREE, OUT, ISO = WORK / "tree", WORK / "out", WORK / "planted.iso"
SOURCE = "arch/x86_64/entry/fast.asm"
COPIED = ("CMakeLists.txt", "CMakePresets.json", "arch", "conf", "kernel", "libl4", "pager", "roottask", "scripts", "test")
CALLS = 300000
SECONDS = 15  # that a planted kernel has from the machine's start
ENDS = {120: "panic", 121: "reset", 124: "hang"}  # statuses of scripts/run

# (name, old text, new text): the old one stands exactly once in the source.
BUGS = (
    ("the handle is not compared",
     "    cmp     rdi, [rcx + C_HANDLE]       ;",
     "    cmp     rdi, rdi                    ;"),
    ("the mask lets a handle lead into the middle of a slot",
     "    and     ecx, SLOT_MASK ",
     "    and     ecx, SLOT_MASK | 8 "),
    ("the cost is not looked at",
     "    sub     bl, [rsp + A_COST] ",
     "    sub     bl, 1 "),
    ("one more call is nested than may be",
     "    FIND_FREE\n    jl      not_entry\n",
     "    FIND_FREE\n    cmp     bl, -1\n    jl      not_entry\n"),
    ("a reply leaves the way back where it is",
     "    mov     [r11 + A_LINK], rsp         ; the way back is gone: there is one reply\n",
     ""),
    ("a reply to nobody is taken for one to somebody",
     "    cmp     qword [rbx + A_LIVE], 0     ; nobody",
     "    cmp     rsp, 0                      ; nobody"),
    ("reply_wait does not look whether the caller in hand has called by a fast path",
     "    cmp     byte [rcx + A_QUEUE], FAST_CALLER\n",
     "    cmp     ecx, ecx\n"),
    ("a receiver runs before those who are ready and better",
     "    cmp     ebx, [abs CPU_TOP]          ; not worse than who is ready; and the caller may queue\n    jb ",
     "    cmp     ebx, [abs CPU_TOP]          ; not worse than who is ready; and the caller may queue\n    ja "),
    ("a queue server gets the badge of the next slot",
     "    mov     rdi, [rcx + C_BADGE]\n    mov     rcx, [rsp + A_RIP]",
     "    mov     rdi, [rcx + C_BADGE + 32]\n    mov     rcx, [rsp + A_RIP]"),
    ("a queue server finds its caller's UTCB pointer",
     "    mov     rbx, [rsp + A_UTCB]\n    mov     [abs CPU_USER_WORD], rbx\n",
     "    mov     rbx, [rsp + A_UTCB]\n"),
    ("a queue server runs in its caller's space",
     "    ENTER_SPACE rsp, rdi\n    mov     rdi, [rcx + C_BADGE]\n    mov     rcx, [rsp + A_RIP]",
     "    mov     rdi, [rcx + C_BADGE]\n    mov     rcx, [rsp + A_RIP]"),
    ("of 64 memory words and more, 64 are not copied",
     "    movzx   ecx, ah\n",
     "    movzx   ecx, ah\n    and     ecx, 63\n"),
    ("one memory word more may be copied than there are",
     "    cmp     ah, WORDS_MEM_MAX\n",
     "    cmp     ah, WORDS_MEM_MAX + 1\n"),
    ("reply_wait takes any handle of the space for the gate waited on",
     "    cmp     rdi, [r11 + A_WAIT_HANDLE]  ;",
     "    cmp     rdi, rdi                    ;"),
    ("the alignment check is on in the other program",
     "    mov     r11d, RFLAGS_CLEAN\n    o64 sysret",
     "    mov     r11d, RFLAGS_CLEAN | 0x40000\n    o64 sysret"),
    ("an address of the kernel's stays in rdi after reply_wait",
     "    xor     edi, edi\n    mov     rsp, [rcx + A_RSP]",
     "    mov     rsp, [rcx + A_RSP]"),
    ("a queue call leaves the caller as it is for a plain reply",
     "    and     qword [r11 + A_LIVE], 0     ;",
     "    and     qword [r11 + A_LIVE], -1    ;"),
    ("a foreign call does not get its rbx back",
     "    mov     rbx, [abs CPU_USER_RSP]\n    jmp     entry_slow",
     "    jmp     entry_slow"),
)


def sources(root):
    """Paths below ROOT of all files that are copied."""
    for name in COPIED:
        for path in [root / name] if (root / name).is_file() else sorted((root / name).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(root)


def copy_tree():
    """The sources, beside their build folder; what is there and unchanged stays, so that Ninja sees no news."""
    wanted = set(sources(ROOT))
    for name in set(sources(TREE)) - wanted:
        (TREE / name).unlink()
    for name in wanted:
        there = TREE / name
        if not there.exists() or there.read_bytes() != (ROOT / name).read_bytes():
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, there)
            shutil.copymode(ROOT / name, there)


def tool(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          cwd=TREE, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}:\n{done.stdout.decode('utf-8', 'replace')[-3000:]}")


def build(text):
    """An image whose kernel has TEXT as its fast paths."""
    source = TREE / SOURCE
    if source.read_text(encoding="utf-8") != text:
        source.write_text(text, encoding="utf-8")
    if not (OUT / "build.ninja").exists():
        tool("cmake", "--preset", "check", "-B", str(OUT))
    tool("cmake", "--build", str(OUT), "--target", "quire.elf")
    tool("objcopy", "--strip-all", str(OUT / "quire.elf"), str(OUT / "planted.elf"))
    ISO.unlink(missing_ok=True)
    tool("xorriso", "-indev", str(IMAGE), "-outdev", str(ISO), "-boot_image", "any", "replay",
         "-map", str(OUT / "planted.elf"), "/boot/quire/quire.elf")


def play(seconds):
    done = subprocess.run([RUN, "--headless", "--kernel", "--image", str(ISO), "--timeout", str(seconds), "--append",
                           "recount=0", "--command", f"equality 1 {CALLS}"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def finding(status, out):
    """How it was found; None if it was not, or for a reason that has nothing to do with it."""
    if status in ENDS:
        return ENDS[status] + ("" if "two worlds" in out else " before the test")
    found = re.search(r"^# (step .*)", out, flags=re.MULTILINE)
    return found.group(1) if status == 1 and found else None


def as_it_is():
    build((ROOT / SOURCE).read_text(encoding="utf-8"))
    status, out, log = play(120)
    print("".join(f"{line}\n" for line in out.splitlines() if line.startswith("# ")), end="")
    if status:
        print("".join(f"# {line}\n" for line in log.splitlines()[-30:]), end="")
    yield status, 0
    yield bool(re.search(r"^1\.\.\d+$", out, flags=re.MULTILINE)), True


def each_is_found():
    text = (ROOT / SOURCE).read_text(encoding="utf-8")
    for name, old, new in BUGS:
        yield (name, text.count(old)), (name, 1)
        if text.count(old) != 1:
            continue
        build(text.replace(old, new))
        status, out, _ = play(SECONDS)
        how = finding(status, out)
        print(f"# {name}: {how or f'not found, status {status}'}", flush=True)
        yield (name, how is not None), (name, True)


if __name__ == "__main__":
    copy_tree()
    sys.exit(report([as_it_is, each_is_found]))
