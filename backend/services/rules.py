"""What makes a service definition usable: a check that says what is wrong with it, and where."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from backend.services.definition import (
    Action,
    ActionName,
    Definition,
    FieldKind,
    Promise,
    Role,
    StateKind,
    Text,
    Unit,
    Workflow,
)

KNOWN_ROLES = frozenset(role.value for role in Role)
UNTIMED = frozenset({Unit.WINDOW, Unit.QUEUE})
PROFILE_KINDS = {
    "name": FieldKind.TEXT,
    "nik": FieldKind.NIK,
    "phone": FieldKind.PHONE,
    "address": FieldKind.TEXT,
    "kelurahan": FieldKind.KELURAHAN,
}


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a definition: where it stands, as a path into the data, and what it is."""

    path: str
    message: Text

    def __str__(self) -> str:
        return f"{self.path}: {self.message.id}"


def check(definition: Definition, known_roles: Collection[str] = KNOWN_ROLES) -> list[Fault]:
    """Every fault of a definition; an empty list means that it may be published."""
    checks: tuple[Callable[[Definition], Iterable[Fault]], ...] = (
        _duplicates,
        _starts_and_ends,
        _arrows,
        _waiting,
        lambda d: _roles(d.workflow, known_roles),
        _paths,
        _letter,
        lambda d: _promise(d.promise),
        _fee,
        _fields,
    )
    return [fault for one in checks for fault in one(definition)]


def _fault(path: str, indonesian: str, english: str) -> Fault:
    return Fault(path, Text(id=indonesian, en=english))


def _duplicates(definition: Definition) -> Iterator[Fault]:
    names = {
        "requirements": [r.code for r in definition.requirements],
        "fields": [f.name for f in definition.fields],
        "workflow.states": [s.name for s in definition.workflow.states],
        "workflow.actions": [f"{a.name} ({s})" for a in definition.workflow.actions for s in a.sources],
        "product.letter.rows": [r.label for r in definition.product.letter.rows],
    }
    names |= {f"fields.{f.name}.choices": [c.value for c in f.choices] for f in definition.fields}
    for path, values in names.items():
        for name, count in Counter(values).items():
            if count > 1:
                yield _fault(
                    path, f"Nama {name} dipakai {count} kali.", f"The name {name} is used {count} times."
                )


def _starts_and_ends(definition: Definition) -> Iterator[Fault]:
    states = definition.workflow.states
    starts = [s.name for s in states if s.kind is StateKind.START]
    if not starts:
        yield _fault("workflow.states", "Tidak ada keadaan awal.", "There is no start state.")
    if len(starts) > 1:
        listed = ", ".join(starts)
        yield _fault(
            "workflow.states", f"Keadaan awal lebih dari satu: {listed}.", f"More than one start: {listed}."
        )
    if not any(s.kind is StateKind.FINAL for s in states):
        yield _fault("workflow.states", "Tidak ada keadaan akhir.", "There is no final state.")
    elif not any(s.kind is StateKind.FINAL and s.good for s in states):
        yield _fault("workflow.states", "Tidak ada akhir yang berhasil.", "No final state is a good one.")


def _arrows(definition: Definition) -> Iterator[Fault]:
    """Every action leads from known states to a known state, and none leaves a final state."""
    kinds = {s.name: s.kind for s in definition.workflow.states}
    for action in definition.workflow.actions:
        path = f"workflow.actions.{action.name}"
        for name in (*action.sources, action.target):
            if name not in kinds:
                yield _fault(path, f"Keadaan {name} tidak ada.", f"There is no state {name}.")
        for name in action.sources:
            if kinds.get(name) is StateKind.FINAL:
                yield _fault(
                    path,
                    f"Keadaan akhir {name} masih punya tindakan.",
                    f"The final state {name} has an action.",
                )


def _waiting(definition: Definition) -> Iterator[Fault]:
    """Who a state waits for must be able to go on: the resident by answering, the head by signing."""
    pairs = {
        StateKind.WAITING_RESIDENT: (ActionName.ANSWER, Role.RESIDENT),
        StateKind.WAITING_SIGNER: (ActionName.SIGN, Role.HEAD),
    }
    for state in definition.workflow.states:
        if state.kind not in pairs:
            continue
        action, role = pairs[state.kind]
        if not any(
            a.name is action and state.name in a.sources and role in a.roles
            for a in definition.workflow.actions
        ):
            yield _fault(
                f"workflow.states.{state.name}",
                f"Keadaan ini menunggu, tetapi tidak ada tindakan {action} untuk {role}.",
                f"This state waits, but there is no action {action} for {role}.",
            )


def _roles(workflow: Workflow, known: Collection[str]) -> Iterator[Fault]:
    for action in workflow.actions:
        path = f"workflow.actions.{action.name}.roles"
        if not action.roles:
            yield _fault(path, "Tidak ada peran yang boleh melakukannya.", "No role may do this.")
        for role in action.roles:
            if role not in known:
                yield _fault(path, f"Peran {role} tidak dikenal.", f"The role {role} is unknown.")


def _paths(definition: Definition) -> Iterator[Fault]:
    """No state is out of reach, and from every state some final state can be reached."""
    states = definition.workflow.states
    actions = definition.workflow.actions
    starts = {s.name for s in states if s.kind is StateKind.START}
    finals = {s.name for s in states if s.kind is StateKind.FINAL}
    reached = _closure(starts, actions, forward=True)
    ending = _closure(finals, actions, forward=False)
    for state in states:
        path = f"workflow.states.{state.name}"
        if starts and state.name not in reached:
            yield _fault(path, "Keadaan ini tidak dapat dicapai.", "This state cannot be reached.")
        if finals and state.name not in ending:
            yield _fault(
                path, "Jalan buntu: tidak ada jalan ke keadaan akhir.", "Dead end: no way to a final state."
            )


def _closure(seed: set[str], actions: Iterable[Action], *, forward: bool) -> set[str]:
    """The states that can be reached from `seed`, or backwards those that can reach it."""
    edges = [(source, action.target) for action in actions for source in action.sources]
    pairs = edges if forward else [(target, source) for source, target in edges]
    found = set(seed)
    grew = True
    while grew:
        new = {end for begin, end in pairs if begin in found} - found
        found |= new
        grew = bool(new)
    return found


def _letter(definition: Definition) -> Iterator[Fault]:
    fields = {f.name for f in definition.fields}
    for row in definition.product.letter.rows:
        if row.field not in fields:
            yield _fault(
                "product.letter.rows",
                f"Baris {row.label} memakai isian {row.field} yang tidak ada.",
                f"The row {row.label} uses the field {row.field}, which does not exist.",
            )


def _promise(promise: Promise) -> Iterator[Fault]:
    if promise.unit in UNTIMED and promise.value is not None:
        yield _fault(
            "promise.value", f"{promise.unit} tidak memakai angka.", f"A {promise.unit} takes no value."
        )
    if promise.unit not in UNTIMED and promise.value is None:
        yield _fault("promise.value", "Angka janji belum diisi.", "The value of the promise is missing.")
    dates = (promise.opens, promise.closes, promise.result)
    if promise.unit is not Unit.WINDOW:
        if any(dates):
            yield _fault("promise", "Hanya jendela yang punya tanggal.", "Only a window has dates.")
        return
    if (promise.opens is None or promise.closes is None) and not promise.mark.is_sample:
        yield _fault(
            "promise.opens", "Tanggal buka dan tutup belum diisi.", "Opening and closing dates are missing."
        )
    known = [d for d in dates if d is not None]
    if known != sorted(known):
        yield _fault(
            "promise", "Urutan tanggal salah: buka, tutup, hasil.", "Dates out of order: open, close, result."
        )


def _fee(definition: Definition) -> Iterator[Fault]:
    if definition.fee.amount_idr is None and definition.fee.note is None:
        yield _fault(
            "fee.note",
            "Biaya tanpa angka harus menjelaskan cara menghitungnya.",
            "A fee without an amount must explain how it is set.",
        )


def _fields(definition: Definition) -> Iterator[Fault]:
    for field in definition.fields:
        path = f"fields.{field.name}"
        if field.kind is FieldKind.CHOICE and not field.choices:
            yield _fault(path, "Isian pilihan belum punya pilihan.", "A choice field has no choices.")
        if field.kind is not FieldKind.CHOICE and field.choices:
            yield _fault(path, "Hanya isian pilihan yang punya pilihan.", "Only a choice field has choices.")
        bounds = (field.minimum, field.maximum)
        if field.kind is not FieldKind.NUMBER and any(b is not None for b in bounds):
            yield _fault(path, "Hanya isian angka yang punya batas.", "Only a number field has bounds.")
        if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
            yield _fault(path, "Batas bawah melebihi batas atas.", "The minimum exceeds the maximum.")
        if field.profile is not None and PROFILE_KINDS[field.profile] is not field.kind:
            yield _fault(
                path,
                f"Jenis isian tidak cocok dengan profil {field.profile}.",
                f"The kind does not fit the profile value {field.profile}.",
            )
