"""Whom an AI is asked for candidates: what is refused at once, and what it is taken to cost."""

from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from qt_trade.settings import AiSettings, SettingsError

LOCAL = "http://127.0.0.1:11434/v1"
FREE, XAI = (Decimal(0), Decimal(0)), (Decimal("1.25"), Decimal("2.50"))


@pytest.mark.parametrize(
    ("given", "with_key", "prices"),
    [
        ({}, True, XAI),
        ({"base_url": "https://api.x.ai/v1/"}, True, XAI),
        ({"base_url": LOCAL}, False, FREE),
        ({"base_url": "http://localhost:8000"}, False, FREE),
        # Whoever wants a key may hand the questions on to somebody who bills them.
        ({"base_url": LOCAL}, True, XAI),
        ({"base_url": "https://ai.example.org/v1"}, False, XAI),
        ({"base_url": LOCAL, "output_usd_per_million": "3"}, False, (Decimal(0), Decimal(3))),
        ({"input_usd_per_million": "0", "output_usd_per_million": "0"}, True, FREE),
    ],
)
def test_what_tokens_cost(
    given: dict[str, str], *, with_key: bool, prices: tuple[Decimal, Decimal]
) -> None:
    """As it is set; else nothing for a model of this machine, and xAI's prices for all others."""
    assert AiSettings.model_validate(given).usd_per_million(with_key=with_key) == prices


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://ai.example.org/v1", "a key does not travel unencrypted"),
        ("https://me:secret@ai.example.org/v1", "no place for a secret; set QTRADE_AI__KEY"),
        ("https://ai.example.org/v1?key=secret", "no place for a secret; set QTRADE_AI__KEY"),
        ("https:///v1", "it has no host"),
    ],
)
def test_an_address_is_refused_in_words(address: str, words: str) -> None:
    """And it is never kept or shown with a secret in it."""
    with pytest.raises(ValidationError, match=words):
        AiSettings(base_url=address)


@pytest.mark.parametrize("name", ["every", "expires", "kept"])
def test_a_time_that_makes_no_sense_is_refused(name: str) -> None:
    """The budget of a day is counted from what is kept."""
    with pytest.raises(ValidationError, match=name):
        AiSettings.model_validate({name: "PT0S"})


@pytest.mark.parametrize("key", ["xai-\u00fc", "two words", "xai\nx-other: header"])
def test_a_key_that_no_header_can_hold_is_named_and_not_repeated(key: str, tmp_path: Path) -> None:
    """It would end in a library's error, which may repeat it."""
    (tmp_path / "ai.key").write_text(key, encoding="utf-8")
    for settings in (AiSettings(key=key), AiSettings()):
        with pytest.raises(SettingsError, match=r"QTRADE_AI__KEY(_FILE)?: a key is") as caught:
            settings.credential(tmp_path)
        assert key not in str(caught.value)


def test_xai_is_known_by_its_name() -> None:
    """However its address is written: it answers nobody without a key."""
    assert AiSettings(base_url="https://API.x.ai/v1/").wants_key()
    assert not AiSettings(base_url=LOCAL).wants_key()
