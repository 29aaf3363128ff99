"""
What the server writes down, on standard error: lines for people, or JSON for programs.

Every line that a request causes carries its id.  No line carries a secret: nothing logs one on
purpose, and whatever looks like a token, an enrolment code or an authorization is taken out of
the finished line, exceptions included.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal

from lut_server.edge.request_ids import request_id

SECRETS = re.compile(
    r"hna_[A-Za-z0-9_-]{8,}"  # a token
    r"|(?<![\w-])[0-9A-Za-z]{4}(?:-[0-9A-Za-z]{4}){2}(?![\w-])"  # a code
    r"|(?i:(?<=bearer )|(?<=basic ))[A-Za-z0-9._~+/=-]+"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # user and password of an address
)


class TextFormatter(logging.Formatter):
    """One line for people; what could pass for another line is escaped."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and below it the traceback if there is one."""
        known = request_id.get()
        parts = [
            _moment(record),
            record.levelname.lower(),
            *([f"[{known}]"] if known else []),
            _one_line(record.getMessage()),
            *(f"{name}={value}" for name, value in _fields(record, "ms", "client", "token_id")),
        ]
        text = " ".join(parts)
        return without_secrets("\n".join((text, *_trace(self, record))))


class JsonFormatter(logging.Formatter):
    """One JSON document a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the document."""
        document: dict[str, Any] = {
            "at": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": request_id.get(),
            **dict(_fields(record)),
        }
        if trace := _trace(self, record):
            document["trace"] = "\n".join(trace)
        return without_secrets(json.dumps(document, ensure_ascii=False, default=str))


@contextmanager
def log_written(log_format: Literal["text", "json"], *, access_log: bool) -> Iterator[None]:
    """Have this process write its log for a while; see ``configure_logging``."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    configure_logging(log_format, access_log=access_log)
    try:
        yield
    finally:
        root.handlers[:] = before
        root.setLevel(level)


def configure_logging(log_format: Literal["text", "json"], *, access_log: bool) -> None:
    """
    Have this process write its log to standard error.

    Args:
        log_format: how.
        access_log: whether each request is a line.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("lut_server.access").setLevel(logging.INFO if access_log else logging.ERROR)


def without_secrets(line: str) -> str:
    """
    Return *line* without what looks like a secret.

    >>> without_secrets("GET /?key=hna_0123456789 of postgresql://ada:s3cret@db/lut")
    'GET /?key=*** of postgresql://***@db/lut'
    """
    return SECRETS.sub("***", line)


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _fields(record: logging.LogRecord, *names: str) -> list[tuple[str, Any]]:
    """Return the record's fields that say something; of those *names*, if any are given."""
    fields: dict[str, Any] = getattr(record, "fields", {})
    known = [(name, value) for name, value in fields.items() if value not in (None, "")]
    return [(name, value) for name, value in known if not names or name in names]


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> list[str]:
    return [formatter.formatException(record.exc_info)] if record.exc_info else []


def _one_line(text: str) -> str:
    printable = text.isprintable()
    return text if printable else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
