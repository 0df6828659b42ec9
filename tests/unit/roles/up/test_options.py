"""What a person may ask of a run; what contradicts itself is refused with the option's name."""

from pathlib import Path
from typing import Any

import pytest

from qt_trade.model.feeds import FeedChoice
from qt_trade.roles.up.options import BadOptionsError, UpOptions

USUAL: dict[str, Any] = {
    "feed": FeedChoice.REALTIME, "source": None, "speed": 1.0, "seed": None, "run_for_s": None,
    "autotrade": None, "headless": True, "restart": False, "as_json": False, "data_dir": Path("/d"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"feed": FeedChoice.REPLAY}, "--feed replay needs --from"),
        ({"feed": FeedChoice.REPLAY, "source": Path("/no/where")}, "--from /no/where: there is no"),
        ({"source": Path("/")}, "--from belongs to --feed replay, not to --feed realtime"),
        ({"feed": FeedChoice.SIMULATION, "source": Path("/")}, "--from belongs to --feed replay"),
        ({"speed": 2.0}, "--speed belongs to --feed replay or simulation"),
        ({"seed": 7}, "--seed belongs to --feed simulation, not to realtime"),
    ],
)
def test_contradictions_are_refused(asked: dict[str, Any], words: str) -> None:
    """Each in one sentence."""
    with pytest.raises(BadOptionsError, match=words):
        UpOptions(**USUAL | asked)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"feed": FeedChoice.REPLAY, "source": Path("/"), "speed": 240.0},
        {"feed": FeedChoice.SIMULATION, "seed": 0, "speed": 60.0},
    ],
)
def test_what_makes_sense_is_taken(asked: dict[str, Any]) -> None:
    """Each kind of feed with what belongs to it."""
    assert UpOptions(**USUAL | asked)
