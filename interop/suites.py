"""The CalDAV suites of others: what fails must be what is named here, for its reason, and nothing else."""

import json
import re
import shutil

from clients import ENV, HERE, PYTHON, run
from servers import Server
from verdicts import asked_of

LEAST_PASSED = {"vdirsyncer": 55, "python-caldav": 106}
EXPECTED = {
    "vdirsyncer": {
        "test_create_collection[VEVENT]": "makes a calendar (MKCOL)",
        "test_create_collection[VTODO]": "makes a calendar (MKCOL)",
        "test_discover[VEVENT]": "expects the name that it made up as the last part of the address",
        "test_discover[VTODO]": "expects the name that it made up as the last part of the address",
        "test_encoding_metadata": "names a calendar (PROPPATCH)",
    },  # calendars are made and named by their resources, in the application
    "python-caldav": {},
}


def vdirsyncer_suite(server: Server) -> None:
    root = ENV / "vdirsyncer-0.21.0"
    shutil.copytree(HERE / "vdirsyncer_server", root / "tests/storage/servers/rongtong", dirs_exist_ok=True)
    given = server.given | {"DAV_SERVER": "rongtong"}
    command = [PYTHON, "-m", "pytest", "-q", "-rf", "-o", "addopts=", "tests/storage/dav/test_caldav.py"]
    judge("vdirsyncer", run("vdirsyncer_suite", command, given, fine=(0, 1), cwd=root))


def caldav_suite(server: Server) -> None:
    """Run python-caldav's own, which asks first what the server can do: caldav-server-tester tells it."""
    server.resource("Suite")
    features = asked_of(f"{server.url}/dav/", server.user, server.password, "Suite")
    root = ENV / "caldav-3.6.0"
    ours = {
        "type": "external", "url": f"{server.url}/dav/", "username": server.user, "password": server.password,
        "features": features | {"test-calendar": {"name": "Suite"}},
    }  # fmt: skip
    (root / "tests" / "caldav_test_servers.json").write_text(json.dumps({"rongtong": ours}))
    command = [
        PYTHON, "-m", "pytest", "-q", "-rf", "-p", "no:cacheprovider", "-k", "rongtong",
        "-o", "asyncio_default_fixture_loop_scope=function",  # its settings are for a newer pytest-asyncio
        "-W", "default:principals:DeprecationWarning",  # its own tests call what it has deprecated
        "tests/test_caldav.py", "tests/test_async_integration.py",
    ]  # fmt: skip
    given = server.given | {"PYTHON_CALDAV_TEST_EMBEDDED": "0", "PYTHON_CALDAV_TEST_DOCKER": "0"}
    judge("python-caldav", run("caldav_suite", command, given, fine=(0, 1), cwd=root))


def judge(name: str, said: str) -> None:
    failed = set(re.findall(r"^(?:FAILED|ERROR) \S+::(\S+)", said, re.MULTILINE))
    passed = int((re.search(r"(\d+) passed", said) or ["", "0"])[1])
    if failed != set(EXPECTED[name]) or passed < LEAST_PASSED[name]:
        raise SystemExit(f"{name}, {passed} passed, not as expected: {sorted(failed ^ set(EXPECTED[name]))}")
    print(f"{name}'s suite: {said.strip().splitlines()[-1]}")
    for test, why in EXPECTED[name].items():
        print(f"  {test} fails as expected: it {why}")
