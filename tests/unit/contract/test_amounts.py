"""Where amounts are looked for: everywhere a payload type can hold them, and only there."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from qt_trade.contract.amounts import finder_for

GOOD, BAD = Decimal(1), Decimal("NaN")


class Purse(msgspec.Struct, frozen=True):
    """One amount, perhaps none."""

    name: str
    cash: Decimal | None


class Shop(msgspec.Struct, frozen=True):
    """Amounts in all kinds of places."""

    purses: tuple[Purse, ...]
    prices: dict[str, Decimal]
    till: Purse


class Coin(msgspec.Struct, frozen=True, tag=True):
    """An alternative with an amount."""

    worth: Decimal


class Button(msgspec.Struct, frozen=True, tag=True):
    """An alternative without."""

    colour: str


def test_every_place_is_looked_at() -> None:
    """The first amount that is none is named by its path."""
    find = finder_for(Shop)
    assert find is not None
    good = Shop((Purse("a", GOOD), Purse("b", None)), {"x": GOOD}, Purse("c", GOOD))
    assert find(good) is None
    replace = msgspec.structs.replace
    assert find(replace(good, purses=(*good.purses, Purse("d", BAD)))) == ".purses[2].cash"
    assert find(replace(good, prices={"x": GOOD, "y": BAD})) == ".prices[...]"
    assert find(replace(good, till=Purse("c", Decimal("1E+13")))) == ".till.cash"


def test_the_alternative_says_where_to_look() -> None:
    """A choice of structs is told by the value."""
    find = finder_for(Coin | Button)
    assert find is not None
    assert find(Button("red")) is None
    assert find(Coin(GOOD)) is None
    assert find(Coin(BAD)) == ".worth"


@pytest.mark.parametrize("payload", [Button, str, dict[str, int], tuple[Button, ...], int | None])
def test_where_there_can_be_none_nothing_is_looked_for(payload: Any) -> None:
    """So that most messages cost nothing."""
    assert finder_for(payload) is None


@pytest.mark.parametrize("payload", [list[Decimal], Coin | Decimal, tuple[Decimal, int]])
def test_a_type_that_no_payload_should_have_is_refused(payload: Any) -> None:
    """Better no codec than amounts that nobody looks at."""
    with pytest.raises(TypeError, match="a payload's"):
        finder_for(payload)
