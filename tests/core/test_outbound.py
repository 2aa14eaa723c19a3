"""What the program asks of addresses that somebody else named, against a canary on loopback that nobody may reach."""

import asyncio
import gzip
import ssl
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import httpcore
import pytest
import structlog

from server.core import addresses, outbound
from server.core.errors import AddressRefused
from server.core.outbound import TooMuch, Unreached
from tests.certificates import certificate
from tests.core.conftest import Allow
from tests.listener import Asked, Listener, Reply

MOST = 1024 * 1024
HERE = "127.0.0.2"  # stands for the public internet: exempt where a test says so; the canary is at 127.0.0.1

# Spellings of loopback and of what leads there. {port} is the canary's.
SPELLINGS = [
    "http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://LOCALHOST.:{port}/", "http://127.1:{port}/",
    "http://127.0.1:{port}/", "http://2130706433:{port}/", "http://0x7f000001:{port}/", "http://0x7f.1:{port}/",
    "http://0177.0.0.1:{port}/", "http://017700000001:{port}/", "http://0:{port}/", "http://0.0.0.0:{port}/",
    "http://127.000.000.001:{port}/", "http://①②⑦.⓪.⓪.①:{port}/", "http://127。0。0。1:{port}/",
    "http://good.example@127.0.0.1:{port}/", "http://good.example:x@127.0.0.1:{port}/", "http://127.0.0.1:{port}#@good.example/",
    "http://[::1]:{port}/", "http://[::]:{port}/", "http://[0:0:0:0:0:0:0:1]:{port}/", "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/", "http://[::127.0.0.1]:{port}/", "http://[2002:7f00:1::]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/", "http://[64:ff9b:1::7f00:1]:{port}/", "http://[2001:0:7f00:1::80ff:fffe]:{port}/",
    "http://[fe80::1%25lo]:{port}/", "http://[fec0::1]:{port}/", "http://[ff02::1]:{port}/", "http://[fd00::1]:{port}/",
    "http://10.0.0.1:{port}/", "http://169.254.169.254:{port}/", "http://100.100.100.200:{port}/", "http://192.0.0.192:{port}/",
    "http://192.168.0.1:{port}/", "http://172.16.0.1:{port}/", "http://198.18.0.1:{port}/", "http://224.0.0.1:{port}/",
    "http://255.255.255.255:{port}/", "webcal://127.0.0.1:{port}/", "https://127.0.0.1:{port}/", "//127.0.0.1:{port}/",
    "ftp://127.0.0.1:{port}/", "file:///etc/passwd", "gopher://127.0.0.1:{port}/_", "unix:///run/x.sock", "",
    "http:///x",     "http://127.0.0.1:{port}\\@good.example/", "http://[::1", "http://127.0.0.1:99999/",
]  # fmt: skip

# Those that really arrive where nothing is checked.
ARRIVING = [
    "http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://127.1:{port}/", "http://2130706433:{port}/",
    "http://0x7f.1:{port}/", "http://0.0.0.0:{port}/", "http://[::ffff:127.0.0.1]:{port}/",
    "http://good.example@127.0.0.1:{port}/",
]  # fmt: skip


def answering(*answers: Iterable[str]) -> Callable[[str, int], Awaitable[Iterable[str]]]:
    """A resolver that answers differently each time, and at last always the same."""
    left = [*answers]

    async def resolve(host: str, port: int) -> Iterable[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_no_spelling_reaches_our_own_network(allow: Allow, canary: Listener, spelling: str) -> None:
    allow(canary.port)
    url = spelling.format(port=canary.port)
    with pytest.raises((AddressRefused, Unreached)):
        await outbound.get(url, most=MOST)
    with pytest.raises((AddressRefused, Unreached)):
        await outbound.post(url, {}, b"x", most=MOST)
    with pytest.raises(AddressRefused):
        await outbound.refuse_unless_allowed(url)
    assert canary.connections == 0


@pytest.mark.parametrize("spelling", ARRIVING)
async def test_without_the_guard_they_arrive(
    allow: Allow, canary: Listener, monkeypatch: pytest.MonkeyPatch, spelling: str
) -> None:
    allow(canary.port)
    monkeypatch.setattr(addresses, "allowed", lambda *_: True)
    assert (await outbound.get(spelling.format(port=canary.port), most=MOST)).status == 200
    assert canary.connections == 1


@pytest.mark.parametrize("spelling", ARRIVING)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_leads_there(allow: Allow, canary: Listener, spelling: str, status: int) -> None:
    there = spelling.format(port=canary.port)
    async with Listener(lambda _: Reply(status, headers={"Location": there}), host=HERE) as public:
        allow(canary.port, public.port, networks=f"{HERE}/32")
        with pytest.raises(Unreached):
            await outbound.get(public.url(), most=MOST)
    assert (canary.connections, public.connections) == (0, 1)


async def test_without_the_guard_a_redirect_leads_there(
    allow: Allow, canary: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Listener(lambda _: Reply(302, headers={"Location": canary.url()}), host=HERE) as public:
        allow(canary.port, public.port, networks=f"{HERE}/32")
        monkeypatch.setattr(addresses, "allowed", lambda *_: True)
        await outbound.get(public.url(), most=MOST)
    assert canary.connections == 1


async def test_a_name_that_changes_its_answer_is_connected_to_where_it_was_checked(allow: Allow) -> None:
    async with Listener(host=HERE) as public:
        canary = await Listener().start(public.port)
        allow(public.port, networks=f"{HERE}/32")
        rebinding = answering([HERE], ["127.0.0.1"])
        url = public.url(host="rebinding.example")
        assert (await outbound.get(url, most=MOST, resolver=rebinding)).status == 200
        with pytest.raises(Unreached):
            await outbound.get(url, most=MOST, resolver=rebinding)
        await canary.stop()
    assert (public.connections, canary.connections) == (1, 0)
    assert public.asked[0].headers["host"] == f"rebinding.example:{public.port}"


async def test_without_the_pin_it_would_be_asked_twice(allow: Allow, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Listener(host=HERE) as public:
        canary = await Listener().start(public.port)
        allow(public.port, networks=f"{HERE}/32")
        rebinding = answering([HERE], ["127.0.0.1"])

        async def checked_only(guard: outbound.Guard, host: str, port: int, *more: object) -> object:
            await guard.check(host, port)
            (address,) = await rebinding(host, port)  # as connecting by name would
            return await httpcore.AnyIOBackend().connect_tcp(address, port)

        monkeypatch.setattr(outbound.Guard, "connect_tcp", lambda self, host, port, **_: checked_only(self, host, port))
        await outbound.get(public.url(host="rebinding.example"), most=MOST, resolver=rebinding)
        await canary.stop()
    assert (public.connections, canary.connections) == (0, 1)


async def test_one_bad_address_among_a_names_is_enough(allow: Allow) -> None:
    async with Listener(host=HERE) as public:
        allow(public.port, networks=f"{HERE}/32")
        with pytest.raises(Unreached):
            await outbound.get(public.url(host="x.example"), most=MOST, resolver=answering([HERE, "10.0.0.1"]))
        with pytest.raises(AddressRefused):
            await outbound.refuse_unless_allowed(public.url(host="x.example"), answering([HERE, "::1"]))
    assert public.connections == 0


async def test_more_than_three_redirects_are_not_followed(allow: Allow) -> None:
    async with Listener(lambda asked: Reply(302, headers={"Location": asked.path + "x"}), host=HERE) as public:
        allow(public.port, networks=f"{HERE}/32")
        with pytest.raises(Unreached):
            await outbound.get(public.url(), most=MOST)
    assert [asked.path for asked in public.asked] == ["/", "/x", "/xx", "/xxx"]


async def test_a_post_is_not_redirected(allow: Allow, canary: Listener) -> None:
    async with Listener(lambda _: Reply(307, headers={"Location": canary.url()}), host=HERE) as public:
        allow(canary.port, public.port, networks="127.0.0.0/8")
        assert (await outbound.post(public.url(), {}, b"secret", most=MOST)).status == 307
    assert canary.connections == 0


async def test_credentials_go_to_their_own_host_only(allow: Allow) -> None:
    async with Listener(host="127.0.0.3") as other:
        moved = Reply(302, headers={"Location": other.url()})
        async with Listener(lambda _: moved, host=HERE) as public:
            allow(public.port, other.port, networks="127.0.0.0/8")
            await outbound.get(public.url(host=f"me:pass@{HERE}"), most=MOST)
    assert public.asked[0].headers["authorization"] == "Basic bWU6cGFzcw=="
    assert "authorization" not in other.asked[0].headers


async def test_a_certificate_must_be_for_the_name_also_at_a_checked_address(
    allow: Allow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate("tls.example", tmp_path / "tls.pem")
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(file)
    monkeypatch.setattr(outbound, "_tls", lambda: ssl.create_default_context(cafile=str(file)))
    public = await Listener(host=HERE).start(tls=serving)
    allow(public.port, networks=f"{HERE}/32", http=False)
    there = answering([HERE])
    answer = await outbound.get(f"webcal://tls.example:{public.port}/x.ics", most=MOST, resolver=there)
    assert (answer.status, public.asked[0].path) == (200, "/x.ics")
    for other in ("other.example", HERE):
        with pytest.raises(Unreached):
            await outbound.get(f"https://{other}:{public.port}/", most=MOST, resolver=there)
    assert len(public.asked) == 1
    await public.stop()


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "https://127.0.0.1:22/", "https://127.0.0.1:8443/"])
async def test_what_no_administrator_allowed_is_refused(allow: Allow, url: str) -> None:
    allow(networks="127.0.0.0/8", http=False)
    with pytest.raises(AddressRefused):
        outbound.target(url)


async def test_what_is_refused_closed_silent_or_denied_sounds_the_same(
    allow: Allow, canary: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "TOTAL_SECONDS", 0.2)

    async def silent(asked: Asked) -> Reply:
        raise OSError

    told = set()
    async with Listener(silent, host=HERE) as public:
        closed = await Listener(host=HERE).start()
        await closed.stop()
        allow(canary.port, public.port, closed.port, networks=f"{HERE}/32")
        for url in (canary.url(), public.url(), closed.url(), "http://nothing.invalid/"):
            with pytest.raises(Unreached) as refusal:
                await outbound.get(url, most=MOST)
            told.add((type(refusal.value), str(refusal.value)))
    assert told == {(Unreached, "it could not be reached")}


async def test_an_endless_answer_ends(allow: Allow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "TOTAL_SECONDS", 0.2)
    async with Listener(lambda _: Reply(body=b"BEGIN", drip=True), host=HERE) as public:
        allow(public.port, networks=f"{HERE}/32")
        with pytest.raises(Unreached):
            await outbound.get(public.url(), most=MOST)


async def test_a_large_answer_is_refused(allow: Allow) -> None:
    async with Listener(lambda _: Reply(body=b"x" * (MOST + 1)), host=HERE) as public:
        allow(public.port, networks=f"{HERE}/32")
        with pytest.raises(TooMuch):
            await outbound.get(public.url(), most=MOST)
        assert len((await outbound.post(public.url(), {}, b"", most=500)).body) == 500


BOMB = gzip.compress(bytes(50 * 1024 * 1024), mtime=0)


@pytest.mark.parametrize("most", [10 * MOST, 100 * MOST], ids=["by its size", "by its ratio"])
async def test_a_bomb_is_refused(allow: Allow, most: int) -> None:
    async with Listener(lambda _: Reply(body=BOMB, headers={"Content-Encoding": "gzip"}), host=HERE) as public:
        allow(public.port, networks=f"{HERE}/32")
        with pytest.raises(TooMuch):
            await outbound.get(public.url(), most=most)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(gzip.compress(b"x" * 999, mtime=0)[:-9], "gzip"), (b"no zip", "gzip"), (b"x", "br"), (BOMB, "gzip, gzip")],
)
async def test_what_cannot_be_unpacked_is_no_answer(allow: Allow, body: bytes, encoding: str) -> None:
    async with Listener(lambda _: Reply(body=body, headers={"Content-Encoding": encoding}), host=HERE) as public:
        allow(public.port, networks=f"{HERE}/32")
        with pytest.raises(Unreached):
            await outbound.get(public.url(), most=MOST)


async def test_what_is_packed_is_unpacked(allow: Allow) -> None:
    packed = Reply(body=gzip.compress(b"BEGIN:VCALENDAR", mtime=0), headers={"Content-Encoding": "gzip"})
    async with Listener(lambda _: packed, host=HERE) as public:
        allow(public.port, networks=f"{HERE}/32")
        assert (await outbound.get(public.url(), most=MOST)).body == b"BEGIN:VCALENDAR"


async def test_nothing_is_logged_of_an_address(allow: Allow, canary: Listener) -> None:
    allow(canary.port)
    with structlog.testing.capture_logs() as logs, pytest.raises(Unreached) as refusal:
        await outbound.get(canary.url(host="me:canary-secret@127.0.0.1"), most=MOST)
    assert logs == []
    assert "canary-secret" not in repr(refusal.value) + str(refusal.value.__context__)


async def test_what_is_asked_is_sent_as_it_was_said(allow: Allow) -> None:
    async with Listener(lambda _: Reply(207, b"told", {"X-Said": "twice"}), host=HERE) as public:
        allow(public.port, networks=f"{HERE}/32")
        got = await outbound.get(public.url("/a?b=c#d"), {"X-Own": "yes"}, most=MOST)
        await outbound.post(public.url(), {}, b"posted", most=MOST)
        reported = await outbound.report(public.url(), {"Depth": "1"}, b"<query/>", most=MOST)
    asked = [(one.method, one.path, one.body) for one in public.asked]
    assert asked == [("GET", "/a?b=c", b""), ("POST", "/", b"posted"), ("REPORT", "/", b"<query/>")]
    assert public.asked[0].headers["user-agent"] == outbound.AGENT
    assert public.asked[0].headers["accept-encoding"] == "gzip"
    assert (public.asked[0].headers["x-own"], public.asked[2].headers["depth"]) == ("yes", "1")
    assert (got.status, got.headers["x-said"], got.body) == (207, "twice", b"told")
    assert 0 <= got.seconds < outbound.TOTAL_SECONDS
    assert reported.body == b"told"


async def test_a_report_is_asked_again_where_it_is_redirected(allow: Allow) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(308, headers={"Location": "/there"}) if asked.path == "/" else Reply(207, b"x" * 10)

    async with Listener(answer, host=HERE) as public:
        allow(public.port, networks=f"{HERE}/32")
        assert (await outbound.report(public.url(), {}, b"<query/>", most=10)).status == 207
        with pytest.raises(TooMuch, match="its answer is too large"):
            await outbound.report(public.url(), {}, b"<query/>", most=9)
    assert [(one.method, one.path, one.body) for one in public.asked[:2]] == [
        ("REPORT", "/", b"<query/>"),
        ("REPORT", "/there", b"<query/>"),
    ]


async def test_a_report_is_redirected_three_times_at_most_and_not_to_our_own_network(
    allow: Allow, canary: Listener
) -> None:
    async with Listener(lambda asked: Reply(302, headers={"Location": asked.path + "x"}), host=HERE) as public:
        allow(public.port, canary.port, networks=f"{HERE}/32")
        with pytest.raises(Unreached):
            await outbound.report(public.url(), {}, b"", most=MOST)
        assert len(public.asked) == 1 + outbound.REDIRECTS
        with pytest.raises(Unreached):
            await outbound.report(canary.url(), {}, b"", most=MOST)
    assert canary.connections == 0


@pytest.mark.parametrize("status", [200, 300, 304, 404])
async def test_only_a_redirect_leads_on(allow: Allow, status: int) -> None:
    async with Listener(lambda _: Reply(status, headers={"Location": "/there"}), host=HERE) as public:
        allow(public.port, networks=f"{HERE}/32")
        assert (await outbound.get(public.url(), most=MOST)).status == status
    assert len(public.asked) == 1


async def test_a_redirect_that_says_no_place_is_an_answer(allow: Allow) -> None:
    async with Listener(lambda _: Reply(302), host=HERE) as public:
        allow(public.port, networks=f"{HERE}/32")
        assert (await outbound.get(public.url(), most=MOST)).status == 302


async def test_a_name_is_asked_with_its_port_and_its_addresses_in_turn(allow: Allow) -> None:
    asked = []

    async def resolver(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["127.0.0.3", "127.0.0.3", HERE]  # nobody listens at the first

    async with Listener(host=HERE) as public:
        allow(public.port, networks="127.0.0.0/8")
        url = public.url(host="several.example")
        await outbound.refuse_unless_allowed(url, resolver)
        assert (await outbound.get(url, most=MOST, resolver=resolver)).status == 200
    assert asked == [("several.example", public.port)] * 2
    with pytest.raises(Unreached):
        await outbound.get(url, most=MOST, resolver=resolver)


async def test_the_usual_port_is_asked_where_none_is_said(allow: Allow) -> None:
    asked = []

    async def resolver(host: str, port: int) -> list[str]:
        asked.append(port)
        return ["10.0.0.1"]

    allow()
    for url in ("https://x.example/", "http://x.example/"):
        with pytest.raises(AddressRefused) as refused:
            await outbound.refuse_unless_allowed(url, resolver)
        assert refused.value.detail == "its host is not known, or is not on the public internet"
    assert asked == [443, 80]


async def test_a_name_that_nobody_answers_for_is_given_up(allow: Allow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "TOTAL_SECONDS", 0.01)
    allow()

    async def resolver(host: str, port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    with pytest.raises(AddressRefused):
        await outbound.refuse_unless_allowed("https://x.example/", resolver)


@pytest.mark.parametrize("scheme", ["webcal", "webcals", "WEBCAL"])
async def test_an_address_of_a_calendar_is_one_of_https(allow: Allow, scheme: str) -> None:
    allow(http=False)
    assert str(outbound.target(f" {scheme}://x.example/a#b ")) == "https://x.example/a"


@pytest.mark.parametrize(
    ("url", "http", "why"),
    [
        ("https://x.example:bad/", True, "it is no address of the form https://host/path"),
        ("http://x.example/", False, "it must begin with https://"),
        ("ftp://x.example/", True, "it must begin with https://"),
        ("https:///path", True, "it names no host"),
        ("https://x.example:22/", True, "only the usual port of https may be used"),
        ("https://x.example:80/", False, "only the usual port of https may be used"),
    ],
)
async def test_a_refused_address_is_told_why(allow: Allow, url: str, http: bool, why: str) -> None:
    allow(http=http)
    with pytest.raises(AddressRefused) as refused:
        outbound.target(url)
    assert refused.value.detail == why


async def test_no_socket_of_ours_is_opened() -> None:
    with pytest.raises(httpcore.ConnectError, match="not allowed"):
        await outbound.Guard(outbound.resolve).connect_unix_socket("/run/x.sock")


async def test_an_address_in_brackets_is_resolved_without_them(allow: Allow) -> None:
    asked = []

    async def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return [host]

    allow()
    await outbound.refuse_unless_allowed("https://[2606:4700::1111]/", resolver)
    assert await outbound.Guard(resolver).check("[2606:4700::1111]", 443) == ["2606:4700::1111"]
    assert asked == ["2606:4700::1111"] * 2


async def test_a_name_is_resolved_once_for_each_address() -> None:
    assert await outbound.resolve("127.0.0.1", 443) == ["127.0.0.1"]


async def test_what_is_told_of_a_connection_goes_along(allow: Allow, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []

    async def connect(self: object, *given: object) -> None:
        told.append(given)
        raise httpcore.ConnectTimeout("slow")

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    allow(networks="127.0.0.0/8")
    options = ((1, 2, 3),)
    with pytest.raises(httpcore.ConnectTimeout):
        await outbound.Guard(answering(["127.0.0.3", HERE])).connect_tcp("x.example", 1, 2.5, "127.0.0.9", options)
    assert told == [("127.0.0.3", 1, 2.5, "127.0.0.9", options), (HERE, 1, 2.5, "127.0.0.9", options)]


async def test_why_no_connection_is_made_is_told_to_programs() -> None:
    with pytest.raises(httpcore.ConnectError, match="not allowed"):
        await outbound.Guard(answering([])).check("x.example", 443)
