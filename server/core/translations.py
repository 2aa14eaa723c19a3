"""The catalogues: English message ids in the code, zh-CN and English texts in server/locales."""

import gettext
from functools import lru_cache
from pathlib import Path

LOCALES = Path(__file__).parents[1] / "locales"
CATALOGUES = {"zh-CN": "zh_CN", "en": "en"}
DEFAULT = "zh-CN"
LANGUAGES = {"zh-CN": "中文", "en": "English"}  # each as those who read it call it


@lru_cache(maxsize=len(CATALOGUES) + 1)
def translator(locale: str) -> gettext.NullTranslations:
    """Load the texts of an account's locale; those of zh-CN for one that we do not have."""
    return gettext.translation("messages", LOCALES, [CATALOGUES.get(locale, CATALOGUES[DEFAULT])])


def N_(message: str) -> str:
    """Mark a text for the catalogues where it is written down, to be translated where it is used."""
    return message
