#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""paddr_t, vaddr_t, pfn_t and npages_t do not mix: for each pair, with each other and with plain
integers, a program that mixes them must not compile, and its control, the same without the
mistake, must. Both compilers are asked."""
import itertools
import shutil
import subprocess
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import tree  # noqa: E402

TYPES = ("paddr_t", "vaddr_t", "pfn_t", "npages_t")
HEADER = "kernel/base/types.h"
FLAGS = ("-std=c11", "-ffreestanding", "-fsyntax-only", "-I", str(tree.ROOT), "-I", str(tree.ROOT / "libl4/include"),
         "-x", "c", "-")
BEGIN = f'#include "{HEADER}"\n'


def programs():
    """(name, wrong program, control)"""
    for to, source in itertools.permutations(TYPES, 2):
        yield (f"{source} returned as {to}", f"{to} f({source} x);\n{to} f({source} x) {{ return x; }}\n",
               f"{to} f({to} x);\n{to} f({to} x) {{ return x; }}\n")
        yield (f"{source} passed as {to}", f"void g({to} x);\nvoid f({source} x);\nvoid f({source} x) {{ g(x); }}\n",
               f"void g({to} x);\nvoid f({to} x);\nvoid f({to} x) {{ g(x); }}\n")
    for name in TYPES:
        yield (f"integer returned as {name}", f"{name} f(uint64_t x);\n{name} f(uint64_t x) {{ return x; }}\n",
               f"{name} f(uint64_t x);\n{name} f(uint64_t x) {{ return ({name}){{x}}; }}\n")
        yield (f"{name} used as integer", f"uint64_t f({name} x);\nuint64_t f({name} x) {{ return x + 1; }}\n",
               f"uint64_t f({name} x);\nuint64_t f({name} x) {{ return x.v + 1; }}\n")
        yield (f"{name} compared as integer", f"int f({name} x);\nint f({name} x) {{ return x == 0; }}\n",
               f"int f({name} x);\nint f({name} x) {{ return x.v == 0; }}\n")
    yield ("vaddr_t given to phys_window", "void *f(vaddr_t x);\nvoid *f(vaddr_t x) { return phys_window(x); }\n",
           "void *f(paddr_t x);\nvoid *f(paddr_t x) { return phys_window(x); }\n")
    yield ("paddr_t given to paddr_of", "paddr_t f(paddr_t x);\npaddr_t f(paddr_t x) { return paddr_of(x); }\n",
           "paddr_t f(pfn_t x);\npaddr_t f(pfn_t x) { return paddr_of(x); }\n")
    yield ("vaddr_t given to pfn_of", "pfn_t f(vaddr_t x);\npfn_t f(vaddr_t x) { return pfn_of(x); }\n",
           "pfn_t f(paddr_t x);\npfn_t f(paddr_t x) { return pfn_of(x); }\n")


def compiles(compiler, program):
    done = subprocess.run([compiler, *FLAGS], input=BEGIN + program, capture_output=True, text=True, check=False,
                          cwd=tree.ROOT)
    return done.returncode == 0, done.stderr


def main():
    compilers = [compiler for compiler in ("gcc", "clang") if shutil.which(compiler)]
    defects, count = [], 0
    if not (tree.ROOT / HEADER).exists():
        tree.report("types that must not mix", 0, [f"expected {HEADER}, got no such file"])
    for compiler in compilers:
        for name, wrong, control in programs():
            count += 1
            if compiles(compiler, wrong)[0]:
                defects.append(f"{compiler}: {name}: expected an error, got a program that compiles")
            good, message = compiles(compiler, control)
            if not good:
                defects.append(f"{compiler}: {name}: expected the control to compile, got\n{message}")
    tree.report("types that must not mix", count, defects)


main()
