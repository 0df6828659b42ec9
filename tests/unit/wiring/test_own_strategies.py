"""A person's file becomes a strategy or a clear refusal, and whatever it does stays in its walls."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from qt_trade.model.orders import Side
from qt_trade.model.shares import Shares
from qt_trade.model.symbols import Symbol
from qt_trade.trading.strategies.example import empty_snapshot, example_snapshot
from qt_trade.trading.strategies.own import OwnAnswer
from qt_trade.wiring.own_strategies import (
    LoadedStrategy,
    NoStrategyError,
    find,
    guarded,
    load_file,
)

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "dip_buyer.py"
GOOD = "NAME = 'mine'\ndef decide(snapshot):\n    return []\n"


def write(folder: Path, text: str, name: str = "mine.py") -> Path:
    file = folder / name
    file.write_text(text)
    return file


def answer_of(folder: Path, body: str, budget_ms: float = 1_000.0) -> OwnAnswer:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    file = write(folder, f"NAME = 'mine'\ndef decide(snapshot):\n{lines}\n")
    return guarded(load_file(file), budget_ms)(example_snapshot())


def test_the_example_of_the_docs_sells_what_is_back_and_buys_what_fell() -> None:
    """On the made-up snapshot one stock is held and high, another has fallen."""
    run = guarded(load_file(EXAMPLE), 1_000.0)
    answer = run(example_snapshot())
    assert answer.trouble == ""
    assert [(one.symbol, one.side, one.quantity) for one in answer.intents] == [
        (Symbol("AAA"), Side.SELL, Shares(50)),
        (Symbol("BBB"), Side.BUY, Shares(20)),
    ]
    assert run(example_snapshot()).intents == answer.intents
    assert run(empty_snapshot()).intents == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def decide(snapshot): return []", "NAME has to be lower-case letters"),
        ("NAME = 'Not a name'\ndef decide(snapshot): return []", "NAME has to be lower-case"),
        ("NAME = 'mine'", "there is no function decide(snapshot)"),
        ("NAME = 'mine'\ndecide = 3", "there is no function decide(snapshot)"),
        ("NAME = 'mine'\nasync def decide(snapshot): return []", "not async"),
        ("NAME = 'mine'\ndef decide(): return []", "decide has to take one snapshot"),
        ("NAME = 'mine'\ndef decide(a, b): return []", "decide has to take one snapshot"),
        ("NAME = 'mine'\nimport no_such_thing", "No module named 'no_such_thing' (line 2 of"),
        ("NAME = 'mine'\ndef decide(:", "line 2: "),
        ("raise SystemExit(3)", "SystemExit: 3 (line 1 of mine.py)"),
    ],
)
def test_what_is_no_strategy_is_refused_in_words(tmp_path: Path, text: str, words: str) -> None:
    """The file is named, and what would be right."""
    file = write(tmp_path, text)
    with pytest.raises(NoStrategyError) as refused:
        load_file(file)
    assert str(refused.value).startswith(str(file))
    assert words in str(refused.value)


def test_a_file_that_is_not_there_or_no_python_is_refused(tmp_path: Path) -> None:
    """A folder and a text are no strategies either."""
    for path in (tmp_path / "gone.py", tmp_path, write(tmp_path, GOOD, "mine.txt")):
        with pytest.raises(NoStrategyError, match="there is no such Python file"):
            load_file(path)


def test_one_bad_file_does_not_take_the_good_ones_along(tmp_path: Path) -> None:
    """A name that is taken stays with whoever had it first."""
    good, twin = write(tmp_path, GOOD), write(tmp_path, GOOD, "twin.py")
    found = find([good, twin, tmp_path / "gone.py"])
    assert {name: one.origin for name, one in found.strategies.items()} == {"mine": str(good)}
    assert [trouble.removeprefix(f"{tmp_path}/") for trouble in found.troubles] == [
        f"twin.py: 'mine' is {good} already",
        "gone.py: there is no such Python file",
    ]


def test_an_installed_package_offers_its_strategies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By an entry point of the group; one that cannot be loaded is told."""
    write(tmp_path, GOOD.replace("mine", "bought"), "bought_strategy.py")
    about = tmp_path / "bought-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: bought\nVersion: 1.0\n")
    points = "[qt_trade.strategies]\nbought = bought_strategy\nbroken = no_such_module\n"
    (about / "entry_points.txt").write_text(points)
    monkeypatch.syspath_prepend(str(tmp_path))
    found = find([])
    assert found.strategies["bought"].origin == "entry point bought_strategy"
    assert found.troubles == (
        "entry point no_such_module: ModuleNotFoundError: No module named 'no_such_module'",
    )


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("return 1 / 0", "ZeroDivisionError: division by zero (line 3 of mine.py)"),
        ("raise SystemExit", "SystemExit:  (line 3 of mine.py)"),
        ("return None", "it returned NoneType, not a list or tuple of Intents"),
        ("return {}", "it returned dict, not a list or tuple of Intents"),
        ("return ['BUY']", "intent 0 is str, not an Intent"),
        ("snapshot.quotes['AAA'].price = 1", "FrozenInstanceError"),
    ],
)
def test_what_goes_wrong_inside_becomes_words(tmp_path: Path, body: str, words: str) -> None:
    """With the line of the person's file, and no intents."""
    answer = answer_of(tmp_path, body)
    assert words in answer.trouble
    assert answer.intents == ()


def test_a_strategy_that_never_ends_is_interrupted(tmp_path: Path) -> None:
    """Also one that catches every exception; afterwards the next one runs as ever."""
    stubborn = "while True:\n    try:\n        while True: pass\n    except Exception: pass"
    answer = answer_of(tmp_path, stubborn, budget_ms=30.0)
    assert answer.trouble == "it was not done after 30 ms"
    assert answer_of(tmp_path, "return []").trouble == ""


def test_a_late_answer_outside_the_main_thread_is_dropped() -> None:
    """Where nobody can be interrupted."""
    late = threading.Event()
    slow = LoadedStrategy("slow", "here", lambda _snapshot: [late.wait(0.05), []][1])
    answers: list[OwnAnswer] = []
    thread = threading.Thread(
        target=lambda: answers.append(guarded(slow, 10.0)(example_snapshot()))
    )
    thread.start()
    thread.join()
    assert "10 ms are allowed" in answers[0].trouble
    assert answers[0].took_ms >= 10.0


def test_what_a_strategy_sees_cannot_be_changed_for_the_next_one() -> None:
    """The settings of a snapshot are its own."""
    snapshot = example_snapshot()
    bolder = replace(snapshot.settings, orders_max=9)
    assert example_snapshot(bolder).settings.orders_max == 9
    assert example_snapshot() == snapshot
