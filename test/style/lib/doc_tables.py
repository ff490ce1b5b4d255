# SPDX-License-Identifier: BSD-2-Clause
"""The tables of the documents that are made from headers. Used by check_docs.py."""

import abi_headers as abi


def markdown(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def named(prefix, rows, *columns):
    """Rows of an X-macro with `PREFIXNAME` in the first column and the wanted columns after it."""
    return [["`%s%s`" % (prefix, row[0])] + [row[c] for c in columns] for row in rows]


def operations(text):
    rows = []
    for kind, name, number, right, built, what in abi.x_list(text, "L4_OPERATIONS"):
        if built not in ("0", "1"):
            raise abi.HeaderError("operation %s: built is %s" % (name, built))
        rows.append(["`%s`" % name, number, kind.lower(), right if right != "NONE" else "–", what or "–",
                     "yes" if built == "1" else "`NOSYS`"])
    return markdown(["operation", "label", "object", "right", "arguments -> results (numbers are words)", "built"], rows)


def fields(text, struct):
    return markdown(["offset", "bytes", "field", "what"],
                    [[off, size, "`%s`" % name, what] for off, name, size, what in abi.struct_fields(text, struct)])


def values(text, enum):
    return markdown(["name", "value"], [["`%s`" % name, value] for name, value in abi.enum_values(text, enum)])


def counters(text, macro, prefix, suffix=""):
    return markdown(["number", "name", "what"], [[i, "`%s%s%s`" % (prefix, row[0], suffix), row[1]]
                                                 for i, row in enumerate(abi.x_list(text, macro))])


def generated_abi(root):
    """Tables of the kernel's ABI, docs/abi.md."""
    errors, tag, handle = abi.read(root, "errors.h"), abi.read(root, "tag.h"), abi.read(root, "handle.h")
    ops, fault, item = abi.read(root, "ops.h"), abi.read(root, "fault.h"), abi.read(root, "item.h")
    utcb, layout, boot = abi.read(root, "utcb.h"), abi.read(root, "layout.h"), abi.read(root, "bootinfo.h")
    return {
        "errors": markdown(["name", "number", "text"], named("L4_ERR_", abi.x_list(errors, "L4_ERRORS"), 1, 2)),
        "calls": markdown(["operation", "number", "what"], named("L4_OP_", abi.x_list(tag, "L4_CALLS"), 1, 2)),
        "answers": markdown(["operation", "number", "what"], named("L4_OP_", abi.x_list(tag, "L4_ANSWERS"), 1, 2)),
        "rights": markdown(["right", "bit", "allows to"], named("L4_RIGHT_", abi.x_list(handle, "L4_RIGHTS"), 1, 2)),
        "kinds": markdown(["kind", "number", "what"], named("L4_KIND_", abi.x_list(handle, "L4_KINDS"), 1, 2)),
        "boot-slots": values(handle, "l4_boot_slot"),
        "item-types": values(item, "l4_item_type"),
        "access": values(item, "l4_access"),
        "cache": values(item, "l4_cache"),
        "utcb": fields(utcb, "l4_utcb"),
        "cpu-page": fields(layout, "l4_cpu_page"),
        "info-page": fields(layout, "l4_info"),
        "faults": markdown(["fault", "label", "what"], named("L4_FAULT_", abi.x_list(fault, "L4_FAULTS"), 1, 2)),
        "switch-missing": values(fault, "l4_switch_missing"),
        "exception-answers": values(fault, "l4_exception_answer"),
        "registers": values(fault, "l4_reg"),
        "operations": operations(ops),
        "copy-modes": values(ops, "l4_copy"),
        "unmap-modes": values(ops, "l4_unmap"),
        "gate-modes": values(ops, "l4_gate_mode"),
        "gate-flags": values(ops, "l4_gate_flags"),
        "space-gates": values(ops, "l4_space_gate"),
        "thread-states": values(ops, "l4_thread_state"),
        "panic-tests": values(ops, "l4_panic_test"),
        "fail-modes": values(ops, "l4_fail_mode"),
        "counters": counters(ops, "L4_COUNTERS", "L4_COUNT_"),
        "space-counters": counters(ops, "L4_SPACE_COUNTERS", "L4_SPACE_", "_COUNT"),
        "boot-info": fields(boot, "l4_boot_info"),
        "boot-region": fields(boot, "l4_boot_region"),
        "boot-regions": values(boot, "l4_boot_region_kind"),
    }


def protocol(text, macro, head, *columns):
    """Table of a list of requests or errors; a number may be the name of a define of the same header."""
    numbers = abi.defines(text)
    rows = [[row[0], numbers.get(row[1], row[1])] + row[2:] for row in abi.x_list(text, macro)]
    return markdown(head, [["`%s`" % row[0]] + [row[c] for c in columns] for row in rows])


def generated_protocols(root):
    """Tables of the protocols of the system's programs, docs/protocols.md."""
    pager, startup = abi.read(root, "pager.h", "proto"), abi.read(root, "startup.h", "proto")
    task, vfs = abi.read(root, "root.h", "proto"), abi.read(root, "vfs.h", "proto")
    console = abi.read(root, "console.h", "proto")
    asks = ("request", "label", "words -> words of the answer")
    errors = ("error", "label", "text")
    return {
        "pager-requests": protocol(pager, "L4_PAGER_REQUESTS", asks, 1, 2),
        "startup": fields(startup, "l4_startup"),
        "root-requests": protocol(startup + task, "ROOT_OPERATIONS", asks, 1, 2),
        "control-requests": protocol(task, "CONTROL_OPERATIONS", asks, 1, 2),
        "root-errors": protocol(task, "ROOT_ERRORS", errors, 1, 2),
        "vfs-requests": protocol(vfs, "VFS_OPERATIONS", asks, 1, 2),
        "vfs-errors": protocol(vfs, "VFS_ERRORS", errors, 1, 2),
        "console-requests": protocol(console, "CONSOLE_OPERATIONS", asks, 1, 2),
        "console-errors": protocol(console, "CONSOLE_ERRORS", errors, 1, 2),
    }


def generated(root):
    """name -> text of every table that has to be on some page, once."""
    return generated_abi(root) | generated_protocols(root)
