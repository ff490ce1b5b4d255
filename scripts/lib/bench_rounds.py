# SPDX-License-Identifier: BSD-2-Clause
"""What the plugin rounds.so (test/bench/plugin) is told, and what is made of its output. No machine is needed."""
import collections
import re

# Classes of test/bench/plugin/opcode.h that a call needs; each of the others is one that a fast path must not have.
NEEDED = ("syscall", "sysret", "cr3")
SIDES = ("kernel", "user")
CLIENT = re.compile(r'^\s*X\("([^"]+)",\s*\d+,\s*\w+,\s*(\w+),', re.MULTILINE)
# The rows of main.c that have a function of their own.
OTHER_CLIENTS = {"null": "client_null", "event.pingpong": "client_event", "entry.chain2.rt": "client_w0"}
# And one whose time stamps are taken on two sides: there is no round of one client to look into.
NO_CLIENT = ("irq.user",)
RDTSC = re.compile(r"^\s*([0-9a-f]+):\s.*\brdtsc\b", re.MULTILINE)


class RoundsError(Exception):
    """What was measured is not what was asked for."""


def clients(rows_h):
    """{row: the client's function}, out of the text of test/bench/ipcbench/rows.h."""
    return {**dict(CLIENT.findall(rows_h)), **OTHER_CLIENTS}


def window(disassembly):
    """Addresses of the first two RDTSC of a listing that begins with the client: the two time stamps."""
    found = [int(address, 16) for address in RDTSC.findall(disassembly)[:2]]
    if len(found) != 2:
        raise RoundsError("the client has no two time stamps")
    return found


def read(text):
    """(rounds as dictionaries, {"code": [addresses], "data": [addresses]})"""
    fields, rounds, lines = [], [], {"code": [], "data": []}
    for line in text.splitlines():
        kind, *words = line.split()
        if kind == "fields":
            fields = words
        elif kind == "round" and len(words) == len(fields):
            rounds.append(dict(zip(fields, map(int, words))))
        elif kind in lines and len(words) == 1:
            lines[kind].append(int(words[0], 16))
        elif kind == "full":
            raise RoundsError("a round touched more cache lines than the plugin can hold")
        else:
            raise RoundsError(f"the plugin said '{line}'")
    return rounds, {kind: sorted(found) for kind, found in lines.items()}


def commonest(rounds):
    """(the round that most of them are like, how many are not)"""
    counts = collections.Counter(tuple(one.items()) for one in rounds)
    most, times = max(counts.items(), key=lambda pair: (pair[1], [-value for _, value in pair[0]]))
    return dict(most), len(rounds) - times


def summary(text, wanted, empty, sample):
    """The figures of a row. EMPTY is what the two time stamps cost, SAMPLE what the row itself measured."""
    rounds, lines = read(text)
    if len(rounds) != wanted:
        raise RoundsError(f"{len(rounds)} rounds seen, {wanted} wanted")
    one, differ = commonest(rounds)
    result = {"kernel": one["kernel"], "user": one["user"] - empty, "total": one["kernel"] + one["user"] - empty,
              "code_lines": one["code_lines"], "data_lines": one["data_lines"]}
    if result["total"] != sample:
        raise RoundsError(f"{result['total']} instructions seen, the row itself counted {sample}")
    names = [field.partition(".")[2] for field in one if field.startswith("kernel.")]
    counts = {name: sum(one[f"{side}.{name}"] for side in SIDES) for name in names}
    result.update({name: counts[name] for name in NEEDED})
    found = {name: count for name, count in counts.items() if name not in NEEDED and count}
    result.update(forbidden=sum(found.values()), forbidden_list=found, empty=empty, rounds=wanted, differ=differ)
    for side in SIDES:
        result[f"{side}_classes"] = {name: one[f"{side}.{name}"] for name in names if one[f"{side}.{name}"]}
    return {**result, "lines": lines}


def line(row, figures):
    """A row's line of output."""
    shown = ("kernel", "user", "total", "code_lines", "data_lines", *NEEDED, "forbidden")
    text = f"PLUGIN {row} " + " ".join(f"{name}={figures[name]}" for name in shown)
    if figures["forbidden_list"]:
        text += " " + ",".join(f"{name}:{count}" for name, count in figures["forbidden_list"].items())
    if figures["differ"]:
        text += f" unstable={figures['differ']}/{figures['rounds']}"
    return text
