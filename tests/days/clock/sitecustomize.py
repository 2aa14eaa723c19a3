"""Read by every Python of such a run: sleep with select.

libfaketime 0.9.10 takes the moment until which time.sleep sleeps, on a clock that it is told not to fake, for a faked
one, and the system refuses it.
"""

import select
import time
from typing import SupportsIndex


def sleep(seconds: float | SupportsIndex) -> None:
    select.select([], [], [], float(seconds))


time.sleep = sleep
