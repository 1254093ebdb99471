"""Documents and bodies that mean harm: each one small to send and meant to be dear to answer."""

import json
import random
from collections.abc import Callable, Sequence

Dice = random.Random


def deep(dice: Dice) -> str:
    turns = dice.choice((15, 100, 2000, 6000))
    return (
        '{ node(id: "x") '
        + "{ ... on Application { service { opd " * turns
        + "{ id }"
        + " } } }" * turns
        + " }"
    )


def braces(dice: Dice) -> str:
    turns = dice.choice((50, 5000, 20000))
    return "{ me " + "{ " * turns + "id" + " }" * turns + " }"


def wide(dice: Dice) -> str:
    return "{ " + "opds { id code name kind nameEn } " * dice.choice((20, 300, 1500)) + "}"


def aliases(dice: Dice) -> str:
    turns = dice.choice((31, 200, 1500))
    return "{ " + " ".join(f'a{n}: track(number: "0000000000") {{ numberText }}' for n in range(turns)) + " }"


def codes(dice: Dice) -> str:
    """One guess each, many at once."""
    one = 'verifyCode(input: {idempotencyKey: "%s", challenge: "x", code: "%06d"}) { __typename }'
    key = "00000000-0000-4000-8000-00000000000"
    return "mutation { " + " ".join(f"a{n}: {one % (key + str(n % 10), n)}" for n in range(50)) + " }"


def bomb(dice: Dice) -> str:
    """Each fragment spreads the next one twice: 2^n fields out of n lines."""
    turns = dice.choice((10, 30, 39, 300))
    parts = [f"fragment F{n} on Service {{ a: code ...F{n + 1} ...F{n + 1} }}" for n in range(turns)]
    return (
        "{ services { edges { node { ...F0 } } } } "
        + " ".join(parts)
        + f" fragment F{turns} on Service {{ code }}"
    )


def nested_bomb(dice: Dice) -> str:
    turns = dice.choice((8, 20))
    parts = [
        f"fragment F{n} on Service {{ opd {{ services {{ ...F{n + 1} }} }} b: opd {{ services {{ ...F{n + 1} }} }} }}"
        for n in range(turns)
    ]
    return (
        "{ services { edges { node { ...F0 } } } } "
        + " ".join(parts)
        + f" fragment F{turns} on Service {{ code }}"
    )


def circle(dice: Dice) -> str:
    return "{ services { edges { node { ...A } } } } fragment A on Service { ...B } fragment B on Service { ...A code }"


def huge_page(dice: Dice) -> str:
    first = dice.choice((50, 51, 10**6, 2**31 - 1, 2**31, 10**40))
    return f"{{ services(first: {first}) {{ edges {{ node {{ code requirements {{ title }} fields {{ label }} }} }} }} }}"


def heaviest(dice: Dice) -> str:
    """As much as the guard may let through: full pages of whole services, several times."""
    one = (
        "services(first: 50) { edges { node { code name summary promise { text note strip: text }"
        " fee { text note } requirements { title help } fields { label help choices { label } } legal synonyms } } }"
    )
    one = one.replace(" strip: text", "")
    return "{ " + " ".join(f"a{n}: {one}" for n in range(dice.choice((1, 2, 3, 5, 10)))) + " }"


def searches(dice: Dice) -> str:
    words = " ".join(f"{chr(97 + n % 26)}{n}" for n in range(30))
    return (
        "{ " + " ".join(f'a{n}: services(search: "{words} {n}") {{ totalCount }}' for n in range(10)) + " }"
    )


def everyone(dice: Dice) -> str:
    return (
        "{ opds { id code name nameEn kind } kecamatan { code name kelurahan { code name postal } }"
        " holidays(year: 2026) { date name jointLeave } h: holidays(year: 2027) { date name jointLeave } }"
    )


def half_refused(dice: Dice) -> str:
    """A root that is refused ends the whole answer while the others are under way: nothing may be left behind."""
    return "{ inbox(first: 50) { totalCount } opds { code services { code opd { name } } } services { totalCount } }"


def directives(dice: Dice) -> str:
    return "{ opds { code " + "@include(if: true) " * dice.choice((31, 1000, 2500)) + "} }"


def unknown_directives(dice: Dice) -> str:
    return "{ opds { code " + "".join(f"@d{n}(a: {n}) " for n in range(dice.choice((20, 2000)))) + "} }"


def operations(dice: Dice) -> str:
    return " ".join(f"query Q{n} {{ opds {{ code }} }}" for n in range(dice.choice((4, 1000))))


def variables(dice: Dice) -> str:
    many = dice.choice((50, 1500))
    return "query Q(" + ", ".join(f"$v{n}: String" for n in range(many)) + ") { opds { code } }"


def comment(dice: Dice) -> str:
    return "#" + "x" * dice.choice((1000, 60_000)) + "\n{ opds { code } }"


def commas(dice: Dice) -> str:
    return "{ opds {" + "," * dice.choice((1000, 60_000)) + " code } }"


def long_name(dice: Dice) -> str:
    return "{ " + "a" * dice.choice((500, 60_000)) + " }"


def long_string(dice: Dice) -> str:
    return '{ services(search: "' + "\\u0061" * dice.choice((100, 9_000)) + '") { totalCount } }'


def block_string(dice: Dice) -> str:
    return '{ services(search: """' + "\n  a" * dice.choice((100, 15_000)) + '""") { totalCount } }'


def introspection(dice: Dice) -> str:
    inner = "name " + "ofType { name " * 9 + "kind " + "} " * 9
    return (
        "{ __schema { types { name fields(includeDeprecated: true) { name args { name type { "
        + inner
        + "} } type { "
        + inner
        + "} } inputFields { name type { "
        + inner
        + "} } enumValues { name } possibleTypes { name } } directives { name args { name } } } }"
    )


def introspection_circle(dice: Dice) -> str:
    turns = dice.choice((3, 5, 12))
    return "{ __schema { types { " + "fields { type { " * turns + "name" + " } }" * turns + " } } }"


def overlapping(dice: Dice) -> str:
    """Fields to merge, pair by pair: the rule that is quadratic by nature."""
    many = dice.choice((100, 450))
    return "{ " + " ".join("opds { code name kind }" for _ in range(many)) + " }"


def overlapping_fragments(dice: Dice) -> str:
    many = dice.choice((20, 39))
    spreads = " ".join(f"...F{n}" for n in range(many))
    parts = (f"fragment F{n} on Opd {{ code name kind nameEn id }}" for n in range(many))
    return f"{{ opds {{ {spreads} }} }} " + " ".join(parts)


def not_a_document(dice: Dice) -> str:
    return dice.choice(("", " ", "#", "{", "}", "{}", "{ }", "null", "query", "subscription { x }", "\ufeff{ opds { code } }",
        "type A { b: Int }", "{ opds { code } } schema { query: A }", "query { ...}", "{ __typename }", "\x00", "{ a(b: $c) }",
        "query ($a: [[[[String!]!]!]!]!) { opds { code } }", "query Q { opds { code } } query Q { opds { code } }"))  # fmt: skip


DOCUMENTS: Sequence[Callable[[Dice], str]] = (
    *(deep, braces, wide, aliases, codes, bomb, nested_bomb, circle, huge_page, heaviest, searches, everyone),
    half_refused,
    *(directives, unknown_directives, operations, variables, comment, commas, long_name, long_string),
    *(block_string, introspection, introspection_circle, overlapping, overlapping_fragments, not_a_document),
)


def body(dice: Dice) -> bytes:
    """A body that is no request, or one whose parts are not what they should be."""
    text = '{"query": "{ opds { code } }", "variables": %s}'
    odd: Sequence[Callable[[], bytes]] = (
        lambda: dice.randbytes(dice.randint(0, 300)),
        lambda: b"[" * 5000,
        lambda: b'{"query": ' * 2000,
        lambda: (text % ("[" * 3000 + "]" * 3000)).encode(),
        lambda: (text % ('{"a":' * 40 + "1" + "}" * 40)).encode(),
        lambda: (text % f'{{"a": {"9" * dice.choice((20, 400, 5000))}}}').encode(),
        lambda: (text % '{"a": NaN, "b": Infinity, "c": 1e999}').encode(),
        lambda: (text % '{"a": "\\ud800", "b": "\\u0000"}').encode(),
        lambda: (text % json.dumps({f"v{n}": n for n in range(3000)})).encode(),
        lambda: (text % json.dumps(dice.choice(("x", 1, [1], True, None)))).encode(),
        lambda: text.encode("utf-16"),
        lambda: b'{"query": "\xff\xfe{ opds }"}',
        lambda: b"\xef\xbb\xbf" + (text % "{}").encode(),
        lambda: (text % "{}").encode()[: dice.randint(0, 40)],
        lambda: b"[" + (text % "{}").encode() + b"," + (text % "{}").encode() + b"]",
        lambda: json.dumps({"query": dice.choice((None, 1, [], {}, "{ opds { code } }" * 2000))}).encode(),
        lambda: json.dumps(
            {"query": "{ opds { code } }", "operationName": dice.choice((1, "X", "", [], None))}
        ).encode(),
        lambda: json.dumps({"documentId": dice.choice(("x" * 64, "", 1, None, "\x00"))}).encode(),
        lambda: json.dumps(
            {"extensions": {"persistedQuery": {"sha256Hash": "0" * 64, "version": 1}}}
        ).encode(),
        lambda: b'{"query": "' + b"x" * 70_000 + b'"}',
        lambda: b'{"query": "{ opds { code } }", "query": 1, "variables": {}, "variables": []}',
    )
    return dice.choice(odd)()
