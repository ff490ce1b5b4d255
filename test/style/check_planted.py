#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The checks can fail: in a small sound tree, each of them passes; with one defect planted, it says
so. The defects are written out here, so this file itself is no part of what is checked for words."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SPDX = "/* SPDX-License-Identifier: BSD-2-Clause */\n"
OWNS = "/* Owns nothing at all. */\n"
NOTE = "/* Halts. */\n"
ABI = "struct l4_pair {\n    int a;\n    int b;\n};\n"
ABI_ASSERTED = ('#include <stddef.h>\n' + ABI + '_Static_assert(sizeof(struct l4_pair) == 8, "size");\n'
                '_Static_assert(offsetof(struct l4_pair, a) == 0, "layout");\n'
                '_Static_assert(offsetof(struct l4_pair, b) == 4, "layout");\n')
TYPES = "kernel/base/types.h"
SOUND = {
    "kernel/base/low.h": SPDX + OWNS + "int low(void);\n",
    "kernel/mem/high.c": SPDX + OWNS + '#include "kernel/base/low.h"\n\nint high(void)\n{\n    return low();\n}\n',
    "kernel/mem/asm.c": SPDX + OWNS + NOTE + 'void halt(void)\n{\n    ASSERT(idle);\n    __asm__ volatile("hlt");\n}\n',
    "libl4/include/l4/abi/pair.h": SPDX + OWNS + ABI_ASSERTED,
    "kernel/mem/high.h": SPDX + OWNS + "int high(void);\n",
}
INIT = '__attribute__((section(".init.text"), noinline)) '
KERNEL_SOURCE = ('#include "libl4/include/l4/abi/pair.h"\nstruct l4_pair pair;\nvoid _start(void);\nvoid go(void);\n'
                 + INIT + "void go(void)\n{\n    _start();\n}\n"
                 "void _start(void)\n{\n    %s\n    pair.a = 1;\n}\n%s\n"
                 '__asm__(".pushsection .init.text\\n .balign 4096\\n .popsection");\n')

# (check, file, its text, part of the message)
DEFECTS = (
    ("format", "kernel/mem/high.c", SPDX + "int  high(void);\n", "clang-formatted"),
    ("layers", "kernel/base/low.h", SPDX + '#include "kernel/mem/high.h"\n', "may include"),
    ("layers", "kernel/base/low.h", SPDX + "#include <stdio.h>\n", "not in the tree"),
    ("layers", "kernel/base/low.h", SPDX + '#include "kernel/base/low.h"\n', "circle"),
    ("layers", "kernel/nowhere/x.c", SPDX, "no rule"),
    ("limits", "kernel/mem/high.c", SPDX + "int x;\n" * 300, "301 lines, limit 300"),
    ("limits", "kernel/mem/high.c", SPDX + "int f(void)\n{\n" + "    x;\n" * 60 + "}\n", "high.c:f: 63 lines"),
    ("limits", "scripts/long.py", "def f():\n" + "    pass\n" * 61, "long.py:f: 62 lines"),
    ("limits", "conf/limits.txt", "limit file-lines 300\nlimit unit-test-lines 500\nlimit function-lines 60\n"
     "limit kernel-text-bytes 65536\nlimit kernel-init-text-bytes 65536\nexcept file a.c 400 because\n", "not needed"),
    ("limits", "conf/limits.txt", "limit file-lines 300\nlimit unit-test-lines 500\nlimit function-lines 60\n"
     "limit kernel-text-bytes 65536\nlimit kernel-init-text-bytes 4\n", ".init.text has"),
    ("init", "conf/init.txt", "address nosuch nobody\n", "nobody takes the address of nosuch"),
    ("beginnings", "kernel/mem/high.c", OWNS + SPDX + "int x;\n", "does not begin with"),
    ("beginnings", "kernel/mem/high.c", SPDX + "int x;\n", "no comment at its beginning"),
    ("beginnings", "kernel/mem/high.c", SPDX + "\n" + OWNS + "int x;\n", "no comment at its beginning"),
    ("beginnings", "kernel/mem/high.c", SPDX + "// sources: kernel/mem/a.c kernel/mem/b.c\nint x;\n", "no comment at its"),
    ("beginnings", "kernel/mem/high.c", SPDX + "/* See low.h. */\nint x;\n", "which does not lie beside it"),
    ("beginnings", "arch/low.asm", "; SPDX-License-Identifier: BSD-2-Clause\n; Low.\n", "no comment at its beginning"),
    ("beginnings", "scripts/low.py", "# SPDX-License-Identifier: BSD-2-Clause\nimport sys\n", "no comment at its beginning"),
    ("text", "kernel/mem/high.c", "int x;\n", "no 'SPDX"),
    ("text", "kernel/mem/high.c", SPDX + "int x; \n", "blanks at the end"),
    ("text", "kernel/mem/high.c", SPDX + "\tint x;\n", "a tab"),
    ("text", "docs/page.md", "# A page\n" + 7 * "<" + " HEAD\n", "a mark of a merge"),
    ("text", "kernel/mem/high.c", SPDX + "/* FIX" "ME */\n", "unfinished"),
    ("asm_notes", "kernel/mem/asm.c", SPDX + NOTE + 'void halt(void)\n{\n    __asm__ volatile("hlt");\n}\n',
     "without an assertion"),
    ("asm_notes", "kernel/mem/asm.c", SPDX + "\nvoid halt(void)\n{\n    ASSERT(1);\n    asm(\"hlt\");\n}\n",
     "without a comment"),
    ("asm_notes", "kernel/mem/asm.c", SPDX + '#include "pte.h"\n\nvoid set(void)\n{\n    *pte = 1;\n}\n',
     "write to a page table"),
    ("asserts", "kernel/mem/asm.c", SPDX + "void f(void)\n{\n    ASSERT(count++ < 4);\n}\n", "changes something"),
    ("asserts", "kernel/mem/asm.c", SPDX + "void f(void)\n{\n    ASSERT(x = 4);\n}\n", "changes something"),
    ("asserts", "kernel/mem/asm.c", SPDX + "void f(void)\n{\n    L4_ASSERT(count >= 0);\n}\n", "cannot fail"),
    ("types", TYPES, "#include <stdint.h>\ntypedef uint64_t paddr_t, vaddr_t, pfn_t, npages_t;\n",
     "expected an error, got a program that compiles"),
    ("abi", "libl4/include/l4/abi/pair.h", SPDX + ABI_ASSERTED.replace("b) == 4", "b) == 8"), "8 asserted"),
    ("abi", "libl4/include/l4/abi/pair.h", SPDX + ABI_ASSERTED.replace("sizeof(struct l4_pair) == 8", "1"),
     "no number asserted"),
)
# (statement planted in the kernel, linker option, part of the message)
ELF_DEFECTS = (
    ('__asm__("stac");', "-Wl,-z,noexecstack", "stac in _start"),
    ('__asm__("swapgs");', "-Wl,-z,noexecstack", "swapgs in _start"),
    ('__asm__("movaps %xmm0, %xmm1");', "-Wl,-z,noexecstack", "vector register in _start"),
    ('__asm__("mov $0xffffffff80100000, %rax\\n call *%rax");', "-Wl,-z,noexecstack", "goes to the fixed"),
    ('__asm__("mov %rax, -0x8(%rsp)");', "-Wl,-z,noexecstack", "red zone in _start"),
    ("", "-Wl,-Ttext-segment=0x400000", "below 0xffffffff80000000"),
    ("", "-Wl,-N", "writable and executable"),
    ("", "-Wl,-z,execstack", "writable and executable"),
)
# (statement planted in the function that stays, planted beside it, linker option, part of the message)
PLAIN = "-Wl,-z,noexecstack"
INIT_DEFECTS = (
    ("go();", "", PLAIN, "_start in .text stays, go in .init.text does not"),
    ("go();", "", PLAIN, "call to go, which goes"),
    ("", "void (*keep)(void) = go;", PLAIN, "keep in .data stays, go in .init.text does not"),
    ("", INIT + "void (*take(void))(void)\n{\n    return go;\n}\n", PLAIN, "take takes the address of go"),
    ("", "", "-Wl,--section-start=.init.text=0xffffffff80600100", "is not whole pages"),
)


def build_kernel(root, statement, option, beside=""):
    folder = root / "build" / "release"
    made = folder / "CMakeFiles" / "quire_objects.dir" / "kernel.c.o"
    made.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["gcc", "-g", "-O1", "-std=gnu11", "-ffreestanding", "-fno-pie", "-mno-red-zone", "-mno-sse", "-mcmodel=kernel",
                    "-fno-toplevel-reorder", "-fno-asynchronous-unwind-tables", "-I", str(root), "-c", "-o", str(made),
                    "-x", "c", "-"],
                   input=KERNEL_SOURCE % (statement, beside), text=True, check=True, capture_output=True)
    subprocess.run(["gcc", "-no-pie", "-nostdlib", "-static", "-Wl,--build-id=none",
                    "-Wl,-Ttext-segment=0xffffffff80100000",
                    "-Wl,--section-start=.init.text=0xffffffff80600000", option, "-o", str(folder / "quire.elf"), str(made)],
                   check=True, capture_output=True)


def write(root, name, text):
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")


def run(check, root):
    done = subprocess.run([sys.executable, str(HERE / f"check_{check}.py"), str(root)], text=True,
                          capture_output=True, check=False)
    return done.returncode, done.stdout + done.stderr


def expect_defect(root, check, message):
    status, output = run(check, root)
    if status == 0 or message not in output:
        return [f"check_{check}.py: expected status 1 and '{message}', got status {status} and: {output[-400:]}"]
    return []


def plant(root, check, name, text, message):
    before = (root / name).read_text(encoding="utf-8") if (root / name).exists() else None
    write(root, name, text)
    found = expect_defect(root, check, message)
    if before is None:
        (root / name).unlink()
    else:
        write(root, name, before)
    return found


def main():
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        shutil.copytree(ROOT / "conf", root / "conf")
        write(root, "conf/limits.txt", "".join(
            line for line in (ROOT / "conf/limits.txt").read_text(encoding="utf-8").splitlines(True)
            if not line.startswith("except ")))
        write(root, "conf/init.txt", "# SPDX-License-Identifier: BSD-2-Clause\n")
        shutil.copy(ROOT / ".clang-format", root)
        for name in (TYPES, "kernel/base/compiler.h"):
            write(root, name, (ROOT / name).read_text(encoding="utf-8"))
        for name, text in SOUND.items():
            write(root, name, text)
        build_kernel(root, "", "-Wl,-z,noexecstack")
        for check in sorted({defect[0] for defect in DEFECTS} | {"elf", "init"}):
            status, output = run(check, root)
            if status:
                wrong.append(f"check_{check}.py: expected to pass in a sound tree, got {output[-400:]}")
        for defect in DEFECTS:
            wrong += plant(root, *defect)
        for statement, option, message in ELF_DEFECTS:
            build_kernel(root, statement, option)
            wrong += expect_defect(root, "elf", message)
        for statement, beside, option, message in INIT_DEFECTS:
            build_kernel(root, statement, option, beside)
            wrong += expect_defect(root, "init", message)
    for line in wrong:
        print(line)
    print(f"planted defects: {len(DEFECTS) + len(ELF_DEFECTS) + len(INIT_DEFECTS)} tried, {len(wrong)} not reported as they should")
    return 1 if wrong else 0


sys.exit(main())
