"""People's own strategies: found, held to what a strategy has to be, and run behind a wall."""

import importlib.util
import inspect
import re
import signal
import threading
import traceback
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from types import FrameType, ModuleType

from qt_trade.kit.clock import monotonic
from qt_trade.trading.strategies.own import OwnAnswer, OwnStrategy, RunOwn
from qt_trade.trading.strategies.snapshot import Intent, Snapshot

GROUP = "qt_trade.strategies"
"""The group of entry points in which a package offers strategies; each names a module."""
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_AGAIN_S = 0.02


class NoStrategyError(ValueError):
    """A file or an entry point that offers no strategy; the text says what would be right."""


class OverBudgetError(BaseException):
    """The time is up. No Exception, so that a strategy that catches those is ended, too."""


@dataclass(frozen=True, slots=True)
class LoadedStrategy:
    """A strategy and where it comes from."""

    name: str
    origin: str
    decide: Callable[[Snapshot], Sequence[Intent]]


@dataclass(frozen=True, slots=True)
class Found:
    """The strategies by name, and in words what could not be loaded."""

    strategies: Mapping[str, LoadedStrategy]
    troubles: tuple[str, ...]


def load_file(path: Path) -> LoadedStrategy:
    """Return the strategy of a file. Raises NoStrategyError."""
    spec = importlib.util.spec_from_file_location(f"own_strategy_{path.stem}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise NoStrategyError(f"{path}: there is no such Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # a stranger's code may raise anything
        raise NoStrategyError(f"{path}: {_where(error, str(path))}") from error
    return _strategy_of(module, str(path))


def find(files: Sequence[Path]) -> Found:
    """Return every strategy of the installed packages and of files; nothing here raises."""
    found: dict[str, LoadedStrategy] = {}
    troubles: list[str] = []
    for load in (*_installed(), *(_loader(path) for path in files)):
        try:
            strategy = load()
        except NoStrategyError as trouble:
            troubles.append(str(trouble))
            continue
        other = found.setdefault(strategy.name, strategy)
        if other is not strategy:
            troubles.append(f"{strategy.origin}: {strategy.name!r} is {other.origin} already")
    return Found(found, tuple(troubles))


def guarded(strategy: OwnStrategy, budget_ms: float) -> RunOwn:
    """Return a strategy behind a wall: whatever it does, an answer comes back.

    What it raises becomes words. In the main thread it is interrupted once its time is up;
    anywhere else, and inside a library that does not return, an answer that took too long is
    dropped when it comes.
    """
    code = getattr(strategy.decide, "__code__", None)
    file = None if code is None else code.co_filename

    def run(snapshot: Snapshot) -> OwnAnswer:
        began = monotonic()
        intents: tuple[Intent, ...] = ()
        try:
            with _alarm(budget_ms / 1000):
                answer = strategy.decide(snapshot)
            trouble, intents = _shape(answer)
        except OverBudgetError:
            trouble = f"it was not done after {budget_ms:g} ms"
        except (Exception, SystemExit) as error:  # noqa: BLE001  # as above
            trouble = _where(error, file)
        took_ms = (monotonic() - began) * 1000
        if not trouble and took_ms > budget_ms:
            trouble = f"it took {took_ms:.0f} ms, {budget_ms:g} ms are allowed"
        return OwnAnswer(() if trouble else intents, took_ms, trouble)

    return run


def _shape(answer: object) -> tuple[str, tuple[Intent, ...]]:
    if not isinstance(answer, list | tuple):
        return f"it returned {type(answer).__name__}, not a list or tuple of Intents", ()
    for number, intent in enumerate(answer):
        if not isinstance(intent, Intent):
            return f"intent {number} is {type(intent).__name__}, not an Intent", ()
    return "", tuple(answer)


@contextmanager
def _alarm(after_s: float) -> Generator[None]:
    """Raise OverBudgetError in the block once its time is up, again and again until it ends."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise OverBudgetError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, after_s, _AGAIN_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _loader(path: Path) -> Callable[[], LoadedStrategy]:
    return lambda: load_file(path)


def _installed() -> list[Callable[[], LoadedStrategy]]:
    def loader(point: object) -> Callable[[], LoadedStrategy]:
        def load() -> LoadedStrategy:
            origin = f"entry point {getattr(point, 'value', point)}"
            try:
                module = point.load()  # type: ignore[attr-defined]  # an EntryPoint
            except (Exception, SystemExit) as error:  # as above
                raise NoStrategyError(f"{origin}: {_where(error, None)}") from error
            return _strategy_of(module, origin)

        return load

    return [loader(point) for point in entry_points(group=GROUP)]


def _strategy_of(module: ModuleType, origin: str) -> LoadedStrategy:
    name, decide = getattr(module, "NAME", None), getattr(module, "decide", None)
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        words = "NAME has to be lower-case letters, digits and hyphens, such as 'dip-buyer'"
        raise NoStrategyError(f"{origin}: {words}")
    if not callable(decide):
        raise NoStrategyError(f"{origin}: there is no function decide(snapshot)")
    if inspect.iscoroutinefunction(decide):
        raise NoStrategyError(f"{origin}: decide must be a plain function, not async")
    try:
        inspect.signature(decide).bind(object())
    except TypeError as error:
        raise NoStrategyError(f"{origin}: decide has to take one snapshot: {error}") from error
    return LoadedStrategy(name, origin, decide)


def _where(error: BaseException, file: str | None) -> str:
    """Return an error in words, with the line of the person's file where it came from there."""
    if isinstance(error, SyntaxError):
        return f"line {error.lineno}: {error.msg}"
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [frame for frame in frames if frame.filename == file]
    line = f" (line {theirs[-1].lineno} of {Path(theirs[-1].filename).name})" if theirs else ""
    return f"{type(error).__name__}: {error}{line}"
