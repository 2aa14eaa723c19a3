"""What a text is found by: its letters, its sound, and the standards that it names."""

import pytest

from server.resources.search_keys import asked_grams, grams, plain, sounds
from server.resources.standards import beginning, standards


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("扫描电子显微镜", "显微"),
        ("扫描电子显微镜", "镜"),
        ("Confocal Microscope", "scop"),
        ("X射线衍射仪 XRD", "xrd"),
        ("ＬＳＭ９００", "lsm9"),
    ],
)
def test_every_part_of_a_text_is_among_its_grams(text: str, asked: str) -> None:
    assert asked_grams([plain(asked)]) <= grams(plain(text))


def test_what_a_text_has_not_is_not_among_them() -> None:
    assert not asked_grams(["电镜"]) <= grams("扫描电子显微镜")


def test_words_are_read_as_a_whole() -> None:
    assert "chongqingdaxue" in sounds("重庆大学")
    assert "yinhang" in sounds("银行")


def test_less_usual_readings_and_initials_are_kept_too() -> None:
    assert {"xingche", "hangche"} <= sounds("行车")  # the crane and the driving
    assert "smdzxwj" in sounds("扫描电子显微镜")
    assert "ct" not in sounds("传统"), "two letters are the initials of nearly everything"


def test_standards_are_found_as_people_write_them() -> None:
    text = "依据 GB/T 228.1-2021、ISO 6892-1 和astm e8，GB5009 检测；CNAS 认可"
    assert standards(text) == ["ASTM E8", "GB 5009", "GB/T 228.1-2021", "ISO 6892-1"]
    assert beginning("gb/t228") == "GB/T 228"
    assert beginning("ISO") == "ISO"
