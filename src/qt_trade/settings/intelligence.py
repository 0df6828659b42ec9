"""How models are trained and when they are believed; whom to ask for AI candidates."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, model_validator

from qt_trade.model.alpaca_access import is_loopback
from qt_trade.settings.addresses import SecretFile, SettingsError, file_in, text_of

AI_ADDRESS = "https://api.x.ai/v1"
INPUT_USD, OUTPUT_USD = Decimal("1.25"), Decimal("2.50")
"""What xAI takes for a million tokens (grok-4.3; shared facts of the providers, section 7.3)."""
KEY_FILE = "ai.key"
"""The name of the key's file in the folder of keys."""

_Share = Annotated[float, Field(gt=0, lt=1)]
_MinuteOrMore = Annotated[timedelta, Field(ge=timedelta(minutes=1))]
_KEPT_MIN = timedelta(days=2)
"""The day's costs are counted from what is kept."""
_UsdPerMillion = Annotated[Decimal, Field(ge=0, le=10_000)]


class IntelligenceSettings(BaseModel):
    """Training, scoring and promotion.

    ``history``: how far back training looks. ``retrain_drift_pct``: a live figure worse than at
    training by so many per cent trains anew. ``cases_needed`` and ``shadow_days``: before a model
    may be promoted. ``cost_bp``: per side, in every edge. ``trade_unproven``: act on models that
    have not shown skill; simulated money alone.
    """

    history: timedelta = timedelta(days=60)
    retrain_drift_pct: Annotated[float, Field(gt=0)] = 20.0
    coverage: _Share = 0.8
    cases_needed: Annotated[int, Field(ge=30)] = 400
    shadow_days: Annotated[int, Field(ge=0)] = 10
    cost_bp: Annotated[float, Field(ge=0)] = 1.5
    seed: Annotated[int, Field(ge=0)] = 7
    trade_unproven: bool = False


class AiSettings(BaseModel):
    """An AI behind an OpenAI-compatible interface. Without a key, or another address, none is asked.

    ``budget_usd`` a day of New York; prices in USD per million tokens, for answers that do not say
    their cost; None: xAI's, and nothing for an AI of this machine that wants no key. ``kept``: how
    long questions and answers are.
    """

    key: SecretStr | None = None
    key_file: SecretFile = None
    base_url: str = AI_ADDRESS
    model: str = "grok-4.3"
    every: _MinuteOrMore = timedelta(minutes=30)
    expires: _MinuteOrMore = timedelta(hours=1)
    budget_usd: Annotated[Decimal, Field(ge=0)] = Decimal(1)
    per_minute: Annotated[int, Field(ge=1)] = 2
    timeout_s: Annotated[float, Field(gt=0)] = 60.0
    candidates_max: Annotated[int, Field(ge=1, le=50)] = 6
    input_usd_per_million: _UsdPerMillion | None = None
    output_usd_per_million: _UsdPerMillion | None = None
    kept: Annotated[timedelta, Field(ge=_KEPT_MIN)] = timedelta(days=365)

    def credential(self, folder: Path | None) -> str:
        """Return the key, empty where there is none. Raises SettingsError for a bad file.

        ``folder``: where it may stand as ``ai.key``.
        """
        if self.key is not None:
            return _sendable("QTRADE_AI__KEY", self.key.get_secret_value().strip())
        file = self.key_file or file_in(folder, KEY_FILE)
        if file is None:
            return ""
        try:
            return _sendable("QTRADE_AI__KEY_FILE", text_of(file))
        except ValueError as error:
            raise SettingsError(f"QTRADE_AI__KEY_FILE: {error}") from None

    def wants_key(self) -> bool:
        """Return whether it is xAI itself, which answers nobody without a key."""
        return urlsplit(self.base_url).hostname == urlsplit(AI_ADDRESS).hostname

    def usd_per_million(self, *, with_key: bool) -> tuple[Decimal, Decimal]:
        """Return what tokens in and out cost. ``with_key``: whether one is sent along.

        An AI of this machine that wants no key bills nobody; one that wants a key may hand the
        questions on to somebody who does.
        """
        free = is_loopback(urlsplit(self.base_url).hostname or "") and not with_key
        given = (self.input_usd_per_million, self.output_usd_per_million)
        usual = (Decimal(0), Decimal(0)) if free else (INPUT_USD, OUTPUT_USD)
        told, out = (own if one is None else one for one, own in zip(given, usual, strict=True))
        return told, out

    @model_validator(mode="after")
    def _address_is_safe(self) -> Self:
        parts = urlsplit(self.base_url)
        if not parts.hostname:
            raise ValueError(f"base_url: it has no host; an address is such as {AI_ADDRESS}")
        if parts.username or parts.password or parts.query:
            raise ValueError(
                "base_url: it is shown and kept, and no place for a secret; set QTRADE_AI__KEY"
            )
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise ValueError(
                "base_url: a key does not travel unencrypted; use https://, or an address of this"
                " machine such as http://127.0.0.1:11434/v1 for a local model"
            )
        return self


def _sendable(name: str, key: str) -> str:
    """Return the key. Raises SettingsError, without it, where no HTTP header can hold it."""
    if not key.isascii() or not key.isprintable() or " " in key:
        raise SettingsError(f"{name}: a key is one word of plain letters, digits and signs")
    return key
