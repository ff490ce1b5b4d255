#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compare docs/reference with the tree.

usage: check_reference.py [ROOT]

- There is a page for each system call and each operation that is built, and for nothing else; the index
  names each once, with number and right.
- Label, object, right, arguments and the errors before the operation are those of the headers; the words of
  the tables of arguments and results are those that the header counts.
- Every prototype stands in the header that is included above it, every example compiles.
- The errors of a page are those of its row in docs/abi.md, and the rows of test/system/badinput expect no others.

Prints one line per defect and ends with status 1; status 0 and a summary otherwise.
"""

import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))
import abi_headers as abi  # noqa: E402
import reference  # noqa: E402

FOLDER = "docs/reference"
INDEX_ROW = re.compile(r"^\| \[(\w+)\]\((\w+)\.md\) \|(.*)\|$", re.M)
WORD = re.compile(r"(\d+(?:-\d+)?) \S")
BAD_ROW = re.compile(r"^    (?:BAD|LATE)\((?!call_)(\w+), \w+, (\w+),", re.M)
CHECKED_BEFORE = {"CAP", "DEAD", "RIGHTS"}
FUNCTION = re.compile(r"(static [\w ]+?\**)(\w+)\(")


class Lists:
    """What the headers and docs/abi.md say."""

    def __init__(self, root):
        self.root = root
        self.errors = {row[0] for row in abi.x_list(abi.read(root, "errors.h"), "L4_ERRORS")}
        self.calls = {row[0].lower(): row for row in abi.x_list(abi.read(root, "tag.h"), "L4_CALLS")}
        rows = abi.x_list(abi.read(root, "ops.h"), "L4_OPERATIONS")
        self.operations = {row[1].lower(): row for row in rows if row[4] == "1"}
        text = (root / "docs" / "abi.md").read_text(encoding="utf-8")
        self.listed = {**listed_errors(text, "operations"), **listed_errors(text, "calls")}
        headers = (root / "libl4" / "include" / "l4").glob("*.h")
        # L4_STUB says which symbol a declaration means: no matter of the page
        self.prototypes = {"<l4/%s>" % h.name: re.sub(r" L4_STUB(_GENERAL)?\(\w+\)", "", " ".join(h.read_text(encoding="utf-8").split()))
                           for h in sorted(headers)}


def listed_errors(text, what):
    """Errors of each row of a table of docs/abi.md; `items` in a row stands for those of that row."""
    match = re.search(r"<!-- errors of %s -->\n(.*?)<!-- end of errors of %s -->" % (what, what), text, re.S)
    if not match:
        raise abi.HeaderError("docs/abi.md: the table of the errors of %s is missing" % what)
    found = {}
    for name, cell in re.findall(r"^\| `(\w+)` \| (.*) \|$", match.group(1), re.M):
        found[name.lower()] = set(re.findall(r"`(\w+)`", cell)) - {"CALL"}
    items = found.pop("items", set())
    return {name: errors - {"items"} | (items if "items" in errors else set()) for name, errors in found.items()}


def expand(words):
    """'2-7' means 2, 3, ... 7."""
    found = set()
    for word in words:
        first, _, last = word.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found


def check_words(page, what):
    """The words of the tables against 'arguments -> results' of the header."""
    sides = what.split("->") + [""]
    defects = []
    for section, side in (("Arguments", sides[0]), ("Result", sides[1])):
        clauses = (WORD.match(clause.strip()) for clause in side.split(","))
        wanted = expand(match.group(1) for match in clauses if match)
        written = expand(row[0] for row in page.rows(section) if re.fullmatch(r"[\d-]+", row[0]))
        if wanted != written:
            defects.append("%s: words %s, in the header %s" % (section.lower(), sorted(written), sorted(wanted)))
    return defects


def check_prototypes(page, lists):
    header, defects, count, begun = None, [], 0, ""
    for line in page.code("Synopsis"):
        if line.startswith("#include "):
            header = line.split()[1]
            continue
        begun = " ".join((begun + " " + line).split()).replace("( ", "(")
        if begun.endswith(";"):
            count += 1
            text = lists.prototypes.get(header, "")
            if begun not in text and begun[:-1] + " {" not in text:  # declared, or static inline
                defects.append("%s has no \"%s\"" % (header, begun))
            begun = ""
    if begun:
        defects.append("no end of \"%s\"" % begun)
    return defects if count else ["no prototype of libl4"]


def check_errors(page, lists):
    written = page.errors()
    defects = ["there is no error %s" % error for error in sorted(set(written) - lists.errors)]
    defects += ["error %s stands there twice" % error for error in sorted(set(written)) if written.count(error) > 1]
    if len(written) != len(page.rows("Errors")):
        defects.append("a row of errors does not begin with an error")
    for error in sorted(set(written) ^ lists.listed.get(page.name, set())):
        defects.append("error %s is %s" % (error, "not listed in docs/abi.md" if error in written else "listed in docs/abi.md only"))
    return defects


def check_page(name, text, lists):
    try:
        page = reference.Page(name, text)
    except reference.PageError as error:
        return [str(error)]
    row = lists.operations.get(name) or lists.calls[name]
    defects = []
    if name in lists.calls:
        facts, title = reference.facts_of_call(row), name
    else:
        facts, title = reference.facts_of_operation(row), row[1]
        defects += check_words(page, row[5])
        if reference.common_errors(row) not in text:
            defects.append("what is checked before it is not as in the header")
    if page.title != title:
        defects.append("its title is %s, expected %s" % (page.title, title))
    if facts not in text:
        defects.append("number, right or arguments are not those of the header: expected %s" % facts.splitlines()[-1])
    defects += check_prototypes(page, lists) + check_errors(page, lists)
    if not FUNCTION.match("\n".join(page.code("Example"))):
        defects.append("the example is no static function")
    return ["%s/%s.md: %s" % (FOLDER, name, defect) for defect in defects]


def check_index(text, lists):
    rows = {}
    defects = []
    for title, name, rest in INDEX_ROW.findall(text):
        row = lists.operations.get(name) or lists.calls.get(name)
        cells = [cell.strip() for cell in rest.split("|")]
        wanted = [row[2], row[0].lower(), row[3]] if name in lists.operations else [row[1]] if row else None
        if wanted is None or title.lower() != name or cells[:len(wanted)] != wanted:
            defects.append("the row of %s is wrong, expected %s" % (name, wanted))
        rows[name] = rows.get(name, 0) + 1
    for name in list(lists.calls) + list(lists.operations):
        if rows.get(name, 0) != 1:
            defects.append("%s stands there %d times" % (name, rows.get(name, 0)))
    return ["%s/index.md: %s" % (FOLDER, defect) for defect in defects]


def check_pages(pages, lists):
    known = list(lists.calls) + list(lists.operations)
    defects = ["%s/%s.md does not exist" % (FOLDER, name) for name in known if name not in pages]
    defects += ["%s/%s.md: there is no such call or operation" % (FOLDER, name) for name in pages if name not in known + ["index"]]
    for name in known:
        if name in pages:
            defects += check_page(name, pages[name], lists)
    return defects + check_index(pages.get("index", ""), lists)


def check_bad_rows(pages, lists):
    """The test by hand expects errors that the pages name."""
    defects, rows = [], []
    for path in sorted((lists.root / "test" / "system" / "badinput").glob("*.c")):
        rows += [(path.name, name.lower(), error) for name, error in BAD_ROW.findall(path.read_text(encoding="utf-8"))]
    if not rows:
        return ["test/system/badinput: no rows found"]
    for file, name, error in rows:
        listed = set(re.findall(r"^\| `(\w+)` \|", pages.get(name, ""), re.M))
        if name in lists.operations:
            listed |= CHECKED_BEFORE
        if error not in listed:
            defects.append("test/system/badinput/%s: %s is to answer %s, which %s/%s.md does not name" % (file, name, error, FOLDER, name))
    return defects


def check_examples(pages, lists):
    """One file of all examples; its lines are those of the pages."""
    source = ["#include %s\n" % header for header in lists.prototypes]
    for name, text in pages.items():
        begin = text.find("\n## Example\n")
        if begin < 0:
            continue
        line = text.count("\n", 0, begin) + 4
        code = [part[4:] for part in text[begin + 13:].split("\n## ")[0].split("\n")]
        source.append('#line %d "%s/%s.md"\n%s\n' % (line, FOLDER, name, FUNCTION.sub(r"\1example_%s(" % name, "\n".join(code), count=1)))
    command = ["gcc", "-std=c11", "-ffreestanding", "-fsyntax-only", "-Wall", "-Wextra", "-Wno-unused-function", "-Werror",
               "-I", str(lists.root / "libl4" / "include"), "-x", "c", "-"]
    done = subprocess.run(command, input="".join(source), text=True, capture_output=True, check=False)
    lines = [line for line in done.stderr.splitlines() if "error" in line]
    return (lines or ["examples: %s" % done.stderr]) if done.returncode else []


def main():
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    pages = {path.stem: path.read_text(encoding="utf-8") for path in sorted((root / FOLDER).glob("*.md"))}
    try:
        lists = Lists(root)
        defects = check_pages(pages, lists) + check_examples(pages, lists) + check_bad_rows(pages, lists)
    except abi.HeaderError as error:
        defects = ["headers: %s" % error]
    for defect in defects:
        print(defect)
    if defects:
        return 1
    print("reference: %d pages agree with the headers and docs/abi.md" % len(pages))
    return 0


if __name__ == "__main__":
    sys.exit(main())
