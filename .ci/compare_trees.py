#!/usr/bin/env python3
"""Compares two file trees: names, types, modes, owners, times, link targets, hard-link groups, devices, extended
attributes and content. compare_trees.py EXPECTED FOUND prints each difference and ends with 1 if there is one."""
import filecmp
import os
import stat
import sys


def describe(path):
    info = os.lstat(path)
    facts = {"type": stat.S_IFMT(info.st_mode), "mode": oct(stat.S_IMODE(info.st_mode)),
             "owner": (info.st_uid, info.st_gid), "mtime": info.st_mtime_ns,
             "xattrs": {name: os.getxattr(path, name, follow_symlinks=False)
                        for name in os.listxattr(path, follow_symlinks=False)}}
    if stat.S_ISLNK(info.st_mode):
        facts["target"] = os.readlink(path)
    if stat.S_ISREG(info.st_mode):
        facts["size"] = info.st_size
    if stat.S_ISCHR(info.st_mode) or stat.S_ISBLK(info.st_mode):
        facts["device"] = info.st_rdev
    return facts, (info.st_ino if info.st_nlink > 1 and not stat.S_ISDIR(info.st_mode) else None)


def read(root):
    tree, groups = {}, {}
    for folder, folders, files in os.walk(root):
        for name in [*folders, *files]:
            path = os.path.join(folder, name)
            relative = os.path.relpath(path, root)
            tree[relative], inode = describe(path)
            if inode is not None:
                groups.setdefault(inode, []).append(relative)
    return tree, {name: sorted(names) for names in groups.values() for name in names}


def main(expected_root, found_root):
    (expected, expected_links), (found, found_links) = read(expected_root), read(found_root)
    differences = 0

    def differ(*words):
        nonlocal differences
        differences += 1
        if differences <= 50:
            print(*words)

    for name in sorted(expected.keys() | found.keys()):
        if name not in found or name not in expected:
            differ(name, "is only in", expected_root if name in expected else found_root)
            continue
        for fact in expected[name].keys() | found[name].keys():
            if expected[name].get(fact) != found[name].get(fact):
                differ(name, fact, "expected", expected[name].get(fact), "found", found[name].get(fact))
        if expected_links.get(name) != found_links.get(name):
            differ(name, "hard links: expected", expected_links.get(name), "found", found_links.get(name))
        if "size" in expected[name] and not filecmp.cmp(
                os.path.join(expected_root, name), os.path.join(found_root, name), shallow=False):
            differ(name, "has other content")
    print(f"{len(expected)} entries compared, {differences} differences")
    return 1 if differences else 0


sys.exit(main(*sys.argv[1:]))
