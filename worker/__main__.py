"""`python -m worker`: send what is owed and do what time brings about (worker/work.py).

Loading all that takes a second or two. Who is asked to end meanwhile ends at once; as the first process of a container
it would not, for there the kernel heeds only signals that somebody handles.
"""

import os
import signal


def main() -> None:
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: os._exit(0))
    from worker.work import run

    run()


if __name__ == "__main__":
    main()
