"""Logs for machines and people: one line an event, personal data masked before it is written."""

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

_PATTERNS = (
    (re.compile(r"\b[1-9][0-9]{15}\b"), "[nik]"),
    (re.compile(r"(?:\+?62|\b0)8[0-9]{7,11}\b"), "[phone]"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+"), "[e-mail]"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]+"), "[token]"),
)


def masked(text: str) -> str:
    """The text without NIK, phone numbers, e-mail addresses and tokens."""
    for pattern, word in _PATTERNS:
        text = pattern.sub(word, text)
    return text


def _mask(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if event.pop("_plain", False):
        return event
    return {k: masked(v) if isinstance(v, str) else v for k, v in event.items()}


def set_up_logs(level: str) -> None:
    """Send structlog and the standard library through one masked, human-readable line."""
    logging.basicConfig(level=level, format="%(message)s")
    logging.getLogger("tortoise").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _mask,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level, logging.INFO)),
        cache_logger_on_first_use=True,
    )
