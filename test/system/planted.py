#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The fast paths do what the slow path does: test/equality makes 300,000 calls both ways, and operations on events. And
it would notice: with one line of arch/x86_64/entry/fast.asm or fast_event.asm changed, for each of the changes below,
it fails, the kernel panics, or the machine hangs. Likewise test/crossing with one of fast_event.asm."""
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
ENTRY = "arch/x86_64/entry"
COPIED = ("CMakeLists.txt", "CMakePresets.json", "arch", "conf", "kernel", "libl4", "pager", "roottask", "scripts", "test")
EQUALITY, CROSSING = "equality 1 300000", "crossing"
COMMANDS = {"fast.asm": (EQUALITY,), "fast.inc": (EQUALITY,), "fast_event.asm": (EQUALITY, CROSSING)}
SECONDS = 45  # that a planted kernel has from the start of the machine: more than one without a fault takes
ENDS = {120: "panic", 121: "reset", 124: "hang"}  # statuses of scripts/run

# (source, name, old text, new text, and who finds it if not all commands of the source do): the old one stands exactly
# once in the source.
BUGS = (
    ("fast.asm", "the handle is not compared",
     "    cmp     rdi, [rcx + C_HANDLE]       ;",
     "    cmp     rdi, rdi                    ;"),
    ("fast.asm", "the mask lets a handle lead into the middle of a slot",
     "    and     ecx, SLOT_MASK ",
     "    and     ecx, SLOT_MASK | 8 "),
    ("fast.asm", "the cost is not looked at",
     "    sub     bl, [rsp + A_COST] ",
     "    sub     bl, 1 "),
    ("fast.asm", "one more call is nested than may be",
     "    FIND_FREE\n    jl      not_entry\n",
     "    FIND_FREE\n    cmp     bl, -1\n    jl      not_entry\n"),
    ("fast.asm", "a reply leaves the way back where it is",
     "    mov     [r11 + A_LINK], rsp         ; the way back is gone: there is one reply\n",
     ""),
    ("fast.asm", "a reply to nobody is taken for one to somebody",
     "    cmp     qword [rbx + A_LIVE], 0     ; nobody",
     "    cmp     rsp, 0                      ; nobody"),
    ("fast.asm", "reply_wait does not look whether the caller in hand has called by a fast path",
     "    cmp     byte [rcx + A_QUEUE], FAST_CALLER\n",
     "    cmp     ecx, ecx\n"),
    ("fast.asm", "a receiver runs before those who are ready and better",
     "    cmp     ebx, [abs CPU_TOP]          ; not worse than who is ready; and the caller may queue\n    jb ",
     "    cmp     ebx, [abs CPU_TOP]          ; not worse than who is ready; and the caller may queue\n    ja "),
    ("fast.asm", "a queue server gets the badge of the next slot",
     "    mov     rdi, [rcx + C_BADGE]\n    mov     rcx, [rsp + A_RIP]",
     "    mov     rdi, [rcx + C_BADGE + 32]\n    mov     rcx, [rsp + A_RIP]"),
    ("fast.asm", "a queue server finds its caller's UTCB pointer",
     "    mov     rbx, [rsp + A_UTCB]\n    mov     [abs CPU_USER_WORD], rbx\n",
     "    mov     rbx, [rsp + A_UTCB]\n"),
    ("fast.asm", "a queue server runs in its caller's space",
     "    ENTER_SPACE rsp, rdi\n    mov     rdi, [rcx + C_BADGE]\n    mov     rcx, [rsp + A_RIP]",
     "    mov     rdi, [rcx + C_BADGE]\n    mov     rcx, [rsp + A_RIP]"),
    ("fast.asm", "of 64 memory words and more, 64 are not copied",
     "    movzx   ecx, ah\n",
     "    movzx   ecx, ah\n    and     ecx, 63\n"),
    ("fast.asm", "one memory word more may be copied than there are",
     "    cmp     ah, WORDS_MEM_MAX\n",
     "    cmp     ah, WORDS_MEM_MAX + 1\n"),
    ("fast.asm", "reply_wait takes any handle of the space for the gate waited on",
     "    cmp     rdi, [r11 + A_WAIT_HANDLE]  ;",
     "    cmp     rdi, rdi                    ;"),
    ("fast.inc", "the alignment check is on in the other program",
     "    mov     r11d, RFLAGS_CLEAN\n    o64 sysret",
     "    mov     r11d, RFLAGS_CLEAN | 0x40000\n    o64 sysret"),
    ("fast.asm", "an address of the kernel's stays in rdi after reply_wait",
     "    xor     edi, edi\n    mov     rsp, [rcx + A_RSP]",
     "    mov     rsp, [rcx + A_RSP]"),
    ("fast.asm", "a queue call leaves the caller as it is for a plain reply",
     "    and     qword [r11 + A_LIVE], 0     ;",
     "    and     qword [r11 + A_LIVE], -1    ;"),
    ("fast.asm", "a foreign call does not get its rbx back",
     "    mov     rbx, [abs CPU_USER_RSP]\n    jmp     entry_slow",
     "    jmp     entry_slow"),
    ("fast_event.asm", "who is woken finds a register of the caller's",
     "    xor     r9d, r9d\n",
     ""),
    ("fast_event.asm", "who is woken finds the caller's vector registers",
     "    xrstor64 [abs fpu_initial]\n",
     "",
     CROSSING),
    ("fast_event.asm", "who is woken runs in the caller's space",
     "    mov     cr3, rcx\n",
     ""),
    ("fast_event.asm", "who is woken is told of other bits than it waits for",
     "    and     r8, [rsp + N_MASK]\n",
     ""),
    ("fast_event.asm", "who waits gets words of an earlier call",
     "    or      byte [r11 + A_FLAGS], ACT_FORGOT\n",
     ""),
    ("fast_event.asm", "who may only signal may wait",
     "    FIND_EVENT RIGHT_WAIT\n",
     "    FIND_EVENT RIGHT_CALL\n",
     EQUALITY),
    ("fast_event.asm", "bits that were taken stay",
     "    xor     [rdi + E_PENDING], rbx\n",
     "",
     EQUALITY),
    ("fast_event.asm", "a signal without bits is none the worse",
     "    test    rdx, rdx                    ; no bits are an error\n    jz      slow_record\n",
     "",
     EQUALITY),
    ("fast_event.asm", "the second who is woken takes the place of the first",
     "    cmp     qword [abs CPU_WOKEN], 0\n    jne     slow_record\n",
     "",
     EQUALITY),
    ("fast_event.asm", "somebody better is woken and does not run at once",
     "    jb      slow_record                 ; it is better than the caller: it runs at once\n",
     "",
     EQUALITY),
    ("fast_event.asm", "a caller in hand is forgotten",
     "    cmp     qword [r11 + A_LINK], null_activation ; nobody in hand, which nobody finds in a link then\n",
     "    cmp     r11, r11\n",
     EQUALITY),
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


def build(name, text):
    """An image whose kernel has TEXT as source NAME of its fast paths."""
    for source in COMMANDS:
        wanted = text if source == name else (ROOT / ENTRY / source).read_text(encoding="utf-8")
        there = TREE / ENTRY / source
        if there.read_text(encoding="utf-8") != wanted:
            there.write_text(wanted, encoding="utf-8")
    if not (OUT / "build.ninja").exists():
        tool("cmake", "--preset", "check", "-B", str(OUT))
    tool("cmake", "--build", str(OUT), "--target", "quire.elf")
    tool("objcopy", "--strip-all", str(OUT / "quire.elf"), str(OUT / "planted.elf"))
    ISO.unlink(missing_ok=True)
    tool("xorriso", "-indev", str(IMAGE), "-outdev", str(ISO), "-boot_image", "any", "replay",
         "-map", str(OUT / "planted.elf"), "/boot/quire/quire.elf")


def play(command, seconds):
    done = subprocess.run([RUN, "--headless", "--kernel", "--image", str(ISO), "--timeout", str(seconds), "--append",
                           "recount=0", "--command", command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def finding(status, out):
    """How it was found; None if it was not, or for a reason that has nothing to do with it."""
    if status in ENDS:
        return ENDS[status] + ("" if "two worlds" in out or "ok 1" in out else " before the test")
    found = re.search(r"^# (step .*|check_events.*)", out, flags=re.MULTILINE)
    return found.group(1) if status == 1 and found else None


def as_it_is():
    build(None, None)
    for command in (EQUALITY, CROSSING):
        status, out, log = play(command, 120)
        print("".join(f"{line}\n" for line in out.splitlines() if line.startswith("# ")), end="")
        if status:
            print("".join(f"# {line}\n" for line in log.splitlines()[-30:]), end="")
        yield status, 0
        yield bool(re.search(r"^1\.\.\d+$", out, flags=re.MULTILINE)), True


def each_is_found():
    for source, name, old, new, *by in BUGS:
        text = (ROOT / ENTRY / source).read_text(encoding="utf-8")
        yield (name, text.count(old)), (name, 1)
        if text.count(old) != 1:
            continue
        build(source, text.replace(old, new))
        for command in by or COMMANDS[source]:
            status, out, _ = play(command, SECONDS)
            how = finding(status, out)
            print(f"# {command}: {name}: {how or f'not found, status {status}'}", flush=True)
            yield (command, name, how is not None), (command, name, True)


if __name__ == "__main__":
    copy_tree()
    sys.exit(report([as_it_is, each_is_found]))
