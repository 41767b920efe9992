"""Overlapping shares: overlap.py COMMAND…, with the words OUTER and INNER replaced by folders of the host.

Makes two folders, one in the other, with links that lead out of both; runs the command, which attacks; and compares
what lies outside with what lay there before.
"""

import os
import subprocess
import sys
import tempfile

with tempfile.TemporaryDirectory() as top:
    outside, outer = os.path.join(top, "outside"), os.path.join(top, "outer")
    inner = os.path.join(outer, "inner")
    os.makedirs(os.path.join(outside, "folder"))
    for room in ("room", "hall"):
        os.makedirs(os.path.join(inner, room, "folder"))
        for name in ("kept", "secret"):
            with open(os.path.join(inner, room, name), "w") as file:
                file.write("of the share")
    for folder in (outer, inner):
        with open(os.path.join(folder, "kept"), "w") as file:
            file.write("of the share")
    for name in ("secret", "hidden"):
        with open(os.path.join(outside, name), "w") as file:
            file.write("of the host")
    os.symlink("nothing", os.path.join(outside, "link"))
    for number in range(1, 4):
        os.symlink(outside, os.path.join(outer, f"way-out-{number}"))
    os.symlink(os.path.join(outside, "secret"), os.path.join(outer, "way-to-secret"))

    def seen():
        entries = []
        for path in [outside] + sorted(os.path.join(outside, name) for name in os.listdir(outside)):
            status = os.lstat(path)
            content = open(path).read() if os.path.isfile(path) else ""
            entries.append((path, status.st_mode, status.st_nlink, status.st_mtime_ns, content))
        return entries

    before = seen()
    command = [word.replace("OUTER", outer).replace("INNER", inner) for word in sys.argv[1:]]
    code = subprocess.run(command).returncode
    if seen() != before:
        print(f"overlap.py: outside the shares something has changed: {before} became {seen()}", file=sys.stderr)
        sys.exit(1)
    sys.exit(code)
