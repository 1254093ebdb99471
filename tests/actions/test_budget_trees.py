"""Random trees of programmes, activities and sub-activities: every node is the sum of its lines, the top the control total."""

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.budget import exploring
from backend.budget.actions import Announced
from backend.budget.rules import ImportKind
from backend.core.reads import fetch
from backend.parts import Parts
from tests import sipd
from tests.treasury import load

pytestmark = pytest.mark.usefixtures("db")

SHORT = {
    "DINAS KESEHATAN": "DINKES",
    "Dinas Lingkungan Hidup": "DLH",
    "Badan Keuangan dan Aset Daerah": "BKAD",
}
# Office, programme, activity, sub-activity, account, fund source, and sen.
LEAVES = st.tuples(
    st.sampled_from([office[:2] for office in sipd.OFFICES]),
    *(st.integers(1, most) for most in (4, 3, 5)),
    st.sampled_from(sipd.ACCOUNTS),
    st.sampled_from([code for code, _ in sipd.SOURCES]),
    st.integers(0, 10**15),
)
_NODES = "SELECT opd, code, sum(amount) FROM budget_nodes WHERE import_id = $1 GROUP BY opd, code"


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(leaves=st.lists(LEAVES, min_size=1, max_size=60))
async def test_every_node_of_a_random_tree_is_the_sum_of_its_lines(
    parts: Parts, tmp_path: Path, leaves: list[tuple[tuple[str, str], int, int, int, str, str, int]]
) -> None:
    nodes: Counter[tuple[str, str]] = Counter()
    rows, template = [], next(iter(sipd.rows(1)))
    for number, ((office, field), programme, activity, sub, account, source, sen) in enumerate(leaves):
        codes = [f"{field}.{programme:02}"]
        codes.append(f"{codes[0]}.2.{activity:02}")
        codes.append(f"{codes[1]}.{sub:04}")
        for code in ("", *codes):
            nodes[SHORT[office], code] += sen
        place = {"kode_program": codes[0], "kode_kegiatan": codes[1], "kode_sub_kegiatan": codes[2]}
        whose = {"kode_skpd": f"{field}.0", "nama_skpd": office, "kode_bidang_urusan": field}
        what = {
            "kode_rekening": account,
            "kode_sumber_dana": source,
            "nama_standar_harga": f"{uuid4()} {number}",
        }
        rows.append(template | place | whose | what | {"pagu": f"{sen // 100}.{sen % 100:02}"})
    path = tmp_path / f"{uuid4()}.csv"
    total = sipd.write(path, rows)

    said = Announced(
        ImportKind.EXPENDITURE,
        2026,
        "murni",
        "Kepmendagri 900.1-2850/2025",
        date(2026, 1, 1),
        total,
        path.name,
    )
    row = await load(parts, path, said)

    assert (row.state, row.faults) == ("in_force", [])
    found = {(opd, code): amount for opd, code, amount in await fetch(_NODES, [row.id])}
    assert found == {key: Decimal(sen) / 100 for key, sen in nodes.items() if key[1]}
    offices = await fetch(
        "SELECT opd, sum(amount) FROM budget_totals WHERE import_id = $1 GROUP BY opd", [row.id]
    )
    assert dict(map(tuple, offices)) == {
        opd: Decimal(sen) / 100 for (opd, code), sen in nodes.items() if not code
    }
    stage = await exploring.stage_on(2026, "murni", None)
    assert stage is not None
    city = await exploring.spot(stage, None, "")
    assert city is not None
    assert city.total == total == sum((part.amount for part in await exploring.parts(city)), Decimal(0))
