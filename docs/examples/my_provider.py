"""A provider of one's own: the last prices of several symbols at once, from a made-up vendor.

It is asked ``GET /last?symbols=AAPL,BRK_B`` with the key in the header ``X-Key``, and answers
``{"AAPL": {"price": "231.42", "at": 1763999999}, "BRK_B": {…}}``. Who is not known is not in it.
"""

from collections.abc import Sequence
from http import HTTPStatus

from qt_trade.market.errors import (
    KeyRefusedError,
    MarketDataError,
    NotInPlanError,
    UnknownSymbolError,
)
from qt_trade.market.figures import last_price, moment, record
from qt_trade.market.gate import Gate
from qt_trade.market.http import TIMEOUT_S, Answer, HttpLine, ProviderHttp
from qt_trade.market.provider import (
    Capability,
    Plan,
    Provider,
    ProviderKit,
    ProviderSpec,
    QuoteBatch,
    Timeliness,
)
from qt_trade.model.quotas import Limit, Window
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

VENDOR = "My vendor"
BASE_URL = "https://api.my-vendor.example/v1"


class MyProvider(Provider):
    """One key at the vendor."""

    def __init__(self, spec: ProviderSpec, kit: ProviderKit) -> None:
        super().__init__(spec, kit)
        line = HttpLine(
            vendor=VENDOR,
            base_url=kit.access.base_url or BASE_URL,
            judge=judge,
            headers={"X-Key": kit.access.key},
            parameters={},
            timeout_s=kit.access.seconds("timeout_s", TIMEOUT_S),
        )
        gate = Gate(spec.name, VENDOR, kit.plan.limits, kit.ledger, kit.wall, kit.sleep)
        self._http = ProviderHttp(line, gate, kit.plan.concurrency)

    async def quotes(self, symbols: Sequence[Symbol]) -> QuoteBatch:
        spelled = {name: name.replace(".", "_") for name in symbols}
        body = await self._http.get("/last", {"symbols": ",".join(spelled.values())})
        rows = record(VENDOR, body)
        quotes: dict[Symbol, Quote] = {}
        errors: dict[Symbol, MarketDataError] = {}
        for name, theirs in spelled.items():
            try:
                quotes[name] = quote_of(rows.get(theirs), name)
            except MarketDataError as error:
                errors[name] = error
        return QuoteBatch(quotes, errors)

    async def close(self) -> None:
        await self._http.close()


def judge(answer: Answer) -> MarketDataError | None:
    """Name the errors that are the vendor's own; 429, 5xx and what is no JSON are named already."""
    match answer.status:
        case HTTPStatus.UNAUTHORIZED:
            return KeyRefusedError(VENDOR, "it does not know the key")
        case HTTPStatus.PAYMENT_REQUIRED:
            return NotInPlanError(VENDOR, "it wants to be paid for this")
        case _:
            return None


def quote_of(row: object, name: Symbol) -> Quote:
    """Return a row's quote, or raise why there is none: a price of zero is no price."""
    if row is None:
        raise UnknownSymbolError(VENDOR, name)
    fields = record(VENDOR, row)
    return last_price(VENDOR, name, moment(VENDOR, fields.get("at")), fields.get("price"))


FREE = Plan(
    name="free",
    capabilities=frozenset({Capability.QUOTE, Capability.BATCH_QUOTE}),
    timeliness=Timeliness.REAL_TIME,
    limits=(Limit(20, Window.MINUTE), Limit(1_000, Window.DAY)),
    batch_max=50,
)

SPEC: ProviderSpec = ProviderSpec(
    name="myvendor",
    title=VENDOR,
    plans={"free": FREE},
    keys=1,
    note="The last trades of a made-up exchange",
    make=lambda kit: MyProvider(SPEC, kit),
)
