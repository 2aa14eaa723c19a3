"""Run a command that ends when its parent does: `python -m server.embedded.leash PARENT COMMAND…`.

Linux sends the signal (prctl(2), PR_SET_PDEATHSIG) even when the parent was killed with -9, and keeps it across exec.
Elsewhere the command simply runs, and the next `rongtong up` stops what is left of the one before.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main(arguments: list[str]) -> None:
    parent, command = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
        if os.getppid() != parent:  # it died before the leash was on
            raise SystemExit(1)
    os.execv(command[0], command)  # noqa: S606 - the caller's own command


if __name__ == "__main__":
    main(sys.argv[1:])
