"""Which passwords are guessed first. Pure: a list of what they are made of, and the ways in which people vary it."""

import re
from functools import lru_cache
from pathlib import Path

WORDS = Path(__file__).parent / "data" / "guessed.txt"

# People write letters as signs that look like them; both ways back are tried where one sign stands for two letters.
LOOKALIKES = (str.maketrans("@430$57+1!", "aaeossttii"), str.maketrans("@430$57+1|", "aaeossttll"))
ROWS = ("01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "abcdefghijklmnopqrstuvwxyz")
COLUMNS = "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p"
ZIGZAG = "1q2w3e4r5t6y7u8i9o0p"
WALKS = tuple(way for row in (*(row * 2 for row in ROWS), COLUMNS, ZIGZAG) for way in (row, row[::-1]))
LOOKED_AT = 64  # characters; what is as long and starts like this goes on like it
STEP = 3  # characters in a row on the keyboard that make a walk


def is_common(password: str, *about: str) -> bool:
    """Tell whether a password is made of nothing but known words, rows of keys, repetitions, years and digits.

    `about` is what everyone knows of the person: mail address and name.
    """
    said = password.casefold()[:LOOKED_AT]
    theirs = [part for text in about for part in (text, text.partition("@")[0], *re.split(r"\W+", text))]
    words = known() | {part.casefold() for part in theirs if len(part) >= STEP}
    return _is_made_of(said, words)


@lru_cache(maxsize=1)
def known() -> frozenset[str]:
    """Read the words once."""
    lines = [line for line in WORDS.read_text().splitlines() if not line.startswith("#")]
    return frozenset(word for line in lines for word in line.split())


def _is_made_of(said: str, words: frozenset[str] | set[str]) -> bool:
    """Whether some way of taking it apart leaves at most two words, and for the rest what costs no guesses."""
    most = 2
    # fewest[n]: how few words the first n characters can be taken apart into.
    fewest: list[int | None] = [0] + [None] * len(said)
    for start, count in enumerate(fewest):
        if count is None:
            continue
        for end in range(start + 1, len(said) + 1):
            part = said[start:end]
            more = 0 if _is_cheap(part) else 1 if _is_word(part, words) or _is_walk(part) else None
            if part == said[:start][-len(part) :] and len(part) <= start:  # the same again
                more = 0
            if more is not None and count + more <= most:
                before = fewest[end]
                fewest[end] = count + more if before is None else min(before, count + more)
    return fewest[-1] is not None


def _is_cheap(part: str) -> bool:
    """Digits of a year, a birthday or a telephone, or signs."""
    return part.isdecimal() or not any(character.isalnum() for character in part)


def _is_word(part: str, words: frozenset[str] | set[str]) -> bool:
    return part in words or any(part.translate(table) in words for table in LOOKALIKES)


def _is_walk(part: str) -> bool:
    return len(part) >= STEP and (len(set(part)) == 1 or any(part in walk for walk in WALKS))
