# SPDX-License-Identifier: BSD-2-Clause
"""The boot archive: a ustar file of plain files whose bytes depend on names and contents only (no
times, owners or modes of the machine it was made on). Programs get mode 0755, other files 0644.
Folders have no entries of their own; they follow from the names."""
import io
import os
import tarfile

MODE_PROGRAM = 0o755
MODE_FILE = 0o644


class ArchiveError(Exception):
    """A member name that ustar or the boot archive cannot hold."""


def clean_name(name):
    """The name of a member as it stands in the archive: relative, no empty, '.' or '..' parts."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if not parts or ".." in parts:
        raise ArchiveError(f"'{name}' is no name for a file of the boot archive")
    return "/".join(parts)


def _entry(name, size, mode):
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, mode
    info.mtime = info.uid = info.gid = 0
    info.uname = info.gname = ""
    return info


def _folders(names):
    found = set()
    for name in names:
        while "/" in name:
            name = name.rpartition("/")[0]
            found.add(name)
    return found


def pack(members):
    """Archive bytes for a dict of member name -> content."""
    members = {clean_name(name): content for name, content in members.items()}
    folders = _folders(members)
    both = folders & members.keys()
    if both:
        raise ArchiveError(f"'{min(both)}' is a file and a folder")
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(members):
            content = members[name]
            mode = MODE_PROGRAM if content[:4] == b"\x7fELF" else MODE_FILE
            tar.addfile(_entry(name, len(content), mode), io.BytesIO(content))
    return out.getvalue()


def unpack(data):
    """Dict of member name -> content of archive bytes."""
    members = {}
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
        for info in tar:
            if info.isreg():
                members[info.name] = tar.extractfile(info).read()
    return members


def write(path, members):
    """Write an archive file; a reader never sees half of it."""
    temporary = f"{path}.new"
    with open(temporary, "wb") as out:
        out.write(pack(members))
    os.replace(temporary, path)
