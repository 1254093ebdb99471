"""The shape of a recorded event: a past-tense fact about one subject."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True)
class Event:
    """A fact. `seq` counts the subject's events from 1 without gap; `data` is JSON without secrets."""

    kind: str
    subject_kind: str
    subject_id: UUID
    seq: int
    data: Mapping[str, object] = field(default_factory=dict)
