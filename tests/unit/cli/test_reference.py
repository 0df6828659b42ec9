"""The reference pages: complete, and not older than the code."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest

from qt_trade.cli import docs
from qt_trade.contract import registry
from qt_trade.contract.exports.page import contract_page, type_in_words
from qt_trade.contract.payloads import base
from qt_trade.model.orders import Side

COMMITTED = Path(__file__).parents[3] / "docs"


def test_the_committed_pages_are_up_to_date() -> None:
    """`make docs` writes them anew."""
    assert docs.outdated(COMMITTED) == []


def test_every_key_has_its_section() -> None:
    """With its payload's fields below it."""
    page = contract_page()
    for key in registry.KEYS:
        assert f"\n## `{key.name}`\n" in page
    for field in ("stop_loss_pct", "predicted_price", "quotes_published", "confirmed", "verdicts"):
        assert f"| `{field}` |" in page


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (base.Moment, "moment"),
        (base.Price | None, "price (USD) or null"),
        (base.Amount, "amount (USD)"),
        (tuple[base.SymbolText, ...], "list of symbol"),
        (dict[base.SymbolText, base.Price], "price (USD) by symbol"),
        (Literal["PAPER", "LIVE"], '"PAPER" or "LIVE"'),
        (Side, '"BUY" or "SELL"'),
        (
            Annotated[float, msgspec.Meta(ge=0, le=1, description="a share")],
            "number 0..1 (a share)",
        ),
        (str | None, "text or null"),
    ],
)
def test_types_are_said_for_people(hint: object, words: str) -> None:
    """No Python in the page."""
    assert type_in_words(hint) == words


def test_docs_writes_checks_and_finds_what_is_old(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same command for the Makefile and for a check."""
    folder = tmp_path / "docs"
    assert docs.main(["--check", str(folder)]) == 1
    assert docs.main([str(folder)]) == 0
    assert docs.main(["--check", str(folder)]) == 0
    (folder / "reference" / "contract.md").write_text("old")
    (folder / "contract" / "schemas" / "gone.schema.json").write_text("{}")
    capsys.readouterr()
    assert docs.main(["--check", str(folder)]) == 1
    said = capsys.readouterr().out
    assert "reference/contract.md is out of date: make docs" in said
    assert "contract/schemas/gone.schema.json is out of date" in said
    assert docs.main([str(folder)]) == 0
    assert docs.outdated(folder) == []
