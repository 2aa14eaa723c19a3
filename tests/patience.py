"""How long tests wait: for what happens and not for seconds. On a busy machine everything takes as long as it takes."""

import os

PATIENCE = 600  # seconds; whoever waits longer waits for something that hangs

# The time-outs with which the program protects itself, so long that only a hang meets them: who wins a race must not
# depend on how busy the machine is. Tests of the time-outs themselves have them as they are, and where the clock was
# moved (tests/days) they would be over never, or at once.
UNHURRIED = dict.fromkeys(
    ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"),
    "0" if "DAYS_INSTANT" in os.environ else f"{PATIENCE}s",
)
