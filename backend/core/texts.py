"""Sentences for people in both languages, chosen at the last moment."""

from dataclasses import dataclass
from enum import StrEnum


class Locale(StrEnum):
    """Indonesian first, English by choice."""

    ID = "id"
    EN = "en"


@dataclass(frozen=True)
class Text:
    """One sentence in Indonesian and English."""

    id: str
    en: str

    def said(self, locale: Locale) -> str:
        return self.en if locale is Locale.EN else self.id
