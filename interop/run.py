"""Run other people's CalDAV clients and suites against a server of our own: `make interop`.

What is installed goes into interop/.env, outside .venv; the server's data is thrown away.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

from clients import ENV, HERE, prepare, run
from servers import Server
from suites import caldav_suite, vdirsyncer_suite
from verdicts import limits, tester


def khal(server: Server) -> None:
    """Let an event that khal makes close a resource."""
    id, place = server.resource("Khal"), Path(tempfile.mkdtemp(prefix="rt-"))
    (place / "v.conf").write_text(
        f'[general]\nstatus_path = "{place}/status"\n[pair p]\na = "r"\nb = "l"\ncollections = ["{id}"]\n'
        f'[storage r]\ntype = "caldav"\nurl = "{server.url}/"\nusername = "{server.user}"\n'
        f'password = "{server.password}"\n'
        f'[storage l]\ntype = "filesystem"\npath = "{place}/cal/"\nfileext = ".ics"\n'
    )
    (place / "k.conf").write_text(
        f"[calendars]\n[[c]]\npath = {place}/cal/{id}\n[locale]\nlocal_timezone = Asia/Shanghai\n"
        "default_timezone = Asia/Shanghai\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\n"
        "datetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
        f"[sqlite]\npath = {place}/khal.db\n"
    )
    vdirsyncer = [ENV / "bin" / "vdirsyncer", "-c", place / "v.conf"]
    run("khal", [*vdirsyncer, "discover"], {}, input="y\n" * 4)
    year = time.gmtime().tm_year + 1
    run(
        "khal",
        [ENV / "bin" / "khal", "-c", place / "k.conf", "new", "-a", "c", f"{year}-03-03 09:00", "2h", "保养"],
        {},
    )
    run("khal", [*vdirsyncer, "sync"], {})
    times = f"from={year}-03-03T00:00:00%2B08:00&to={year}-03-04T00:00:00%2B08:00"
    closed = server.ask(f"/resources/{id}/availability?{times}")["closed"]
    if f"{year}-03-03T09:00" not in [one["starts_at"][:16] for one in closed]:
        raise SystemExit(f"khal's event does not close the resource: {closed}")
    print("vdirsyncer and khal: discover, new, sync, the resource is closed: ok")
    shutil.rmtree(place, ignore_errors=True)


def tsdav(server: Server) -> None:
    if not (ENV / "node_modules").exists():
        print("tsdav: left out, there is no npm")
        return
    server.resource("Tsdav")
    given = server.given | {"INTEROP_NODE": str(ENV), "RONGTONG_CALENDAR": "Tsdav"}
    print(run("tsdav", ["node", HERE / "tsdav.mjs"], given).strip())


def main() -> None:
    prepare()
    with Server() as server:
        for one in (khal, tsdav, vdirsyncer_suite, caldav_suite, tester, limits):
            if one.__name__ in (sys.argv[1:] or one.__name__):
                one(server)


if __name__ == "__main__":
    main()
