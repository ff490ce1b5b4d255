#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The man pages that scripts/mkman makes of docs/reference: there is one for each page, groff has nothing to
warn about, every wrapper leads to a page, and every error of a page stands in what groff writes. Last it is
tried whether groff warns at all."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test" / "style" / "lib"))
import reference  # noqa: E402

BAD = '.TH BAD 2 "" "" ""\n.SH NAME\nbad \\- \\fQ\\*[nothing]\n.nonsense\n'


def groff(folder, *options):
    done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", *options], cwd=folder, capture_output=True, check=False)
    return done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace").strip()


def words(text):
    """What is shown, without the marks of bold and underlined type."""
    return re.sub(r"\x1b\[[0-9;]*m|.\x08", "", text)


def check_page(folder, file, page):
    shown, warnings = groff(folder, str(file))
    defects = ["%s: %s" % (file.name, line) for line in warnings.splitlines()]
    shown = words(shown)
    defects += ["%s: error %s is not shown" % (file.name, error) for error in page.errors()
                if not re.search(r"^ +%s\b" % error, shown, re.M)]
    defects += ["%s: section %s is not shown" % (file.name, heading) for heading in page.sections
                if not re.search(r"^%s$" % heading.upper(), shown, re.M)]
    return defects


def main():
    if not shutil.which("groff"):
        print("groff is not installed (package groff-base)")
        return 77
    defects = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        made = subprocess.run([str(ROOT / "scripts" / "mkman"), name], capture_output=True, text=True, check=False)
        if made.returncode:
            print("mkman: %s%s" % (made.stdout, made.stderr))
            return 1
        pages = [reference.Page(p.stem, p.read_text(encoding="utf-8"))
                 for p in sorted((ROOT / "docs" / "reference").glob("*.md")) if p.stem != "index"]
        written = {file.name.lower().removeprefix("l4_").rpartition(".")[0]: file
                   for file in (folder / "man2").iterdir() if not file.read_text(encoding="ascii").startswith(".so ")}
        for page in pages:
            if page.name not in written:
                defects.append("%s has no man page" % page.name)
            else:
                defects += check_page(folder, written[page.name], page)
        aliases = [file for file in (folder / "man2").iterdir() if file not in written.values()]
        defects += ["%s leads nowhere" % file.name for file in aliases
                    if not (folder / file.read_text(encoding="ascii").split()[1]).is_file()]
        (folder / "bad.2").write_text(BAD, encoding="ascii")
        if not groff(folder, "-z", "bad.2")[1]:
            defects.append("groff does not warn about what is wrong")
    for defect in defects:
        print(defect)
    print("man pages: %d, and %d names that lead to them; %d defects" % (len(written), len(aliases), len(defects)))
    return 1 if defects or not pages or len(written) != len(pages) else 0


sys.exit(main())
