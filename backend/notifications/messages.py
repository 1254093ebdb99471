"""Every sentence the city sends: for each event a line in the timeline and the notices it makes.

A message says what happened, what it means for the date, and the next step. `{service}`, `{number}`,
`{due}`, `{reason}`, `{opd}` are filled from the event; nothing personal is ever put in a push.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from backend.applications.events import Kind
from backend.core import clock
from backend.core.ids import number_text
from backend.core.texts import Locale, Text
from backend.notifications import words

Data = Mapping[str, object]


@dataclass(frozen=True)
class Notice:
    """What one audience is told: resident, officers (of the case's OPD), heads, or the regional secretary."""

    audience: str
    title: Text
    body: Text


@dataclass(frozen=True)
class Message:
    """Everything said about one kind of event. `waiting` and `bad` colour the timeline."""

    line: Text
    detail: Text | None = None
    notices: tuple[Notice, ...] = ()
    waiting: bool = False
    bad: bool = False
    staff_line: Text | None = None

    def line_for(self, *, resident: bool) -> Text:
        """The line as the applicant reads it, or as everyone else does."""
        return self.line if resident or self.staff_line is None else self.staff_line


MESSAGES: Mapping[str, Message] = {
    Kind.SUBMITTED: Message(
        Text("Diterima", "Received"),
        notices=(
            Notice(
                "resident",
                Text("{service}: kami terima", "{service}: received"),
                Text("Nomor {number}. {due_sentence}", "Number {number}. {due_sentence}"),
            ),
            Notice(
                "officer",
                Text("Berkas baru: {service}", "New case: {service}"),
                Text("Nomor {number}. {due_sentence}", "Number {number}. {due_sentence}"),
            ),
        ),
    ),
    Kind.TAKEN: Message(
        Text("Mulai diperiksa", "Being checked"),
        notices=(
            Notice(
                "resident",
                Text("{service}: sedang diperiksa", "{service}: being checked"),
                Text(
                    "Petugas mulai memeriksa berkas Anda. {due_sentence}",
                    "An officer is checking your papers. {due_sentence}",
                ),
            ),
        ),
    ),
    Kind.RELEASED: Message(Text("Dikembalikan ke antrean petugas", "Back in the officers' queue")),
    Kind.RETURNED: Message(
        Text("Perlu Anda perbaiki", "Needs you"),
        Text("{returns}", "{returns}"),
        notices=(
            Notice(
                "resident",
                Text("{service}: perlu Anda", "{service}: needs you"),
                Text(
                    "{returns} Waktu berhenti dihitung sampai Anda menjawab.",
                    "{returns} The clock stands still until you answer.",
                ),
            ),
        ),
        waiting=True,
        staff_line=Text("Dikembalikan untuk diperbaiki", "Handed back to be mended"),
    ),
    Kind.ANSWERED: Message(
        Text("Anda perbaiki", "Mended by you"),
        Text("{moved}", "{moved}"),
        notices=(
            Notice(
                "officer",
                Text("Sudah diperbaiki: {service}", "Mended: {service}"),
                Text("Nomor {number}. {due_sentence}", "Number {number}. {due_sentence}"),
            ),
            Notice(
                "resident",
                Text("{service}: perbaikan kami terima", "{service}: your answer arrived"),
                Text("{due_sentence}", "{due_sentence}"),
            ),
        ),
        waiting=True,
        staff_line=Text("Diperbaiki pemohon", "Mended by the applicant"),
    ),
    Kind.FORWARDED: Message(
        Text("Diteruskan ke {opd}", "Passed on to {opd}"),
        Text("{reason}", "{reason}"),
        notices=(
            Notice(
                "resident",
                Text("{service}: diteruskan", "{service}: passed on"),
                Text(
                    "Sekarang di {opd}. Janji waktunya tetap. {due_sentence}",
                    "Now at {opd}. The promise stands. {due_sentence}",
                ),
            ),
            Notice(
                "officer",
                Text("Berkas diteruskan ke sini: {service}", "Passed on to you: {service}"),
                Text("Nomor {number}. {reason}", "Number {number}. {reason}"),
            ),
        ),
    ),
    Kind.APPROVED: Message(
        Text("Diperiksa, lengkap", "Checked, complete"),
        notices=(
            Notice(
                "resident",
                Text(
                    "{service}: lengkap, menunggu tanda tangan",
                    "{service}: complete, waiting for the signature",
                ),
                Text("{due_sentence}", "{due_sentence}"),
            ),
            Notice(
                "head",
                Text("Menunggu tanda tangan Anda: {service}", "Waits for your signature: {service}"),
                Text("Nomor {number}. {due_sentence}", "Number {number}. {due_sentence}"),
            ),
        ),
    ),
    Kind.SENT_BACK: Message(
        Text("Dikembalikan kepala dinas ke petugas", "Sent back to the officers by the head"),
        Text("{reason}", "{reason}"),
        notices=(
            Notice(
                "officer",
                Text("Dikembalikan kepala: {service}", "Sent back by the head: {service}"),
                Text("Nomor {number}. {reason}", "Number {number}. {reason}"),
            ),
            Notice(
                "resident",
                Text("{service}: diperiksa sekali lagi", "{service}: checked once more"),
                Text("{due_sentence}", "{due_sentence}"),
            ),
        ),
    ),
    Kind.SIGNING: Message(
        Text("Disetujui, sedang ditandatangani", "Approved, being signed"),
        notices=(
            Notice(
                "resident",
                Text("{service}: disetujui", "{service}: approved"),
                Text("Tanda tangan sedang dibubuhkan.", "The signature is being applied."),
            ),
        ),
    ),
    Kind.WAITS_FOR_HEAD: Message(
        Text("Menunggu kepala dinas sendiri", "Waits for the head of the department in person"),
        Text(
            "Surat ini menyangkut {matter}. Menurut UU 30/2014 pengganti tidak boleh menandatanganinya.",
            "This letter decides on {matter}. By law (UU 30/2014) no stand-in may sign it.",
        ),
        notices=(
            Notice(
                "resident",
                Text("{service}: menunggu kepala dinas sendiri", "{service}: waits for the head in person"),
                Text(
                    "Kepala dinas sedang tidak di tempat, dan penggantinya tidak boleh menandatangani surat ini."
                    " {due_sentence}",
                    "The head is away, and the stand-in may not sign this letter. {due_sentence}",
                ),
            ),
            Notice(
                "officer",
                Text("Menunggu kepala dinas sendiri: {service}", "Waits for the head in person: {service}"),
                Text("Nomor {number}. {due_sentence}", "Number {number}. {due_sentence}"),
            ),
            Notice(
                "secretary",
                Text("Surat menunggu kepala sendiri: {opd}", "A letter waits for the head in person: {opd}"),
                Text(
                    "Nomor {number}. Penggantinya tidak boleh menandatangani surat ini.",
                    "Number {number}. The stand-in may not sign this one.",
                ),
            ),
        ),
        waiting=True,
    ),
    Kind.SIGNER_AWAY: Message(
        Text(
            "Layanan tanda tangan sedang terganggu; janji waktu berhenti sampai pulih",
            "The signing service is down; the promised time stands still until it is back",
        ),
        waiting=True,
    ),
    Kind.SIGNER_BACK: Message(
        Text("Layanan tanda tangan pulih", "The signing service is back"), Text("{moved}", "{moved}")
    ),
    Kind.SIGN_FAILED: Message(
        Text("Tanda tangan belum berhasil, diulang", "The signature did not work yet; it is repeated"),
        notices=(
            Notice(
                "head",
                Text("Tanda tangan belum berhasil: {service}", "The signature did not work: {service}"),
                Text(
                    "Nomor {number}. Buka dan tanda tangani lagi.", "Number {number}. Open it and sign again."
                ),
            ),
            Notice(
                "resident",
                Text("{service}: tanda tangan diulang", "{service}: the signature is repeated"),
                Text("{due_sentence}", "{due_sentence}"),
            ),
        ),
        bad=True,
    ),
    Kind.ISSUED: Message(
        Text("Terbit", "Issued"),
        notices=(
            Notice(
                "resident",
                Text("{service}: sudah terbit", "{service}: issued"),
                Text(
                    "Surat bertanda tangan bisa diunduh sekarang.", "The signed letter can be downloaded now."
                ),
            ),
        ),
    ),
    Kind.LETTER_REVOKED: Message(
        Text("Surat dicabut", "The letter was revoked"),
        Text("{reason}", "{reason}"),
        notices=(
            Notice(
                "resident",
                Text("{service}: surat dicabut", "{service}: the letter was revoked"),
                Text(
                    "Alasan: {reason} Surat itu tidak berlaku lagi.",
                    "Reason: {reason} That letter is no longer valid.",
                ),
            ),
        ),
        bad=True,
    ),
    Kind.LETTER_REPLACED: Message(
        Text("Surat diganti, yang baru menunggu tanda tangan", "The letter is replaced; the new one waits"),
        Text("{reason}", "{reason}"),
        notices=(
            Notice(
                "resident",
                Text("{service}: surat diganti", "{service}: the letter is replaced"),
                Text(
                    "Alasan: {reason} Surat lama tidak berlaku lagi; yang baru segera terbit.",
                    "Reason: {reason} The old letter is no longer valid; the new one comes soon.",
                ),
            ),
            Notice(
                "head",
                Text("Surat pengganti: {service}", "Replacement letter: {service}"),
                Text("Nomor {number}. Buka dan tanda tangani.", "Number {number}. Open it and sign."),
            ),
        ),
    ),
    Kind.REJECTED: Message(
        Text("Ditolak", "Refused"),
        Text("{reason}", "{reason}"),
        notices=(
            Notice(
                "resident",
                Text("{service}: ditolak", "{service}: refused"),
                Text("Alasan: {reason} Anda boleh mengajukan lagi.", "Reason: {reason} You may apply again."),
            ),
        ),
        bad=True,
    ),
    Kind.WITHDRAWN: Message(
        Text("Anda batalkan", "Withdrawn by you"),
        bad=True,
        staff_line=Text("Dibatalkan pemohon", "Withdrawn by the applicant"),
    ),
}

CODE = Text(
    "{code} adalah kode masuk Lugas Kota Malang. Berlaku 5 menit."
    " Jangan berikan kepada siapa pun, termasuk petugas.",
    "{code} is your sign-in code for Lugas Kota Malang. It lasts 5 minutes."
    " Give it to nobody, not even to an officer.",
)


def code_text(code: str, locale: Locale) -> str:
    """The message that carries a one-time code; the code comes first, so that phones offer to fill it in."""
    return CODE.said(locale).format(code=code)


APPLIED_FOR_YOU = Text(
    "{service}: diajukan atas nama Anda oleh {helper} ({relation}). Nomor {number}. Bantuan ini gratis, jangan"
    " membayar siapa pun. Bukan Anda yang minta? Masuk ke Lugas dengan nomor HP ini dan tarik permohonannya.",
    "{service}: applied for in your name by {helper} ({relation}). Number {number}. This help is free, pay nobody."
    " Did you not ask for it? Log in to Lugas with this mobile number and withdraw it.",
)


def applied_for_you(service: Text, number: str, helper: str, relation: Text, locale: Locale) -> str:
    """The message to a resident's own phone after somebody applied for them."""
    return APPLIED_FOR_YOU.said(locale).format(
        service=service.said(locale),
        number=number_text(number),
        helper=helper,
        relation=relation.said(locale),
    )


# What only the holder of a post decides, in words.
MATTERS: Mapping[str, Text] = {
    "organisation": Text("organisasi", "the organisation"),
    "staffing": Text("kepegawaian", "staffing"),
    "budget_allocation": Text("alokasi anggaran", "budget allocation"),
}
SILENT = frozenset((Kind.RELEASED, Kind.SIGNER_AWAY, Kind.SIGNER_BACK, Kind.WITHDRAWN))


@dataclass(frozen=True)
class Facts:
    """Names that stand in for codes when an event is put in words."""

    service: Text
    opd: str
    requirements: Mapping[str, Text]
    unit_cost: Text | None = None


def said(template: Text, data: Data, facts: Facts, locale: Locale) -> str:
    """A sentence with its names filled in; unknown parts stay empty, never a traceback."""
    values = {
        "service": facts.service.said(locale),
        "opd": facts.opd,
        "number": number_text(_text(data, "number")),
        "reason": _text(data, "reason"),
        "returns": _returns(data, facts, locale),
        "due_sentence": due_sentence(data, locale),
        "matter": MATTERS[matter].said(locale) if (matter := _text(data, "matter")) in MATTERS else "",
        "moved": facts.unit_cost.said(locale) if facts.unit_cost else "",
    }
    return " ".join(template.said(locale).format_map(values).split())


def _text(data: Data, name: str) -> str:
    """A word of the event; empty when it is missing or null."""
    value = data.get(name)
    return value if isinstance(value, str) else ""


def _returns(data: Data, facts: Facts, locale: Locale) -> str:
    rows = data.get("returns")
    if not isinstance(rows, list):
        return ""
    parts = []
    for row in rows:
        title = facts.requirements.get(str(row["requirement"]))
        parts.append(
            f"{title.said(locale) if title else row['requirement']}: {_sentence(str(row['reason']))}"
        )
    return " ".join(parts)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def due_sentence(data: Data, locale: Locale) -> str:
    """Selesai paling lambat Selasa, 24 November."""
    due = data.get("due")
    if not isinstance(due, str):
        return ""
    moment = datetime.fromisoformat(due).astimezone(clock.CITY_ZONE)
    when = words.day(moment.date(), locale, today=clock.today())
    return Text(f"Selesai paling lambat {when}.", f"Done by {when} at the latest.").said(locale)


def promise_headline(due: date, locale: Locale, *, today: date) -> str:
    """The title of a case."""
    when = words.day(due, locale, today=today)
    return Text(f"Selesai paling lambat {when}", f"Done by {when}").said(locale)
