"""enter.py ROOT UID:GID PROGRAM WORD…: makes ROOT, a mount, the root of this mount namespace (unlike chroot this leaves a
program its right to make namespaces), keeps the capabilities that docker leaves a container, and starts the program."""
import ctypes
import os
import signal
import sys
import warnings  # noqa: F401: os.execvp imports it, when this Python is out of reach.

# CAP_CHOWN and so on, by number, as in docker's default set.
KEPT = {0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31}
PIVOT_ROOT = {"x86_64": 155, "riscv64": 41, "aarch64": 41}
MNT_DETACH = 2
PR_CAPBSET_DROP = 24


def checked(status, what):
    if status != 0:
        raise OSError(ctypes.get_errno(), what)


def main(root, ids, program, *words):
    libc = ctypes.CDLL(None, use_errno=True)
    os.chdir(root)
    checked(libc.syscall(PIVOT_ROOT[os.uname().machine], b".", b"."), "pivot_root")
    checked(libc.umount2(b".", MNT_DETACH), "umount")
    os.chdir("/")
    for capability in range(41):
        if capability not in KEPT:
            checked(libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), "prctl")
    uid, gid = map(int, ids.split(":"))
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    os.environ.pop("LC_CTYPE", None)  # Python sets it where the locale is C.
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, and a program would inherit that.
        signal.signal(ignored, signal.SIG_DFL)
    try:
        os.execvp(program, [program, *words])
    except FileNotFoundError:
        sys.exit(127)


main(*sys.argv[1:])
