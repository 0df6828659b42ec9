"""A stranger's client, in another language: the shell script of the docs, word for word."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import redis
from tests.end_to_end.stack import running_stack

from qt_trade.contract.target import target_of
from qt_trade.trading.events import CommandAnswered, OrderSent

SYMBOL = "AAPL"
PAGE = Path(__file__).parents[2] / "docs" / "guide" / "foreign-client.md"


def script() -> str:
    """Return the one shell script of the page."""
    (block,) = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return str(block)


def told(lines: list[str], word: str) -> str:
    """Return what the script said behind a word."""
    (line,) = [line for line in lines if line.startswith(f"{word}: ")]
    return line.removeprefix(f"{word}: ")


@pytest.mark.timeout(180)
def test_a_shell_reads_listens_logs_in_orders_and_is_answered(tmp_path: Path) -> None:
    """With redis-cli alone; what it was told is what the journal and the documents say."""
    assert shutil.which("redis-cli"), "`make test` installs redis-tools, or says which command does"
    with running_stack(tmp_path / "data", "--feed", "simulation", "--speed", "10") as stack:
        ((host, port),) = target_of(stack.connection["redis_url"]).hosts
        trader = stack.data_dir / "secrets" / "valkey_trader_password"
        env = {"HOST": host, "PORT": str(port), "PASSWORD_FILE": str(trader), "SYMBOL": SYMBOL}
        done = subprocess.run(
            ["sh", "-c", script()], env=os.environ | env, check=False, capture_output=True,
            text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stderr == ""
        lines = done.stdout.splitlines()
        reply: dict[str, Any] = json.loads(told(lines, "reply"))

        assert told(lines, "feed") == "SIMULATION"
        assert int(told(lines, "pushed").removeprefix("revision ")) > 0
        assert told(lines, "kept") == told(lines, "reply")
        assert reply["accepted"], reply
        events = stack.journal("paper:simulation:7:1").events
        answered = [one for one in events if isinstance(one, CommandAnswered)]
        assert reply["command_id"] in {one.command_id for one in answered}
        assert reply["order_id"] in {one.order_id for one in events if isinstance(one, OrderSent)}
        session = reply["command_id"].replace("order-", "session:")
        with redis.Redis.from_url(stack.url_of("viewer")) as viewer:
            assert not viewer.exists(session)
        assert trader.read_text().strip() not in done.stdout
        assert stack.stop() == 0, stack.logs()
