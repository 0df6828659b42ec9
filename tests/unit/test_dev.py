"""dev.py's judgement: what is missing, what is up to date, what pip was told, what is pinned."""

import os
import re
import subprocess
import sys
from pathlib import Path

import dev
import pytest
from scripts import lock, pip_settings
from scripts.environment import Stamp
from scripts.system import SYSTEM_LIBRARIES, Gaps, find_test_gaps, name_gaps, request, venv_package

ROOT = Path(dev.__file__).parent
LOCK = (ROOT / "requirements.lock").read_text()


class TestWhatTheSystemLacks:
    def test_a_complete_system_is_asked_for_nothing_not_even_make(self):
        assert name_gaps([], venv_package=None, make=False) == Gaps()

    def test_a_bare_system_is_asked_for_everything_in_one_command_on_one_line(self):
        everything = [name for names in SYSTEM_LIBRARIES.values() for name in names]
        gaps = name_gaps(everything, venv_package="python3-venv", make=False)
        command = [
            line for line in request(gaps.packages, sudo=False).splitlines() if "apt" in line
        ]
        assert len(command) == 1
        assert command[0].strip() == (
            "apt-get update && apt-get install --yes --no-install-recommends python3-venv "
            + " ".join(SYSTEM_LIBRARIES)
            + " make"
        )

    def test_the_tests_ask_for_the_programs_they_drive(self, monkeypatch):
        monkeypatch.setenv("PATH", "/nowhere")
        assert find_test_gaps() == Gaps(("redis-tools",), ("the program redis-cli",))

    def test_one_missing_library_asks_for_its_package_alone(self):
        gaps = name_gaps(["libEGL.so.1"], venv_package=None, make=True)
        assert gaps.packages == ("libegl1",)

    def test_each_library_beside_the_main_one_leads_to_its_package(self):
        gaps = name_gaps(["libxcb-image.so.0"], venv_package=None, make=True)
        assert gaps == Gaps(("libxcb-cursor0",), ("libxcb-image.so.0",))

    def test_sudo_is_named_twice_where_there_is_sudo(self):
        words = request(["make"], sudo=True)
        assert "sudo apt-get update && sudo apt-get install" in words
        assert "by root" not in words

    def test_another_interpreter_than_the_systems_has_its_own_venv_package(self):
        assert venv_package(Path("/usr/bin/python3.99")) == "python3.99-venv"
        assert venv_package(Path("/usr/bin/python3").resolve()) == "python3-venv"


class TestStamp:
    old = Stamp("/here", "python 1", "abc", frozenset({"server", "embedded"}))

    def test_less_than_is_there_needs_nothing(self):
        assert self.old.covers(self.old._replace(groups=frozenset({"server"})))

    @pytest.mark.parametrize(
        "change",
        [
            {"place": "/there"},
            {"python": "python 2"},
            {"digest": "abd"},
            {"groups": frozenset({"server", "desktop"})},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_any_other_wish_needs_something(self, change):
        assert not self.old.covers(self.old._replace(**change))

    def test_a_new_lock_or_a_further_part_is_added_to_the_same_environment(self):
        more = self.old.groups | {"desktop"}
        assert self.old.grows_into(self.old._replace(digest="new", groups=more))

    @pytest.mark.parametrize(
        "change",
        [{"place": "/there"}, {"python": "python 2"}, {"groups": frozenset({"server"})}],
        ids=lambda change: next(iter(change)),
    )
    def test_a_moved_folder_another_python_or_fewer_parts_need_a_new_one(self, change):
        assert not self.old.grows_into(self.old._replace(**change))


PIP_CONFIG = r"""
:env:.find-links='/env/wheels'
:env:.index-url='https://env.invalid/simple'
download.timeout='1'
global.cert='/global/ca.crt'
global.extra-index-url='\nhttps://one.invalid/simple\nfile:///two/simple'
global.find-links='/global/wheels /more/wheels'
global.index-url='https://global.invalid/simple'
global.timeout='60'
global.trusted-host='one.invalid two.invalid'
install.timeout='90'
"""


class TestPipSettings:
    def test_the_environment_overrides_the_command_and_that_the_common_section(self):
        told = pip_settings.options(PIP_CONFIG)
        assert told["index-url"] == "https://env.invalid/simple"
        assert told["timeout"] == "90"

    def test_uv_hears_all_of_it_in_its_own_words(self):
        assert pip_settings.uv_environment(PIP_CONFIG, {}) == {
            "UV_DEFAULT_INDEX": "https://env.invalid/simple",
            "UV_INDEX": "https://one.invalid/simple file:///two/simple",
            "UV_FIND_LINKS": "/env/wheels",
            "UV_HTTP_TIMEOUT": "90",
            "UV_INDEX_STRATEGY": "unsafe-best-match",
            "UV_INSECURE_HOST": "one.invalid two.invalid",
            "SSL_CERT_FILE": "/global/ca.crt",
        }

    def test_what_uv_was_told_itself_stands(self):
        environ = {"UV_INDEX": "https://mine.invalid/simple", "HOME": "/home/x"}
        heard = pip_settings.uv_environment(PIP_CONFIG, environ)
        assert environ.items() <= heard.items()

    def test_no_configuration_leaves_uv_alone_but_for_the_strategy(self):
        assert pip_settings.uv_environment("", {}) == {"UV_INDEX_STRATEGY": "unsafe-best-match"}

    def test_a_lock_is_made_from_the_main_index_alone(self):
        heard = pip_settings.main_index_only(pip_settings.uv_environment(PIP_CONFIG, {}))
        assert "UV_DEFAULT_INDEX" in heard
        assert not {"UV_INDEX", "UV_FIND_LINKS"} & heard.keys()


def pinned(groups) -> set[str]:
    part = lock.part(LOCK, lock.wanted(lock.project(), groups))
    return set(re.findall(r"^([a-z0-9-]+)==", part, flags=re.MULTILINE))


class TestLock:
    def test_all_parts_together_are_the_whole_lock(self):
        assert pinned(lock.EVERYTHING) == set(re.findall(r"(?m)^([a-z0-9-]+)==", LOCK))

    def test_a_server_has_no_qt_and_no_tools(self):
        server = pinned(["server"])
        assert {"polars", "celery", "yfinance", "psycopg-binary"} <= server
        assert not {"pyside6-essentials", "shiboken6", "pytest", "mypy"} & server

    def test_a_desktop_has_no_server_and_no_learning(self):
        desktop = pinned(["desktop"])
        assert {"pyside6-essentials", "shiboken6", "numpy", "redis"} <= desktop
        assert not {"polars", "celery", "yfinance", "sqlalchemy", "psycopg"} & desktop

    def test_every_part_can_build_the_package_itself(self):
        assert {"hatchling", "editables"} <= pinned([])

    def test_both_pins_of_a_distribution_that_differs_by_python_are_kept(self):
        assert lock.part(LOCK, ["numpy"]).count("numpy==") == LOCK.count("\nnumpy==") == 2

    def test_every_pin_has_hashes_and_no_host_is_named(self):
        pins = re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)[1:]
        assert all("--hash=sha256:" in pin for pin in pins)
        assert "://" not in LOCK


class TestCommand:
    def run(self, *arguments, **environ):
        return subprocess.run(
            [sys.executable, ROOT / "dev.py", *arguments],
            check=False,
            capture_output=True,
            env=os.environ | environ,
            text=True,
        )

    def test_without_a_target_it_lists_them_all(self):
        told = self.run()
        assert told.returncode == 0
        assert all(f"\n  {target} " in told.stdout for target in dev.TARGETS)

    def test_an_unknown_target_is_an_error(self):
        assert self.run("uo").returncode == 2

    def test_an_unknown_part_is_refused_by_name(self):
        told = self.run("setup", "--only", "serber")
        assert told.returncode == 1
        assert "serber" in told.stdout

    def test_a_wished_interpreter_that_is_none_is_refused_in_words(self):
        told = self.run("setup", PYTHON="/nowhere/python3")
        assert told.returncode == 1
        assert "/nowhere/python3 is not a Python 3.11 or newer" in told.stdout

    def test_the_makefile_names_the_same_targets(self):
        makefile = (ROOT / "Makefile").read_text()
        phony = re.search(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
        assert phony is not None
        assert set(phony[1].split()) == {"help", *dev.TARGETS}

    def test_the_tests_see_no_display_but_what_the_caller_sets_stands(self, monkeypatch):
        monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
        assert dev.test_environment()["QT_QPA_PLATFORM"] == "offscreen"
        monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
        assert dev.test_environment()["QT_QPA_PLATFORM"] == "xcb"
