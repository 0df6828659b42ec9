"""Every chore of this repository behind one command that needs nothing but Python 3.11.

`python3 dev.py TARGET ...` and `make TARGET ARGS="..."` are the same.
"""

from __future__ import annotations

import os
import subprocess
import sys

from scripts import environment, lock, pip_settings, system
from scripts.environment import BIN
from scripts.steps import ROOT, SetupError, StepError, say, step

USAGE = """\
python3 dev.py TARGET ...     (or: make TARGET ARGS="...")

  up           start everything: environment if missing, servers, roles, desktop
  setup        the environment in .venv; --only server|desktop|embedded|dev for parts of it
  test         linters, then all tests; arguments go to pytest
  lint         style, types, import contracts, dead code
  bench        measure (without a name: pipeline)
  docs         write the reference pages anew
  screenshots  draw the desktop's pages into docs/screenshots
  lock         resolve the dependencies anew; --upgrade for newer versions

PYTHON=... chooses the interpreter of .venv."""

LINTERS = (
    ("ruff check", ("ruff", "check", ".")),
    ("ruff format", ("ruff", "format", "--check", ".")),
    ("mypy", ("mypy",)),
    ("mypy dev.py", ("mypy", "dev.py")),
    ("import contracts", ("lint-imports",)),
    ("dead code", ("vulture", "--min-confidence", "80", "src")),
)

# Most tests wait for real servers, so cores stand idle. A file's tests stay together: they share
# what is dear to make. Each process starts servers of its own, hence the limit.
SIDE_BY_SIDE = ("-n", "logical", "--maxprocesses", "4", "--dist", "loadfile")


def up(arguments: list[str]) -> int:
    """Become `qtrade up`, so that every signal reaches it directly."""
    headless = "--headless" in arguments
    environment.ensure(("server", "embedded") if headless else lock.EXTRAS)
    return _become("qtrade", "up", *arguments)


def setup(arguments: list[str]) -> int:
    """Make the environment: all of it, or the parts named by --only."""
    parts = [word for word in " ".join(arguments).replace(",", " ").split() if word != "--only"]
    unknown = set(parts) - set(lock.EVERYTHING)
    if unknown:
        raise SetupError(f"No part is called {', '.join(unknown)}: {', '.join(lock.EVERYTHING)}.")
    environment.ensure(parts or lock.EVERYTHING, exactly=bool(parts))
    say("Ready. Start everything with: make up   (or: python3 dev.py up)")
    return 0


def test(arguments: list[str]) -> int:
    """Run the linters and, whatever they say, the tests: their summary closes the output."""
    environment.ensure(lock.EVERYTHING)
    system.close_gaps(system.find_test_gaps())
    failed = _lint()
    if failed:
        say(f"This run fails already, by {', '.join(failed)}; the tests run all the same.\n")
    tests = subprocess.run(  # noqa: S603
        [BIN / "python", "-m", "pytest", *SIDE_BY_SIDE, *arguments],
        check=False,
        cwd=ROOT,
        env=test_environment(),
    )
    return tests.returncode or bool(failed)


def lint(_arguments: list[str]) -> int:
    """Run the linters alone."""
    environment.ensure(lock.EVERYTHING)
    return bool(_lint())


def _lint() -> list[str]:
    """Run every linter and return the names of those with objections."""
    failed = []
    for name, (tool, *arguments) in LINTERS:
        try:
            step(name, [str(BIN / tool), *arguments])
        except StepError as error:
            say(str(error))
            failed.append(name)
    return failed


def test_environment() -> dict[str, str]:
    """Return the environment of the tests: no display, and the real recordings if at hand."""
    environ = {"QT_QPA_PLATFORM": "offscreen"}
    recordings = ROOT.parent / "shared" / "data"
    if recordings.is_dir():
        environ["QTRADE_REAL_DATA"] = str(recordings)
    return environ | os.environ


def bench(arguments: list[str]) -> int:
    """Become `qtrade bench`."""
    environment.ensure(lock.EVERYTHING)
    return _become("qtrade", "bench", *(arguments or ["pipeline"]))


def docs(arguments: list[str]) -> int:
    """Write the reference pages from the code."""
    environment.ensure(lock.EVERYTHING)
    return _become("python", "-m", "qt_trade.cli.docs", *arguments)


def screenshots(arguments: list[str]) -> int:
    """Draw the desktop's pages without a display."""
    environment.ensure(lock.EVERYTHING)
    folder = str(ROOT / "docs" / "screenshots")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return _become("python", "-m", "qt_trade.desktop.screenshots", *(arguments or [folder]))


def relock(arguments: list[str]) -> int:
    """Resolve pyproject.toml anew for every supported Python, with hashes and without hosts."""
    # An environment from the old lock could not hold what pyproject.toml has just come to name.
    if not BIN.is_dir():
        environment.ensure(lock.EVERYTHING)
    environ = pip_settings.main_index_only(environment.fetch_uv())
    compile_ = [str(BIN / "uv"), "--quiet", "pip", "compile", "pyproject.toml"]
    compile_ += ["--all-extras", "--group", "dev", "--universal", "--python-version", "3.11"]
    compile_ += ["--generate-hashes", "--no-emit-index-url", "--no-header"]
    compile_ += ["--output-file", lock.LOCK.name, *arguments]
    step("resolving the dependencies", compile_, environ)
    environment.ensure(lock.EVERYTHING)
    return 0


def _become(tool: str, *arguments: str) -> int:
    os.chdir(ROOT)
    os.execv(BIN / tool, [str(BIN / tool), *arguments])  # noqa: S606 (that is the purpose)


TARGETS = {
    "up": up,
    "setup": setup,
    "test": test,
    "lint": lint,
    "bench": bench,
    "docs": docs,
    "screenshots": screenshots,
    "lock": relock,
}


def main(arguments: list[str]) -> int:
    """Run one target; return the exit code."""
    target = TARGETS.get(arguments[0]) if arguments else None
    if target is None:
        say(USAGE)
        return 0 if arguments in ([], ["help"], ["--help"]) else 2
    try:
        return target(arguments[1:])
    except (SetupError, StepError) as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130


def _leave_old_python() -> None:
    """Start over with a newer interpreter of this machine, or say that there is none."""
    newer = environment.newer_python()
    if newer is None:
        sys.exit("QtTrade needs Python 3.11 or newer, and this machine has none.")
    os.execv(newer, [str(newer), __file__, *sys.argv[1:]])  # noqa: S606 (that is the purpose)


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 (it is the user's python3 that runs this file)
        _leave_old_python()
    sys.exit(main(sys.argv[1:]))
