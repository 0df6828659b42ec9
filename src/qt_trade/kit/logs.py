"""Log lines as events with fields, each naming the role and the kind of feed of its run."""

import logging
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any

import structlog

Listener = Callable[[str, str, Mapping[str, Any]], None]
"""Hears each line once it is masked, in the thread that said it: level, event and fields."""

# To the last @ before the path: whoever did not escape one in his password shall not read it here.
_URL_PASSWORD = re.compile(r"(?P<head>[a-z+]+://[^:/@\s]*:)[^\s/]+(?=@)", re.IGNORECASE)
_QUERY_PASSWORD = re.compile(r"(?P<head>[?&]\w*password=)[^&\s\"')]+", re.IGNORECASE)


def mask_secrets(text: str) -> str:
    """Return the text with the password of every URL in it replaced by ``***``."""
    return _QUERY_PASSWORD.sub(r"\g<head>***", _URL_PASSWORD.sub(r"\g<head>***", text))


def _mask_event(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str) and "://" in value:
            event[key] = mask_secrets(value)
    return event


def _naming(**fields: str) -> structlog.typing.Processor:
    """Return a processor that puts the same fields on every event, in whatever thread."""

    def add(
        _logger: object, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        event.update(fields)
        return event

    return add


def _telling(listener: Listener) -> structlog.typing.Processor:
    """Return a processor that tells a listener of every event."""

    def tell(
        _logger: object, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        listener(str(event["level"]), str(event["event"]), event)
        return event

    return tell


class _LibraryListener(logging.Handler):
    """Tells a listener of the lines of libraries; of a traceback its last line."""

    def __init__(self, listener: Listener) -> None:
        super().__init__()
        self._listener = listener

    def emit(self, record: logging.LogRecord) -> None:
        words = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            words += f": {record.exc_info[1]!r}"
        self._listener(record.levelname.lower(), record.name, {"words": mask_secrets(words)})


class _LibraryFormatter(logging.Formatter):
    """Gives the lines of libraries the form of ours."""

    def __init__(self, role: str, feed: str, run_id: str) -> None:
        super().__init__()
        self._fields = f"role={role} feed={feed}"
        self._run = run_id

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
        text = mask_secrets(record.getMessage()).replace('"', "'").replace("\n", "\\n")
        line = f"timestamp={at} level={record.levelname.lower()} {self._fields}"
        line += f' event={record.name} words="{text}" run={self._run}'
        if record.exc_info:
            line += "\n" + mask_secrets(self.formatException(record.exc_info))
        return line


def configure_logs(
    *, role: str, feed: str, run_id: str, level: str = "INFO", listener: Listener | None = None
) -> None:
    """Send log events of this process to standard error, one logfmt line each.

    Passwords inside URLs are masked, whatever field they stand in. ``listener`` hears them, too.
    """
    structlog.configure(
        processors=[
            _naming(role=role, feed=feed, run=run_id),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _mask_event,
            *([] if listener is None else [_telling(listener)]),
            structlog.processors.LogfmtRenderer(
                key_order=["timestamp", "level", "role", "feed", "event"], bool_as_flag=False
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_LibraryFormatter(role, feed, run_id))
    handlers: list[logging.Handler] = [handler]
    if listener is not None:
        handlers.append(_LibraryListener(listener))
    logging.basicConfig(handlers=handlers, level="WARNING", force=True)


def get_logger() -> structlog.typing.FilteringBoundLogger:
    """Return the logger of this process."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return logger
