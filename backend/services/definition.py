"""The shape of a service definition: pure data that a department writes and the loader checks."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    model_serializer,
)

Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9-]{2,39}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


# The question by which a complaint keeps its author from the OPD it is about.
HIDE = "hide_identity"


class Shape(BaseModel):
    """Every part of a definition is frozen and refuses unknown keys, so a typing slip cannot pass unseen."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Shape):
    """A sentence for people: Indonesian first, English second."""

    id: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Asked(Shape):
    """Something a resident fills in or brings, with its help.

    `help_jv` says in Javanese (krama) what `help` says; a native speaker has yet to read it (docs/glossary.md).
    A definition without it is dumped without it, so that it keeps the digest it was published under.
    """

    help: Text | None = None
    help_jv: str | None = Field(default=None, min_length=1, max_length=300)

    @model_serializer(mode="wrap")
    def _spare(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        body: dict[str, Any] = dump(self)
        if self.help_jv is None:
            del body["help_jv"]
        return body


class Mark(StrEnum):
    """How sure we are of a fact (see docs/glossary.md): M and X are shown to people as a sample."""

    VERIFIED = "V"
    REAL_ELSEWHERE = "R"
    DERIVED = "D"
    MEMORY = "M"
    MISSING = "X"

    @property
    def is_sample(self) -> bool:
        return self in (Mark.MEMORY, Mark.MISSING)


class Unit(StrEnum):
    """How a service counts its promise. Minutes and hours are office time, days are whole days."""

    MINUTE = "minute"
    HOUR = "hour"
    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    WINDOW = "window"
    QUEUE = "queue"


class Promise(Shape):
    """How long the city may take. A window has dates; a queue has no limit and shows place and pace."""

    unit: Unit
    value: int | None = Field(default=None, ge=1, le=20_000)
    mark: Mark
    note: Text | None = None
    opens: date | None = None
    closes: date | None = None
    result: date | None = None


class Fee(Shape):
    """What a resident pays, in whole rupiah; None means set by a formula that `note` explains."""

    amount_idr: int | None = Field(default=None, ge=0)
    mark: Mark
    note: Text | None = None


class RequirementKind(StrEnum):
    """A document is uploaded, a condition is only stated, an act at the office happens in person."""

    DOCUMENT = "document"
    CONDITION = "condition"
    AT_OFFICE = "at_office"


class Requirement(Asked):
    """One published requirement; the only grounds on which a case may be returned, each at most once."""

    code: Name
    kind: RequirementKind
    title: Text
    required: bool = True
    max_pages: int = Field(default=6, ge=1, le=30)


class FieldKind(StrEnum):
    """The inputs a form may hold."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NIK = "nik"
    PHONE = "phone"
    EMAIL = "email"
    DATE = "date"
    NUMBER = "number"
    CHOICE = "choice"
    KELURAHAN = "kelurahan"


class Choice(Shape):
    value: Name
    label: Text


class FormField(Asked):
    """One question of the form. `profile` names the profile value that may fill it."""

    name: Name
    kind: FieldKind
    label: Text
    required: bool = True
    max_length: int = Field(default=120, ge=1, le=2000)
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[Choice, ...] = ()
    profile: Literal["name", "nik", "phone", "address", "kelurahan"] | None = None


class StateKind(StrEnum):
    """What a state means to the clock: only WAITING_RESIDENT pauses it, only FINAL ends it."""

    START = "start"
    WORKING = "working"
    WAITING_RESIDENT = "waiting_resident"
    WAITING_SIGNER = "waiting_signer"
    FINAL = "final"


class State(Shape):
    """Where a case can stand. `title` speaks to the applicant; officers and trackers may need other words."""

    name: Name
    kind: StateKind
    title: Text
    title_for_others: Text | None = None
    good: bool = True


class Role(StrEnum):
    """Who may act on a case; `system` is the worker."""

    RESIDENT = "resident"
    OFFICER = "officer"
    HEAD = "head"
    SYSTEM = "system"


class ActionName(StrEnum):
    """The acts the city's software knows how to carry out; a definition says when and by whom."""

    TAKE = "take"
    RELEASE = "release"
    RETURN = "return"
    ANSWER = "answer"
    FORWARD = "forward"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    SIGN = "sign"
    ISSUE = "issue"
    SIGN_FAILED = "sign_failed"
    REJECT = "reject"
    WITHDRAW = "withdraw"


class Action(Shape):
    """One arrow of the workflow: in any state of `sources`, someone in `roles` may move the case to `target`."""

    name: ActionName
    sources: tuple[Name, ...] = Field(min_length=1)
    target: Name
    roles: tuple[str, ...]


class Workflow(Shape):
    states: tuple[State, ...] = Field(min_length=2)
    actions: tuple[Action, ...]


class LetterRow(Shape):
    """A line of the letter's table: a label and the form field that fills it."""

    label: str
    field: Name


class Letter(Shape):
    """The signed result. `classification` is the archive code that opens the letter's number.

    `high` says why a letter is of weight, so that it is approved twice and with a reason: it gives a licence, or it
    decides on money. `strategic` names what only the holder of a post decides (UU 30/2014 art. 14(7)): no stand-in
    ever signs it. A letter without it is dumped without it, so that a definition keeps the digest it was published under.
    """

    kind: Name
    title: str
    classification: Annotated[str, StringConstraints(pattern=r"^[0-9.]{3,12}$")]
    rows: tuple[LetterRow, ...] = ()
    paragraphs: tuple[str, ...] = Field(min_length=1)
    high: Literal["licence", "money"] | None = None
    strategic: Literal["organisation", "staffing", "budget_allocation"] | None = None

    @model_serializer(mode="wrap")
    def _spare(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        body: dict[str, Any] = dump(self)
        return {k: v for k, v in body.items() if k not in ("high", "strategic") or v}


class Product(Shape):
    title: Text
    letter: Letter


class Definition(Shape):
    """One version of one service. `opd` is an OPD code, or `KEC-*`: the applicant's own kecamatan."""

    code: Code
    version: int = Field(ge=1)
    opd: Annotated[str, StringConstraints(pattern=r"^([A-Z][A-Z0-9-]{1,39}|KEC-\*)$")]
    name: Text
    summary: Text
    category: Name
    icon: Name
    synonyms: tuple[str, ...] = ()
    promise: Promise
    fee: Fee
    requirements: tuple[Requirement, ...] = ()
    requirements_mark: Mark
    fields: tuple[FormField, ...] = ()
    workflow: Workflow
    product: Product
    legal: tuple[str, ...] = ()
    source: str
    note: Text | None = None
    minutes_to_fill: int = Field(default=5, ge=1, le=60)
    visits: int = Field(default=0, ge=0, le=5)
    popular: int | None = Field(default=None, ge=1)

    @property
    def documents(self) -> tuple[Requirement, ...]:
        """The requirements that are uploaded."""
        return tuple(r for r in self.requirements if r.kind is RequirementKind.DOCUMENT)

    def requirement(self, code: str) -> Requirement | None:
        return next((r for r in self.requirements if r.code == code), None)

    @cached_property
    def states(self) -> Mapping[str, State]:
        """The workflow's states by name."""
        return {s.name: s for s in self.workflow.states}

    def state(self, name: str) -> State:
        return self.states[name]

    def hides_applicant(self, answers: Mapping[str, str]) -> bool:
        """True when the form lets people keep their name from other OPDs, and this one did."""
        return any(f.name == HIDE for f in self.fields) and answers.get(HIDE) == "yes"

    @property
    def start(self) -> State:
        return next(s for s in self.workflow.states if s.kind is StateKind.START)
