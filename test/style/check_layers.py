#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Includes follow conf/layers.txt, and no file includes itself by way of others."""
import os
import re
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import tree  # noqa: E402

STANDARD = {"stdint.h", "stddef.h", "stdbool.h", "stdarg.h", "stdatomic.h", "stdalign.h", "stdnoreturn.h", "limits.h",
            "float.h", "cpuid.h", "immintrin.h"}
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)
ROOTS = ("", "libl4/include")
# Host tests link sources of any layer and use the host's library.
FREE = ("test/unit", "test/style", "test/bench", "test/system/foreign/linux")


def read_rules():
    """(layers: root -> [names], allow: folder -> [folders])"""
    layers, allow = {}, {}
    for number, words in tree.table("conf/layers.txt"):
        if words[0] == "layers" and len(words) > 2:
            layers[words[1]] = words[2:]
        elif words[0] == "allow" and len(words) > 2:
            allow[words[1]] = words[2:]
        else:
            sys.exit(f"conf/layers.txt:{number}: neither 'layers ROOT NAME...' nor 'allow FOLDER FROM...'")
    return layers, allow


def inside(name, folder):
    return name == folder or name.startswith(folder + "/")


def allowed_folders(name, layers, allow):
    """Folders that file NAME may include from, or None where no rule holds."""
    matching = [folder for folder in allow if inside(name, folder)]
    if not matching:
        return None
    folder = max(matching, key=len)
    result = list(allow[folder])
    for root, names in layers.items():
        layer = name[len(root) + 1:].split("/")[0]
        if folder == root and layer in names:
            return result + [f"{root}/{lower}" for lower in names[:names.index(layer) + 1]]
    if folder in layers:
        return None
    return result + [os.path.dirname(name), folder]


def resolve(name, quote, path, known):
    """File of the tree that an include line means, or None."""
    places = [os.path.normpath(os.path.join(os.path.dirname(name), path))] if quote == '"' else []
    places += [os.path.join(root, path) for root in ROOTS]
    return next((place for place in places if place in known), None)


def is_generated(path):
    return path.endswith(".inc")


def find_cycle(graph):
    """A list of files that include each other in a circle, or None."""
    done = set()

    def visit(node, path):
        if node in path:
            return path[path.index(node):] + [node]
        if node in done:
            return None
        for target in graph.get(node, ()):
            found = visit(target, path + [node])
            if found:
                return found
        done.add(node)
        return None

    return next(filter(None, (visit(node, []) for node in sorted(graph))), None)


def check_file(name, known, layers, allow, graph):
    defects = []
    folders = allowed_folders(name, layers, allow)
    if folders is None:
        return [f"{name}: conf/layers.txt has no rule for its folder"]
    for match in INCLUDE.finditer(tree.text(name)):
        quote, path = match.groups()
        target = resolve(name, quote, path, known)
        if target:
            graph[name].append(target)
            if not any(inside(target, folder) for folder in folders):
                defects.append(f"{name}: includes {target}; it may include {' '.join(folders)}")
        elif not (path in STANDARD and "std" in folders) and not is_generated(path):
            defects.append(f"{name}: includes <{path}>, which is not in the tree")
    return defects


def main():
    layers, allow = read_rules()
    names = [name for name in tree.files(".c", ".h") if not name.startswith(FREE)]
    known = set(tree.files(".c", ".h", ".inc"))
    graph = {name: [] for name in names}
    defects = [defect for name in names for defect in check_file(name, known, layers, allow, graph)]
    cycle = find_cycle(graph)
    if cycle:
        defects.append("includes go in a circle: " + " -> ".join(cycle))
    tree.report("layers", len(names), defects)


main()
