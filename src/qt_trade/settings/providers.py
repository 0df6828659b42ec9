"""The providers of market data a person has keys for, and what must agree before money moves."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, model_validator

from qt_trade.model.alpaca_access import is_loopback
from qt_trade.settings.addresses import SecretFile, SettingsError, file_in, text_of

_SAFE = {"https", "wss"}


class ProviderSettings(BaseModel):
    """One provider. ``plan``: the name of one of its plans, empty for its first, the free one.

    ``secret``: the second half of a pair of keys. ``options``: what its page in the guide names.
    Addresses are for emulators and for proxies of a person's own: unencrypted on this machine only.
    """

    enabled: bool = True
    key: SecretStr | None = None
    key_file: SecretFile = None
    secret: SecretStr | None = None
    secret_file: SecretFile = None
    plan: str = ""
    base_url: str | None = None
    stream_url: str | None = None
    options: dict[str, str] = {}

    @model_validator(mode="after")
    def _addresses_are_safe(self) -> Self:
        for name, url in (("base_url", self.base_url), ("stream_url", self.stream_url)):
            parts = urlsplit(url or "https://")
            if parts.scheme not in _SAFE and not is_loopback(parts.hostname or ""):
                raise ValueError(
                    f"{name}: a key does not travel unencrypted; use https:// or wss://, or an"
                    " address of this machine such as http://127.0.0.1:8110"
                )
        return self

    def credentials(self, name: str, folder: Path | None) -> tuple[str, str]:
        """Return key and secret, empty where there is none. Raises SettingsError for a bad file.

        ``folder``: where a file per key may stand, ``finnhub.key``, ``alpaca.secret``.
        """
        variable = f"QTRADE_PROVIDERS__{name.upper()}"
        return (
            _text(f"{variable}__KEY", self.key, self.key_file or file_in(folder, f"{name}.key")),
            _text(
                f"{variable}__SECRET",
                self.secret,
                self.secret_file or file_in(folder, f"{name}.secret"),
            ),
        )


class ConsensusSettings(BaseModel):
    """When a price is believed. ``quorum``: how many real-time sources must agree.

    ``tolerance_bp``: how far apart they may be. ``max_age``: an older price does not count.
    """

    quorum: Annotated[int, Field(ge=1, le=7)] = 2
    tolerance_bp: Annotated[float, Field(gt=0, le=100)] = 10.0
    max_age: timedelta = timedelta(seconds=10)


def _text(name: str, given: SecretStr | None, file: Path | None) -> str:
    if given is not None:
        return given.get_secret_value().strip()
    if file is None:
        return ""
    try:
        return text_of(file)
    except ValueError as error:
        raise SettingsError(f"{name}_FILE: {error}") from None
