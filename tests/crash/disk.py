"""A disk that is full while a sender writes to it."""

from __future__ import annotations

import contextlib
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.crash.process import Process

SIZE = 32 * 1024 * 1024


class SmallDisk:
    """A file system of its own where we may mount one; else a limit to what a process may write.

    The first is full for whoever writes, the second makes the same calls fail for one process.
    """

    def __init__(self, folder: Path, *, mounted: bool) -> None:
        """Take the folder that is the disk."""
        self.folder, self.mounted = folder, mounted
        self.complaint = "database or disk is full" if mounted else "disk I/O error"

    def fill(self, process: Process) -> None:
        """Leave no room."""
        if not self.mounted:
            longest = max(file.stat().st_size for file in self.folder.iterdir() if file.is_file())
            _limit(process, longest)
            return
        with (self.folder / "ballast").open("wb", buffering=0) as ballast:
            # The system takes as much as there is room for, and says how much that was.
            assert ballast.write(bytes(2 * SIZE)) < 2 * SIZE

    def free(self, process: Process) -> None:
        """Give the room back."""
        if self.mounted:
            (self.folder / "ballast").unlink()
        else:
            _limit(process, resource.RLIM_INFINITY)


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """Make a small disk in a folder for the time of a `with`."""
    folder.mkdir()
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    command = [str(mount), "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    mounted = bool(mount and unmount) and _succeeds(command)
    try:
        yield SmallDisk(folder, mounted=mounted)
    finally:
        if mounted:
            subprocess.run([str(unmount), "--lazy", str(folder)], check=True)


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True).returncode == 0


def _limit(process: Process, size: int) -> None:
    hard = resource.prlimit(process.popen.pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(process.popen.pid, resource.RLIMIT_FSIZE, (size, hard))
