"""Describes exported lines as a Fiscal Data Package: what each column measures, and along which classification."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.budget.sipd import COLUMNS

DATA = "apbd.csv"
_ITEM_CODE = "kode_standar_harga"
_UNCODED = (
    "Kode standar harga SIPD; kosong di baris yang tidak punya kode di berkas aslinya, dan satu kode bisa punya "
    "beberapa nama. (SIPD's code of the standard price; empty where the source file has none, and one code may have "
    "several names.)"
)
_TYPES = {"tahun": "year", "pagu": "number"}
# A dimension of the model, what the specification says of its kind, and its pairs of code and name from the top down.
# Of classifications it knows but three; programmes are its activities.
_DIMENSIONS: Mapping[str, tuple[Mapping[str, str], tuple[str, ...]]] = {
    "administrative": (
        {"dimensionType": "classification", "classificationType": "administrative"},
        ("skpd", "sub_unit"),
    ),
    "functional": (
        {"dimensionType": "classification", "classificationType": "functional"},
        ("urusan", "bidang_urusan"),
    ),
    "programme": ({"dimensionType": "activity"}, ("program", "kegiatan", "sub_kegiatan")),
    "economic": (
        {"dimensionType": "classification", "classificationType": "economic"},
        ("rekening",),
    ),
    "funding": ({"dimensionType": "classification"}, ("sumber_dana",)),
}


@dataclass(frozen=True)
class Described:
    """What the package says of its one table; `phase` is approved for the first budget, adjusted for later stages.

    `coded`: every line has its price code, and one code has one name (sipd.is_coded).
    """

    name: str
    title: str
    year: int
    phase: str
    source: str
    source_sha256: str
    size: int
    sha256: str
    coded: bool


def descriptor(of: Described) -> dict[str, Any]:
    """The package's datapackage.json (Fiscal Data Package: name, title, resources, model)."""
    return {
        # What the specification's own JSON schema asks for; that it is fiscal is said by the model.
        "profile": "tabular-data-package",
        "name": of.name,
        "title": of.title,
        "countryCode": "ID",
        "fiscalPeriod": {"start": f"{of.year}-01-01", "end": f"{of.year}-12-31"},
        "sources": [{"title": of.source, "hash": f"sha256:{of.source_sha256}"}],
        "resources": [_resource(of)],
        "model": {"measures": {"pagu": _measure(of.phase)}, "dimensions": _dimensions(coded=of.coded)},
    }


def _resource(of: Described) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": "apbd",
        "path": DATA,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": of.size,
        "hash": f"sha256:{of.sha256}",
        "dialect": {"delimiter": ",", "doubleQuote": True, "header": True},
        "schema": {"fields": [_field(name, coded=of.coded) for name in COLUMNS]},
    }


def _field(name: str, *, coded: bool) -> dict[str, Any]:
    described = {"description": _UNCODED} if name == _ITEM_CODE and not coded else {}
    return {"name": name, "type": _TYPES.get(name, "string"), **described}


def _measure(phase: str) -> dict[str, Any]:
    return {"source": "pagu", "currency": "IDR", "factor": 1, "direction": "expenditure", "phase": phase}


def _dimensions(*, coded: bool) -> dict[str, Any]:
    """The item's key is its price code; where that alone does not tell items apart, code and name together."""
    found: dict[str, Any] = {
        "year": {
            "dimensionType": "datetime",
            "primaryKey": "tahun",
            "attributes": {"tahun": {"source": "tahun"}},
        },
        "item": {
            "dimensionType": "other",
            "primaryKey": _ITEM_CODE if coded else [_ITEM_CODE, "nama_standar_harga"],
            "attributes": _attributes(("standar_harga",)),
        },
    }
    for name, (kind, levels) in _DIMENSIONS.items():
        found[name] = {
            **kind,
            "primaryKey": f"kode_{levels[-1]}",
            "attributes": _attributes(levels),
        }
    return found


def _attributes(levels: tuple[str, ...]) -> dict[str, Any]:
    """Codes below one another, each with the column that names it."""
    found: dict[str, Any] = {}
    above = ""
    for level in levels:
        code = f"kode_{level}"
        found[code] = {"source": code} | ({"parent": above} if above else {})
        found[f"nama_{level}"] = {"source": f"nama_{level}", "labelfor": code}
        above = code
    return found
