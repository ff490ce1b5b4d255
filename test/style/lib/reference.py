# SPDX-License-Identifier: BSD-2-Clause
"""Pages of docs/reference: how they are read, and what of them follows from the ABI headers. Used by
check_reference.py and scripts/mkman."""

import re

from doc_tables import markdown

SECTIONS = ("Synopsis", "Description", "Arguments", "Result", "Errors", "Who pays", "Blocking", "Example", "See also")
OPTIONAL = ("Description",)
KINDS = {"IRQ": "interrupts", "PORTS": "I/O ports", "PHYS": "physical memory", "POOL": "the page pool", "CPUS": "the processors",
         "LOG": "the log", "POWER": "power", "INFO": "the counters"}


class PageError(Exception):
    pass


class Page:
    """Title, summary and sections of a page; every section is a list of lines."""

    def __init__(self, name, text):
        self.name, self.sections = name, {}
        match = re.match(r"# (\w+)\n\n([^\n]+)\n\n(?=## )", text)
        if not match:
            raise PageError("%s: does not begin with a title and one line that says what it does" % name)
        self.title, self.summary = match.groups()
        for part in re.split(r"^## ", text[match.end():], flags=re.M)[1:]:
            heading, _, body = part.partition("\n")
            if heading in self.sections:
                raise PageError("%s: section \"%s\" stands there twice" % (name, heading))
            self.sections[heading] = body.strip("\n").split("\n")
        wanted = [s for s in SECTIONS if s in self.sections or s not in OPTIONAL]
        if list(self.sections) != wanted:
            raise PageError("%s: expected the sections %s, found %s" % (name, ", ".join(wanted), ", ".join(self.sections)))

    def rows(self, section):
        """Cells of the last table of a section, without its head."""
        lines = [line for line in self.sections[section] if line.startswith("|")]
        cells = [[cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
        heads = [i for i, row in enumerate(cells) if set(row) == {"---"}]
        return cells[heads[-1] + 1:] if heads else []

    def code(self, section):
        return [line[4:] for line in self.sections[section] if line.startswith("    ") or not line] \
            if any(line.startswith("    ") for line in self.sections[section]) else []

    def errors(self):
        return [match.group(1) for row in self.rows("Errors") for match in [re.fullmatch(r"`(\w+)`", row[0])] if match]


def facts_of_operation(row):
    kind, _, number, right, _, what = row
    return markdown(["label", "object", "right", "arguments -> results (numbers are words)"], [[number, kind.lower(), right, what or "–"]])


def facts_of_call(row):
    return markdown(["operation", "number", "what"], [["`L4_OP_%s`" % row[0], row[1], row[2]]])


def common_errors(row):
    """What is checked before an operation looks at its arguments; docs/abi.md, the order of checks."""
    kind, _, _, right, _, _ = row
    wrong = "" if kind == "ANY" else ", `CAP` if it is a capability to something else than %s" % KINDS.get(kind, ("an " if kind == "EVENT" else "a ") + kind.lower())
    return ("Before that, in this order: `ARG` if the tag is bad (see [call](call.md)), `CAP` if the handle names nothing, `DEAD` if what it "
            "names was destroyed%s, `RIGHTS` if it lacks `%s`. A gate's handle calls the gate instead." % (wrong, right))
