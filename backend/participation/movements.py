"""Telling who follows: when a file comes into force, each followed place whose figure moved has its event."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid5

from backend.budget import exploring
from backend.budget.models import BudgetImport
from backend.budget.proofs import proof
from backend.budget.rules import ImportKind
from backend.core import clock
from backend.core.actors import SYSTEM
from backend.core.events import Event
from backend.core.models import RecordedEvent
from backend.core.outbox import record
from backend.core.reads import fetch
from backend.database import transaction
from backend.participation import rules
from backend.participation.carrying import PLACES_MOST, carry, decree_of
from backend.participation.events import MOVEMENT, MovementKind
from backend.participation.rules import Figures

FILES_MOST = 1000
# A year's files up to a given one, in the order they came into force: what counted then is known however late
# somebody asks, whatever came after.
_FILES = """
SELECT i.id, i.stage, {since}, coalesce(s.id, 0)
FROM budget_imports i LEFT JOIN budget_stages s ON (s.year, s.stage) = (i.year, i.stage)
WHERE i.kind = $1 AND i.year = $2 AND i.state IN ('in_force', 'superseded') AND (i.done_at, i.id) <= ($3, $4) {only}
ORDER BY i.done_at DESC, i.id DESC LIMIT $5
"""
_SINCE = {ImportKind.EXPENDITURE: "i.effective_on", ImportKind.REALISATION: "i.stage::date"}
# A table of revenue alone says nothing of payments.
_ONLY = {
    ImportKind.EXPENDITURE: "",
    ImportKind.REALISATION: "AND EXISTS (SELECT FROM realisation_sums x WHERE x.import_id = i.id AND x.account LIKE '5%')",
}
# Rupiah of a place in a file; NULL where a budget does not have the place (any more), or it has no code there.
_AMOUNT = {
    ImportKind.EXPENDITURE: """
CASE WHEN {code} = ''
     THEN (SELECT sum(t.amount) FROM budget_totals t WHERE t.import_id = {file} AND t.opd = p.opd)
     ELSE (SELECT sum(n.amount) FROM budget_nodes n WHERE n.import_id = {file} AND n.opd = p.opd AND n.code = {code})
END""",
    ImportKind.REALISATION: """
CASE WHEN {code} IS NOT NULL THEN coalesce(CASE WHEN {code} = ''
     THEN (SELECT sum(r.realised) FROM realisation_sums r
           WHERE r.import_id = {file} AND r.opd = p.opd AND r.account LIKE '5%')
     ELSE (SELECT sum(n.realised) FROM realisation_nodes n
           WHERE n.import_id = {file} AND n.opd = p.opd AND n.code = {code})
END, 0) END""",
}
# What a follow's place is called under a decree; NULL where it has no code there.
_CODE = "CASE WHEN max(code) = '' THEN '' ELSE max(code) FILTER (WHERE classification = ${n}::text) END"
# A place is named as the figure that counts names it: on the day of the news, or today where that falls back; one
# that is gone by its last code, and called what its last file called it.
_MOVED = """
SELECT DISTINCT ON (opd, said[1], said[2]) opd, said[2], said[1],
       before::numeric(20,2), after::numeric(20,2), was::numeric(20,2), now::numeric(20,2),
       coalesce((SELECT b.name FROM budget_names b WHERE b.classification = said[1] AND b.code = said[2]
                 AND b.kind IN ('programme', 'activity', 'sub_activity') LIMIT 1), '')
FROM (SELECT p.*, CASE WHEN was IS DISTINCT FROM now AND now IS NOT NULL THEN ARRAY[$8::text, now_code]
                       WHEN after IS NOT NULL THEN ARRAY[$6::text, after_code]
                       WHEN before IS NOT NULL THEN ARRAY[$5::text, before_code]
                       ELSE ARRAY[$7::text, was_code] END AS said
      FROM (SELECT p.*, {before} AS before, {after} AS after, {was} AS was, {now} AS now
            FROM (SELECT DISTINCT opd, {codes} FROM budget_follows WHERE opd <> '' GROUP BY first_id, opd) p) p) m
WHERE before IS DISTINCT FROM after OR was IS DISTINCT FROM now
ORDER BY opd, said[1], said[2], before DESC NULLS LAST LIMIT $9
"""


@dataclass(frozen=True)
class _News:
    """What is to be told of a file, by rules.news_of, and of which year the figures are that gave way."""

    told: rules.News
    before_year: int


@dataclass(frozen=True)
class _Moved:
    """A followed place whose figure moved, in rupiah; None where a budget does not have it.

    `before` and `after` on the day of the news; `was` and `now` differ where today's figure falls back until then.
    `classification`: the decree of the code.
    """

    opd: str
    code: str
    classification: str
    before: Decimal | None
    after: Decimal | None
    was: Decimal | None
    now: Decimal | None
    name: str

    @property
    def falls_back(self) -> bool:
        return self.was != self.now

    @property
    def amounts(self) -> dict[str, str]:
        """The amounts as their event tells them; "" where three are told and a budget does not have the place."""
        if self.falls_back:
            three = {"before": self.was, "now": self.now, "after": self.after}
            return {name: "" if amount is None else str(amount) for name, amount in three.items()}
        return {"before": str(self.before or 0), "after": str(self.after or 0)}


async def heard(import_id: UUID) -> int:
    """Make the events of a file that came into force; returns how many. Hearing of it again makes no more."""
    file = await BudgetImport.get(id=import_id)
    kind = ImportKind(file.kind)
    if kind not in _SINCE:
        return 0
    news = await _news(file, kind)
    async with transaction():
        # Whoever hears of the same file at the same time waits here, and then finds its events.
        await BudgetImport.filter(id=file.id).select_for_update().get()
        decree = await _codes_of(file.id)
        if news is None:
            return 0
        moved = {_subject(file.id, m, decree): m for m in await _moved(kind, news.told, {file.id: decree})}
        before = RecordedEvent.filter(subject_kind=MOVEMENT, subject_id__in=list(moved))
        told = set(await before.values_list("subject_id", flat=True))
        new = {subject: m for subject, m in moved.items() if subject not in told}
        for subject, m in new.items():
            data = {
                **{"opd": m.opd, "code": m.code, "classification": m.classification, "name": m.name},
                **{"year": file.year, "stage": file.stage},
                **m.amounts,
                **{"before_year": news.before_year, "since": news.told.after.since.isoformat()},
                "until": file.stage if kind is ImportKind.REALISATION else "",
            }
            await record(Event(_kind_of(kind, news, m, file.year), MOVEMENT, subject, 1, data), SYSTEM)
    return len(new)


def _subject(file: UUID, moved: _Moved, decree: str) -> UUID:
    """What tells a movement from every other: the file and the place, whose code may be meant in another decree."""
    meant = "" if not moved.code or moved.classification == decree else f"/{moved.classification}"
    return uuid5(file, f"{moved.opd}/{moved.code}{meant}")


def _kind_of(kind: ImportKind, news: _News, moved: _Moved, year: int) -> MovementKind:
    if kind is ImportKind.REALISATION:
        return MovementKind.REALISATION
    if moved.falls_back:
        return MovementKind.BACK
    if moved.after is None:
        return MovementKind.GONE
    if news.before_year != year:
        return MovementKind.NEW_YEAR
    return MovementKind.LATER if news.told.since else MovementKind.BUDGET


async def _news(file: BudgetImport, kind: ImportKind) -> _News | None:
    """By rules.news_of, on the day the file came into force; None where nobody is told."""
    if kind not in _SINCE or file.done_at is None:
        return None
    today = file.done_at.astimezone(clock.CITY_ZONE).date()
    budget = kind is ImportKind.EXPENDITURE
    is_told = rules.is_told_budget if budget else rules.is_told_progress
    if not is_told(file.year, today):
        return None
    files = await _files(file, kind, file.year)
    news = rules.news_of(files, today) if files and files[-1].file == file.id else None
    if news is None:
        return None
    if budget and news.before is None:
        # The first budget of a year stands beside what counted when the year before ended.
        last = rules.counting(await _files(file, kind, file.year - 1), date(file.year - 1, 12, 31))
        if last:
            return _News(replace(news, before=last.file), file.year - 1)
    return _News(news, file.year)


async def _files(upto: BudgetImport, kind: ImportKind, year: int) -> list[Figures]:
    sql = _FILES.format(since=_SINCE[kind], only=_ONLY[kind])
    rows = await fetch(sql, [kind.value, year, upto.done_at, upto.id, FILES_MOST])
    return [Figures(*row) for row in reversed(rows)]


async def _moved(kind: ImportKind, news: rules.News, decrees: dict[UUID, str]) -> list[_Moved]:
    """Followed places whose figure moved; `decrees` are those of the files that are known, and are filled."""
    files = {"before": news.before, "after": news.after.file, "was": news.was, "now": news.now}
    for file in files.values():
        if file and file not in decrees:
            decrees[file] = await _codes_of(file)
    parts = {
        name: _AMOUNT[kind].format(file=f"${n}::uuid", code=f"p.{name}_code")
        for n, name in enumerate(files, 1)
    }
    codes = ", ".join(f"{_CODE.format(n=n)} AS {name}_code" for n, name in enumerate(files, 1 + len(files)))
    values = [file or UUID(int=0) for file in files.values()]
    meant = [decrees[file or news.after.file] for file in files.values()]
    rows = await fetch(_MOVED.format(**parts, codes=codes), [*values, *meant, PLACES_MOST])
    found = [_Moved(*row) for row in rows]
    # What was paid for a place that has no code any more is not known.
    return [m for m in found if kind is ImportKind.EXPENDITURE or m.after is not None]


async def _codes_of(file: UUID) -> str:
    """The decree in which the codes of a file are meant, once all that is followed has its code there.

    That of payments is the one of the budget that counted on their day, whatever they were announced with.
    """
    stage = await exploring.stage_of(file) or await _budget_of(await BudgetImport.get(id=file))
    if stage is None:
        return (await proof(file)).classification
    await carry(stage)
    return await decree_of(stage)


async def _budget_of(payments: BudgetImport) -> exploring.StageOf | None:
    """The budget that counted on the day of payments, or the one that stands without one."""
    if payments.kind != ImportKind.REALISATION:
        return None
    day = date.fromisoformat(payments.stage)
    return await exploring.stage_on(payments.year, None, day) or await exploring.standing(payments.year)
