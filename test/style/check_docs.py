#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compare the documents with the tree.

usage: check_docs.py [--write] [ROOT]

- Tables between `<!-- table NAME -->` and `<!-- end -->` in docs/*.md are made from the ABI headers; a table
  that differs is a defect, a table of the list below that is on no page too. --write puts the right text in.
- The keys and capability kinds of docs/manifest.md are those of the root task's parser, the names of weaknesses
  in docs/security.md those of the boot report, the boot arguments of docs/build.md those the kernel knows.
- Every operation has its row in the table of errors of docs/abi.md, with errors that exist.
- Every path and every link that a document names exists, and every page that a source names.
- Every entry of docs/known-bugs.md names a test that expects the failure.
- Every cell of docs/lifetimes.md has an id of its own and a valid mark.
- Every model has its row in docs/smp.md, with the mutants of its file.

Prints one line per defect and ends with status 1; status 0 and a summary otherwise.
"""

import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))
import abi_headers as abi  # noqa: E402
from doc_tables import generated  # noqa: E402

TABLE = re.compile(r"(<!-- table ([a-z-]+) -->\n)(.*?)(<!-- end -->)", re.S)
TOP = "kernel|arch|libl4|pager|roottask|conf|scripts|test|docs"
PATH = re.compile(r"(?<![\w/.<-])((?:%s)/[\w./*-]*[\w/*])" % TOP)
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
TESTS = r"(?:`test/[\w./-]+(?::[\w-]+)?`(?:, )?)+"
PAGE = re.compile(r"\bdocs/[\w./-]*\w")
MARK = re.compile(r"^(?:issue [3-7]|built: %s|part: %s; issue [3-7])$" % (TESTS, TESTS))
NAMED = re.compile(r"`(test/[\w./-]+?)(?::([\w-]+))?`")


def check_tables(root, pages, write):
    wanted, seen, defects = generated(root), [], []
    for page in pages:
        text = page.read_text(encoding="utf-8")

        def right_text(match):
            name = match.group(2)
            if name not in wanted:
                defects.append("%s: unknown table \"%s\"" % (page.relative_to(root), name))
                return match.group(0)
            seen.append(name)
            if match.group(3) != wanted[name] and not write:
                defects.append("%s: table \"%s\" differs from the headers; "
                               "repeat with: test/style/check_docs.py --write" % (page.relative_to(root), name))
            return match.group(1) + wanted[name] + match.group(4)

        fixed = TABLE.sub(right_text, text)
        if write and fixed != text:
            page.write_text(fixed, encoding="utf-8")
    for name in wanted:
        if seen.count(name) != 1:
            defects.append("table \"%s\" is on %d pages, expected 1" % (name, seen.count(name)))
    return defects


def check_operation_errors(root):
    """The hand-written table of errors: a row for each operation that is built, each error in the list."""
    text = (root / "docs" / "abi.md").read_text(encoding="utf-8")
    match = re.search(r"<!-- errors of operations -->\n(.*?)<!-- end of errors of operations -->", text, re.S)
    if not match:
        return ["docs/abi.md: the table of the operations' errors is missing"]
    known = {row[0] for row in abi.x_list(abi.read(root, "errors.h"), "L4_ERRORS")}
    operations_ = {row[1]: row[4] for row in abi.x_list(abi.read(root, "ops.h"), "L4_OPERATIONS")}
    found, defects = [], []
    for line in match.group(1).splitlines():
        row = re.match(r"\| `(\w+)` \| ([^|]*) \|", line)
        if not row:
            continue
        found.append(row.group(1))
        for error in re.findall(r"`(\w+)`", row.group(2)):
            if error not in known:
                defects.append("docs/abi.md: %s: there is no error %s" % (row.group(1), error))
    for name in sorted(set(found) - set(operations_)):
        defects.append("docs/abi.md: errors of %s, which is no operation" % name)
    for name, built in operations_.items():
        if found.count(name) != int(built):
            defects.append("docs/abi.md: expected %s row(s) of errors for %s, found %d" % (built, name, found.count(name)))
    return defects


def section(text, heading):
    """The text below a `## heading`, up to the next one."""
    match = re.search(r"^## %s\n(.*?)(?=^## |\Z)" % re.escape(heading), text, re.S | re.M)
    return match.group(1) if match else ""


def words_of_rows(text):
    """First lower-case word of every `code` in the first column of the tables."""
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return {word for cell in cells for word in re.findall(r"`([a-z]+)", cell)}


def x_words(root, path, macro, column):
    file = root / path
    if not file.exists():
        raise abi.HeaderError("%s does not exist" % path)
    return {row[column] for row in abi.x_list(file.read_text(encoding="utf-8"), macro)}


def check_word_lists(root):
    manifest = (root / "docs" / "manifest.md").read_text(encoding="utf-8")
    security = (root / "docs" / "security.md").read_text(encoding="utf-8")
    parser = (root / "roottask" / "manifest_value.c").read_text(encoding="utf-8")
    build = (root / "docs" / "build.md").read_text(encoding="utf-8")
    arguments = (root / "kernel" / "base" / "bootargs.c").read_text(encoding="utf-8")
    pairs = (
        ("docs/build.md, boot arguments",
         set(re.findall(r"^\| `([a-z0-9-]+)=", section(build, "Boot arguments"), re.M)),
         set(re.findall(r'\{"([a-z0-9-]+)", KIND_\w+\}', arguments))),
        ("docs/manifest.md, keys", words_of_rows(section(manifest, "Keys")) - {"cap"},
         set(re.findall(r'\{"(\w+)", read_\w+\}', parser))),
        ("docs/manifest.md, capabilities", words_of_rows(section(manifest, "Capabilities")),
         x_words(root, "roottask/manifest.h", "MANIFEST_CAP_KINDS", 1)),
        ("docs/security.md, names in the report", set(re.findall(r"^\| [^|]+ \| `(\w+)` \|", security, re.M)),
         x_words(root, "arch/x86_64/cpu/vulns.h", "CPU_VULNS", 1)),
    )
    defects = []
    for where, written, true in pairs:
        defects += ["%s: %s is missing" % (where, word) for word in sorted(true - written)]
        defects += ["%s: there is no %s" % (where, word) for word in sorted(written - true)]
    return defects


def exists(root, path):
    if "*" in path:
        return any(root.glob(path))
    return (root / path).exists()


def check_paths(root, pages):
    defects = []
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for path in sorted(set(PATH.findall(text))):
            # NAME, PATH, NNNN stand for something the reader fills in.
            if any(re.fullmatch(r"[A-Z]{2,}", part) for part in re.split(r"[/.]", path)):
                continue
            # docs/decisions/0001 names docs/decisions/0001-words.md
            if not exists(root, path) and not exists(root, path + "-*.md"):
                defects.append("%s: names %s, which does not exist" % (page.relative_to(root), path))
        for link in LINK.findall(text):
            if not re.match(r"[a-z]+:", link) and not (page.parent / link).exists():
                defects.append("%s: link to %s, which does not exist" % (page.relative_to(root), link))
    return defects


def check_sources(root):
    """Pages that comments outside of test/ name."""
    defects = []
    for top in TOP.replace("|test|docs", "").split("|"):
        for folder, _, names in os.walk(root / top, followlinks=True):
            for file in (Path(folder) / name for name in sorted(names) if not name.endswith(".pyc")):
                for path in sorted(set(PAGE.findall(file.read_text(encoding="utf-8", errors="replace")))):
                    if not exists(root, path) and not exists(root, path + "-*.md"):
                        defects.append("%s: names %s, which does not exist" % (file.relative_to(root), path))
    return defects


def check_known_bugs(root):
    """Each `## ` entry has a line "Expected failure: `test/PATH:case`"; the case is there, and is marked."""
    text = (root / "docs" / "known-bugs.md").read_text(encoding="utf-8")
    defects = []
    for entry in re.split(r"^## ", text, flags=re.M)[1:]:
        title = entry.splitlines()[0]
        match = re.search(r"^Expected failure: `(test/[\w./-]+):([\w-]+)`", entry, re.M)
        if not match:
            defects.append("docs/known-bugs.md: \"%s\" names no test" % title)
        elif not (root / match.group(1)).is_file():
            defects.append("docs/known-bugs.md: \"%s\": %s does not exist" % (title, match.group(1)))
        elif not re.search(r"expected failure: .*\b" + re.escape(match.group(2)) + r"\b",
                           (root / match.group(1)).read_text(encoding="utf-8")):
            defects.append("docs/known-bugs.md: \"%s\": %s has no line \"expected failure: %s\"" %
                           ((title,) + match.groups()))
    return defects


def case_missing(root, path, case):
    """Is a case named that is written in no file there? (That the path exists is looked at elsewhere.)"""
    place = root / path
    files = [place] if place.is_file() else [f for f in sorted(place.rglob("*")) if f.is_file()]
    word = re.compile(r"(?<![\w-])%s(?![\w-])" % re.escape(case or ""))
    return case and files and not any(word.search(f.read_text(encoding="utf-8", errors="replace")) for f in files)


def check_lifetimes(root):
    defects, seen = [], set()
    for line in (root / "docs" / "lifetimes.md").read_text(encoding="utf-8").splitlines():
        match = re.match(r"\| ([A-Z]{2}-\d+) \|(.*)\|$", line)
        if not match:
            continue
        ident, cells = match.group(1), [c.strip() for c in match.group(2).split("|")]
        if ident in seen:
            defects.append("docs/lifetimes.md: %s stands there twice" % ident)
        seen.add(ident)
        if len(cells) != 5 or not all(cells):
            defects.append("docs/lifetimes.md: %s: expected 5 filled cells after the id" % ident)
            continue
        if not MARK.match(cells[4]):
            defects.append("docs/lifetimes.md: %s: \"%s\" is no mark" % (ident, cells[4]))
        defects += ["docs/lifetimes.md: %s: %s has no case \"%s\"" % (ident, path, case)
                    for path, case in NAMED.findall(cells[4]) if case_missing(root, path, case)]
    if len(seen) < 50:
        defects.append("docs/lifetimes.md: expected at least 50 cells, found %d" % len(seen))
    return defects


def check_models(root):
    text = (root / "docs" / "smp.md").read_text(encoding="utf-8")
    rows = {m.group(1): set(re.findall(r"`([A-Z_]+)`", m.group(2)))
            for m in re.finditer(r"^\| `(test/models/\w+\.pml)` \|.*\|([^|]*)\|$", text, re.M)}
    files = {str(f.relative_to(root)): set(re.findall(r"^ \* mutant (\w+)", f.read_text(encoding="utf-8"), re.M))
             for f in sorted((root / "test" / "models").glob("*.pml"))}
    if not files:
        return ["docs/smp.md: there are no models"]
    return ["docs/smp.md: %s: %s, in the file: %s" % (name, sorted(rows.get(name, ())), sorted(files.get(name, ())))
            for name in sorted(rows.keys() | files.keys()) if rows.get(name) != files.get(name)]


def main():
    arguments = [a for a in sys.argv[1:] if a != "--write"]
    root = Path(arguments[0]).resolve() if arguments else Path(__file__).resolve().parents[2]
    pages = sorted((root / "docs").rglob("*.md")) + [p for p in [root / "README.md"] if p.exists()]
    try:
        defects = check_tables(root, pages, "--write" in sys.argv[1:])
        defects += check_operation_errors(root) + check_word_lists(root)
    except abi.HeaderError as error:
        defects = ["headers: %s" % error]
    defects += check_paths(root, pages) + check_sources(root) + check_known_bugs(root) + check_lifetimes(root)
    defects += check_models(root)
    for defect in defects:
        print(defect)
    if defects:
        return 1
    print("docs: %d pages, %d tables agree with the headers" % (len(pages), len(generated(root))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
