"""The command line itself: quick help, and errors of one line that say what would be right."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.cli.conftest import Qtrade

from qt_trade import __version__

SLOW = ("redis", "celery", "polars", "sqlalchemy", "PySide6", "yfinance", "rich", "msgspec")
TYPERS_OWN = ("pydantic",)
"""What typer itself wants once there are options to describe."""


@pytest.mark.parametrize(
    ("arguments", "slow"),
    [
        (["--help"], (*SLOW, *TYPERS_OWN)),
        (["up", "--help"], SLOW),
        (["order", "--help"], SLOW),
        (["doctor", "--help"], SLOW),
        (["ml", "--help"], (*SLOW, "lightgbm", "matplotlib", "numpy")),
    ],
)
def test_help_waits_for_nothing(arguments: list[str], slow: tuple[str, ...]) -> None:
    """None of what makes a start slow is imported before a command does its work."""
    look = (
        "import json, sys; from qt_trade.cli.main import run; "
        f"assert run({arguments!r}) == 0; print(); "
        f"print(json.dumps([name for name in {slow!r} if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == []


def test_help_names_every_command(qtrade: Qtrade) -> None:
    """Without a word the command line explains itself."""
    said = qtrade()
    assert said.code == 0
    for command in ("up", "status", "watch", "order", "stop", "doctor", "contract", "desktop"):
        assert f"\n  {command} " in said.out


def test_the_version(qtrade: Qtrade) -> None:
    """One word for a bug report."""
    assert qtrade("--version").out == f"qtrade {__version__}\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nope", "No such command 'nope'"),
        ("--nope", "No such option: --nope"),
        ("contract", "Missing command"),
        ("up --feed tape", "--feed: 'tape' is not one of 'realtime', 'replay', 'simulation'"),
        ("up --speed fast --feed simulation", "--speed: Input should be a valid number"),
        ("up --speed 0 --feed simulation", "--speed: Input should be greater than or equal to 1"),
        ("up --speed nan --feed simulation", "--speed: Input should be less than or equal to"),
        ("up --for 0", "--for: Input should be greater than or equal to 1"),
        ("up --autotrade bold", "--autotrade: 'bold' is not one of 'conservative', 'balanced'"),
        ("up --speed 2", "--speed belongs to --feed replay or simulation"),
        ("up --seed 2", "--seed belongs to --feed simulation"),
        ("up --from bars.parquet", "--from belongs to --feed replay"),
        ("up --feed replay", "--feed replay needs --from"),
        ("up --feed replay --from nowhere.parquet", "--from nowhere.parquet: there is no such"),
        ("up --redis-url here", "REDIS_URL: it is no URL such as redis://"),
        ("up --database-url here", "DATABASE_URL: it is no URL such as postgresql://"),
        ("order hold AAPL 1", "side: 'hold' is not one of 'buy', 'sell'"),
        ("order buy 1A 1", "symbol: '1A' is no US ticker symbol"),
        ("order buy AAPL ten", "quantity ten: 'ten' is no number of shares"),
        ("order buy AAPL 0", "quantity 0: an order is for more than 0 shares"),
        ("order buy AAPL 1 --limit ten", "--limit ten: 'ten' is no amount"),
        ("order buy AAPL 1 --limit 0", "--limit 0: a price is positive"),
        ("order buy AAPL 1 --limit 1e-9", "--limit 1e-9: "),
        ("watch nothing", "nothing is no key of the contract; there are: quotes:{SYMBOL}"),
        ("watch bars", "bars: say which one, as in bars:{SYMBOL}"),
        ("watch frontend:manual_orders", "is a command: it is answered, not watched"),
    ],
)
def test_a_wrong_command_line_is_told_in_one_line(qtrade: Qtrade, line: str, words: str) -> None:
    """Exit code 2, the option's name, what would be right; no traceback."""
    said = qtrade(*line.split())
    assert said.code == 2
    assert said.out == ""
    assert said.err.startswith("qtrade: ")
    assert said.err.count("\n") == 1
    assert words in said.err


@pytest.mark.parametrize(
    "line", ["status", "watch quotes", "order buy AAPL 1", "stop", "desktop", "watch market_data"]
)
def test_without_a_run_every_command_says_how_to_start_one(
    qtrade: Qtrade, tmp_path: Path, line: str
) -> None:
    """Exit code 1 and the folder that was looked at."""
    said = qtrade(*line.split(), "--data-dir", str(tmp_path))
    assert said.code == 1
    assert said.err.startswith(f"qtrade: nothing runs in {tmp_path}: start it with `qtrade up`")


@pytest.mark.parametrize("line", ["status", "watch quotes", "order buy AAPL 1", "stop"])
def test_a_dead_redis_is_told_with_its_address(qtrade: Qtrade, line: str) -> None:
    """The address without the password, and the question that helps."""
    said = qtrade(*line.split(), "--redis-url", "redis://:secret@127.0.0.1:1/0")
    assert said.code == 1
    assert "redis://:***@127.0.0.1:1/0 does not answer" in said.err
    assert "does `qtrade up` still run?" in said.err
    assert said.err.count("\n") == 1


def test_a_wrong_password_is_told(qtrade: Qtrade, redis_url: str) -> None:
    """Nobody waits for an answer that will not come."""
    wrong = redis_url.replace(redis_url.split("@", maxsplit=1)[0], "redis://:wrong")
    said = qtrade("status", "--redis-url", wrong)
    assert said.code == 1
    assert "does not let us in" in said.err
    assert "wrong" not in said.err.replace("WRONGPASS", "")


def test_a_damaged_word_of_a_run_is_told(qtrade: Qtrade, tmp_path: Path) -> None:
    """Half a connection.json is no traceback."""
    (tmp_path / "connection.json").write_text("{")
    said = qtrade("status", "--data-dir", str(tmp_path))
    assert said.code == 1
    assert "cannot be read" in said.err


def test_a_bad_variable_stops_every_command(
    qtrade: Qtrade, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable is named, in one line."""
    monkeypatch.setenv("QTRADE_FEED__SPEED", "fast")
    said = qtrade("status")
    assert said.code == 2
    assert said.err.startswith("qtrade: QTRADE_FEED__SPEED: ")


@pytest.mark.parametrize("name", ["engine", "streamer", "worker", "beat"])
def test_a_role_by_hand_says_which_server_it_lacks(qtrade: Qtrade, name: str) -> None:
    """Before anything of the role is loaded."""
    said = qtrade("role", name)
    assert said.code == 1
    assert f"role {name}: REDIS_URL is not set; for example redis://" in said.err


def test_a_data_folder_that_is_a_file_is_refused(qtrade: Qtrade, tmp_path: Path) -> None:
    """`up` says so before it starts anything."""
    file = tmp_path / "file"
    file.write_text("")
    said = qtrade("up", "--headless", "--data-dir", str(file))
    assert said.code == 1
    assert said.err == f"qtrade: {file} is not a folder; choose another --data-dir\n"


def test_a_desktop_without_a_display_says_so(
    qtrade: Qtrade, monkeypatch: pytest.MonkeyPatch, redis_url: str
) -> None:
    """Qt would end the program with a core dump."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    said = qtrade("desktop", "--redis-url", redis_url)
    assert said.code == 1
    assert "there is no display here" in said.err


def test_a_desktop_without_qt_says_so(redis_url: str) -> None:
    """On a server without the desktop's packages; the import is blocked for one process."""
    hide = (
        "import sys; sys.modules['PySide6'] = None; "
        "import importlib.util as u; real = u.find_spec; "
        "u.find_spec = lambda name, *a: None if name == 'PySide6' else real(name, *a); "
        "from qt_trade.cli.main import run; "
        f"sys.exit(run(['desktop', '--redis-url', {redis_url!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", hide], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "PySide6 is not installed" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_viewer_is_no_choice_where_a_url_names_the_user(qtrade: Qtrade) -> None:
    """Who wants to look only must not trade by mistake."""
    said = qtrade("desktop", "--viewer", "--redis-url", "redis://trader@127.0.0.1:1/0")
    assert said.code == 1
    assert "log in there as viewer" in said.err
