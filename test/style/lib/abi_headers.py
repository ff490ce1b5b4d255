# SPDX-License-Identifier: BSD-2-Clause
"""Read the ABI headers, and those of the protocols: X-macro lists, structs of fixed-width integers, enums and numeric defines.

Only what libl4/include/l4/{abi,proto}/*.h use is understood; anything else raises HeaderError, so that a changed
header is noticed instead of being skipped. Used by check_docs.py.
"""

import re
from pathlib import Path


class HeaderError(Exception):
    pass


SIZES = {"uint64_t": 8, "uint32_t": 4, "uint16_t": 2, "uint8_t": 1, "char": 1,
         "struct l4_boot_region": 24, "struct l4_startup_cap": 16}


def read(root, name, folder="abi"):
    path = Path("libl4") / "include" / "l4" / folder / name
    try:
        return (Path(root) / path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise HeaderError("%s does not exist" % path) from None


def _joined(text):
    return re.sub(r"\\\n", " ", text)


def _arguments(body, start):
    """Arguments of the call whose '(' is body[start - 1]; strings may hold commas and parentheses."""
    args, current, depth, i = [], "", 0, start
    while i < len(body):
        char = body[i]
        if char == '"':
            end = body.index('"', i + 1)
            current += body[i:end + 1]
            i = end + 1
            continue
        if char == ")" and depth == 0:
            return args + [current.strip()], i + 1
        if char == "," and depth == 0:
            args.append(current.strip())
            current = ""
        else:
            depth += {"(": 1, ")": -1}.get(char, 0)
            current += char
        i += 1
    raise HeaderError("unbalanced parentheses in an X-macro")


def _plain(argument):
    """Concatenated string literals become one string; other arguments stay as they are."""
    if '"' in argument:
        return "".join(re.findall(r'"([^"]*)"', argument))
    return argument


def x_list(text, macro):
    """Rows of `#define macro(X) X(...) X(...)`, each a list of strings."""
    match = re.search(r"#define\s+" + macro + r"\(X\)(.*)", _joined(text))
    if not match:
        raise HeaderError("no list %s(X)" % macro)
    body, rows, position = match.group(1), [], 0
    while True:
        found = re.compile(r"\bX\(").search(body, position)
        if not found:
            break
        args, position = _arguments(body, found.end())
        rows.append([_plain(a) for a in args])
    if not rows:
        raise HeaderError("list %s(X) is empty" % macro)
    return rows


def struct_fields(text, name):
    """(offset, field, bytes, comment) of a struct of fixed-width integers and arrays of them."""
    match = re.search(r"struct\s+" + name + r"\s*\{(.*?)\n\};", text, re.S)
    if not match:
        raise HeaderError("no struct %s" % name)
    body = re.sub(r"(\w+_t)\s*\n\s*(\w+;)", r"\1 \2", match.group(1))
    numbers = defines(text)
    fields, offset = [], 0
    for line in (part.strip() for part in body.splitlines()):
        if not line or line.startswith("//"):
            continue
        parsed = re.match(r"((?:struct )?\w+)\s+(\w+)(?:\[(\w+)\])?;\s*(?://\s*(.*))?$", line)
        if not parsed or parsed.group(1) not in SIZES:
            raise HeaderError("struct %s: cannot read \"%s\"" % (name, line))
        kind, field, count, comment = parsed.groups()
        size, align = SIZES[kind], min(SIZES[kind], 8)
        count = int(numbers.get(count, count or "1"))
        offset = (offset + align - 1) // align * align
        # Comments begin with the offset; it must be the true one.
        noted = re.match(r"(\d+)\s*(.*)$", comment or "")
        if noted and int(noted.group(1)) != offset:
            raise HeaderError("struct %s: %s lies at %d, its comment says %s" % (name, field, offset, noted.group(1)))
        fields.append((offset, field, size * count, (noted.group(2) if noted else comment) or ""))
        offset += size * count
    return fields


def enum_values(text, name):
    """(name, value) of an enum written out by hand."""
    match = re.search(r"enum\s+" + name + r"\s*\{(.*?)\}", text, re.S)
    if not match:
        raise HeaderError("no enum %s" % name)
    values, following = [], 0
    for entry in re.sub(r"//[^\n]*", "", match.group(1)).split(","):
        entry = entry.strip()
        if not entry:
            continue
        ident, _, value = (part.strip() for part in entry.partition("="))
        following = int(value, 0) if value else following
        values.append((ident, following))
        following += 1
    return values


def defines(text):
    """All `#define NAME number` of a header, as written."""
    return dict(re.findall(r"^#define\s+(L4_\w+)\s+(~?\(?[0-9][0-9a-fx]*[ul]*\)?)\s*(?://.*)?$", text, re.M))
