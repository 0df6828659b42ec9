"""Where orders go, and with which keys."""

from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import BaseModel, SecretStr, model_validator

from qt_trade.model.alpaca_access import Keys, Loopback
from qt_trade.settings.addresses import SecretFile, SettingsError, file_in, text_of


class BrokerKind(StrEnum):
    """Whose orders they are: ours to fill, simulated at Alpaca, or with real money there."""

    PAPER = "paper"
    ALPACA_PAPER = "alpaca-paper"
    ALPACA_LIVE = "alpaca-live"


class BrokerSettings(BaseModel):
    """Where orders go. ``confirmed``: the number of the account that may trade real money.

    The addresses follow from the kind; others are taken on this machine alone, for emulators.
    """

    kind: BrokerKind = BrokerKind.PAPER
    key_id: SecretStr | None = None
    key_id_file: SecretFile = None
    secret: SecretStr | None = None
    secret_file: SecretFile = None
    confirmed: str = ""
    base_url: str | None = None
    stream_url: str | None = None

    @model_validator(mode="after")
    def _loopback_only(self) -> Self:
        if (self.base_url is None) != (self.stream_url is None):
            raise ValueError("base_url and stream_url are given together, or neither of them")
        self.loopback()
        return self

    def loopback(self) -> Loopback | None:
        """Return the emulator on this machine, None for Alpaca itself."""
        if self.base_url is None or self.stream_url is None:
            return None
        return Loopback(self.base_url, self.stream_url)

    def keys(self, folder: Path | None = None) -> Keys:
        """Return the keys. Raises SettingsError that names the variable that is missing.

        ``folder``: where they may stand as ``broker.key`` and ``broker.secret``.
        """
        key_file = self.key_id_file or file_in(folder, "broker.key")
        secret_file = self.secret_file or file_in(folder, "broker.secret")
        return Keys(
            _secret("QTRADE_BROKER__KEY_ID", self.key_id, key_file),
            _secret("QTRADE_BROKER__SECRET", self.secret, secret_file),
        )


def _secret(name: str, given: SecretStr | None, file: Path | None) -> str:
    if given is not None:
        return given.get_secret_value()
    if file is None:
        raise SettingsError(f"{name} is not set, and neither is {name}_FILE: Alpaca wants keys")
    try:
        return text_of(file)
    except ValueError as error:
        raise SettingsError(f"{name}_FILE: {error}") from None
