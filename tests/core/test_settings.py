"""A setting that cannot be is one line that names it; what others reach is told from what is for this machine."""

from typing import Any

import pytest

from server.core.settings import Settings, WrongSetting


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("LOG_LEVEL", "loud", "RONGTONG_LOG_LEVEL=loud: "),
        ("POOL_SIZE", "0", "RONGTONG_POOL_SIZE=0: Expected `int` >= 1"),
        ("POOL_SIZE", "many", "RONGTONG_POOL_SIZE=many: Expected `int`"),
        ("BASE_URL", "rongtong.example", "RONGTONG_BASE_URL=rongtong.example: expected scheme and host"),
        ("BASE_URL", "ftp://rongtong.example", "expected scheme and host alone"),
        ("BASE_URL", "https://rongtong.example/booking", "expected scheme and host alone"),
        ("BASE_URL", "https://rongtong.example?x", "expected scheme and host alone"),
        ("BASE_URL", "https://me:word@rongtong.example", "expected scheme and host alone"),
        ("BASE_URL", "https://rongtong.example:70000", "RONGTONG_BASE_URL=https://rongtong.example:70000: Port out"),
        ("PROXIES", "10.0.0.0/8, proxy.example", "RONGTONG_PROXIES="),
        ("OUTBOUND_ALLOW", "inside", "RONGTONG_OUTBOUND_ALLOW=inside: "),
        ("OUTBOUND_PORTS", "https", "RONGTONG_OUTBOUND_PORTS=https: "),
        ("RATE_LIMITS", "some", "RONGTONG_RATE_LIMITS=some: "),
        ("OUTBOUND_HTTP", "perhaps", "RONGTONG_OUTBOUND_HTTP=perhaps: "),
    ],
)
def test_what_a_variable_cannot_say_is_one_line_that_names_it(
    name: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"RONGTONG_{name}", value)
    with pytest.raises(WrongSetting) as refused:
        Settings.from_environment()
    assert told in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_a_slash_at_the_end_of_the_base_url_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RONGTONG_BASE_URL", "https://rongtong.example/")
    assert Settings.from_environment().base_url == "https://rongtong.example"


@pytest.mark.parametrize(
    ("said", "is_local"),
    [
        ({}, True),
        ({"base_url": "http://localhost:8001"}, True),
        ({"base_url": "http://[::1]:8001"}, True),
        ({"base_url": "http://127.8.0.1"}, True),
        ({"hosts": "localhost, 127.0.0.1"}, True),
        ({"base_url": "https://rongtong.example"}, False),
        ({"base_url": "http://0.0.0.0:8000"}, False),
        ({"base_url": "http://[::]:8000"}, False),
        ({"base_url": "http://127.0.0.1.nip.io"}, False),
        ({"base_url": "http://localhost.example"}, False),
        ({"base_url": "http://2130706433"}, False),
        ({"hosts": "127.0.0.1, rongtong.lan"}, False),
        ({"proxies": "127.0.0.1"}, False),
        ({"proxies": "unix"}, False),
    ],
)
def test_it_is_for_this_machine_alone_unless_a_name_or_a_proxy_says_that_others_come(
    said: dict[str, Any], is_local: bool
) -> None:
    assert Settings(**said).is_local is is_local
    if not is_local:
        with pytest.raises(WrongSetting, match="RONGTONG_SMTP_URL"):
            Settings(**said, mail_sink=True)
