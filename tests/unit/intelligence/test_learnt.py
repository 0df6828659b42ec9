"""A model as text: kept whole, and refused where it is not."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from qt_trade.intelligence.learning.learnt import Certainty, DamagedModelError, Learnt

LEARNT = Learnt(
    horizon_min=15,
    features=("return_1", "volatility_8"),
    volatility=("volatility_8",),
    parameters={"rounds": 60.0},
    seed=7,
    data_hash="ab" * 32,
    data_from=datetime(2026, 1, 5, 14, 45, tzinfo=UTC),
    data_to=datetime(2026, 3, 5, 20, 45, tzinfo=UTC),
    rows=31_200,
    metrics={"hit_rate": 0.52},
    direction="tree\nversion=v4\n",
    spread="tree\nversion=v4\n",
    certainty=Certainty("isotonic", 0.0, (0.0, 1.0), (0.5, 0.6)),
    residuals=(-1.0, 0.0, 1.0),
)


def test_a_model_is_read_as_it_was_written() -> None:
    """Every number survives, and the same model is always the same bytes."""
    written = LEARNT.to_bytes()
    assert Learnt.from_bytes(written) == LEARNT
    assert Learnt.from_bytes(written).to_bytes() == written


@pytest.mark.parametrize("place", [0, 20, 90, 200, 600, -1])
def test_a_changed_byte_is_noticed(place: int) -> None:
    """One flipped bit anywhere makes the model damaged, and says so."""
    damaged = bytearray(LEARNT.to_bytes())
    damaged[place] ^= 1
    with pytest.raises(DamagedModelError):
        Learnt.from_bytes(bytes(damaged))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a model of QtTrade"),
        (b"\x80\x04\x95pickle", "not a model of QtTrade"),
        (b'{"format":"onnx","version":1,"sha256":""}\n{}', "its format is 'onnx'"),
        (LEARNT.to_bytes().replace(b'"version":1', b'"version":9', 1), "version 9"),
        (LEARNT.to_bytes()[:-40], "its sha256 is not the one"),
    ],
)
def test_what_is_foreign_or_cut_is_refused_in_words(content: bytes, words: str) -> None:
    """A pickle, another program's file, a newer version and half a file each say what they are."""
    with pytest.raises(DamagedModelError, match=words):
        Learnt.from_bytes(content)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"horizon_min": 0}, "horizon_min is 0"),
        ({"features": ()}, "features names none"),
        ({"features": ("gap", "gap")}, "one of them twice"),
        ({"volatility": ()}, "volatility names no feature"),
        ({"residuals": ()}, "residuals are none"),
        ({"residuals": (1.0, 0.0)}, "not in order"),
        ({"certainty": Certainty("isotonic", 0.0, (0.0, 1.0), (0.5,))}, "2 scores and 1 prob"),
        ({"certainty": Certainty("platt", -1.0)}, "a negative slope"),
    ],
)
def test_a_whole_file_that_is_no_model_is_refused(wrong: dict[str, Any], words: str) -> None:
    """Its sha256 is right, for whoever wrote it was wrong."""
    with pytest.raises(DamagedModelError, match=words):
        Learnt.from_bytes(replace(LEARNT, **wrong).to_bytes())
