"""A part of a processor for processes, where this machine lets us give it."""
import os
import pathlib

CONTROLLER = pathlib.Path("/sys/fs/cgroup/cpu")
PERIOD_US = 100_000


def available():
    """Version 1 of control groups, and the right to make one."""
    return (CONTROLLER / "cpu.cfs_quota_us").exists() and os.access(CONTROLLER, os.W_OK)


class Quota:
    """A control group for processes, without a limit at first."""

    def __init__(self, name):
        self.group = CONTROLLER / f"oci2wasm-{os.getpid()}-{name}"
        self.group.mkdir()

    def limit(self, processors):
        """From now on its processes get `processors` of a processor together."""
        (self.group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
        (self.group / "cpu.cfs_quota_us").write_text(str(int(PERIOD_US * processors)))

    def enter(self):
        (self.group / "cgroup.procs").write_text(str(os.getpid()))

    def remove(self):
        """Only once its processes have ended."""
        self.group.rmdir()
