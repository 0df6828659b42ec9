"""Log lines: one line per event, with role, feed and run, and without any password."""

import subprocess
import sys

import pytest

from qt_trade.kit.logs import mask_secrets

LISTENED = """
import logging
from qt_trade.kit.logs import configure_logs, get_logger
heard = []
configure_logs(role="engine", feed="REPLAY", run_id="run-7",
               listener=lambda level, event, fields: heard.append((level, event, dict(fields))))
get_logger().info("engine.started", url="redis://u:s3cret@h/0")
get_logger().debug("engine.detail")
try:
    raise ValueError("x")
except ValueError:
    logging.getLogger("library").exception("broke redis://u:s3cret@h/0")
(first, second) = heard
assert first[:2] == ("info", "engine.started"), first
assert first[2]["url"] == "redis://u:***@h/0", first
assert second == ("error", "library", {"words": "broke redis://u:***@h/0: ValueError('x')"}), second
"""
URL = "redis://user:s3cret@127.0.0.1:6379/0"

PROGRAM = f"""
import logging, warnings
from qt_trade.kit.logs import configure_logs, get_logger
configure_logs(role="engine", feed="REPLAY", run_id="run-7")
log = get_logger()
log.info("engine.started", orders=3)
log.debug("engine.detail")
log.warning("bus.lost", reason="cannot reach {URL} now")
try:
    raise ValueError("lost {URL}")
except ValueError:
    log.exception("engine.failed")
    logging.getLogger("library").exception('it said "no" to {URL}\\nand more')
logging.getLogger("library").info("small talk")
"""


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """What a program writes to standard error; in a process of its own, for logs are global."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
    return done.stderr.splitlines()


def test_every_event_names_role_feed_and_run(lines: list[str]) -> None:
    """Ours, and those of libraries."""
    events = [line for line in lines if line.startswith("timestamp=")]
    assert len(events) == 4
    for line in events:
        assert " role=engine feed=REPLAY event=" in line
        assert "run=run-7" in line
    assert "event=engine.started" in events[0]
    assert "orders=3" in events[0]
    assert "level=info" in events[0]


def test_what_is_below_the_level_is_left_out(lines: list[str]) -> None:
    """Ours below INFO, libraries' below WARNING."""
    text = "\n".join(lines)
    assert "engine.detail" not in text
    assert "small talk" not in text
    assert "event=library" in text


def test_no_line_holds_a_password(lines: list[str]) -> None:
    """Neither in a field, nor in a traceback, nor in a library's words."""
    text = "\n".join(lines)
    assert "s3cret" not in text
    assert text.count("redis://user:***@127.0.0.1:6379/0") >= 4


def test_a_librarys_event_is_one_line_before_its_traceback(lines: list[str]) -> None:
    """Quotes and line feeds inside do not break the form."""
    (line,) = [line for line in lines if "event=library" in line]
    assert "words=\"it said 'no' to" in line
    assert "\\nand more" in line


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("redis://:pw@host", "redis://:***@host"),
        ("REDISS://u:p:w@host/1", "REDISS://u:***@host/1"),
        ("postgresql+psycopg://u:pw@h and redis://:x@y", "postgresql+psycopg://u:***@h and redis://:***@y"),
        ("redis+sentinel://u:pw@a,b/m", "redis+sentinel://u:***@a,b/m"),
        ("redis://u:p@w@host/1", "redis://u:***@host/1"),
        ("at redis+sentinel://a/m?db=1&sentinel_password=pw&x=y: no", "at redis+sentinel://a/m?db=1&sentinel_password=***&x=y: no"),
        ("rediss://u@h?password_file=/run/secrets/pw", "rediss://u@h?password_file=/run/secrets/pw"),
        ("redis://host:6379/0", "redis://host:6379/0"),
        ("no url", "no url"),
    ],
)  # fmt: skip
def test_masking_leaves_the_rest_as_it_is(text: str, masked: str) -> None:
    """Only the password of a URL is replaced."""
    assert mask_secrets(text) == masked


def test_a_listener_hears_what_is_written_masked_as_it_is_written() -> None:
    """Ours and libraries' lines, those below the level left out."""
    done = subprocess.run(
        [sys.executable, "-c", LISTENED], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
