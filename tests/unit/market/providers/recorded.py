"""Answers that real providers gave, as they were recorded; they are not ours to hand on."""

import os
from pathlib import Path

import pytest

from qt_trade.market.http import Answer


def folder_of(provider: str) -> Path:
    """Return the folder of a provider's recorded answers; where there is none, nothing is run."""
    data = os.environ.get("QTRADE_REAL_DATA")
    if data is None:
        # The only skip: these answers belong to their providers.
        pytest.skip("NOT RUN: QTRADE_REAL_DATA names no folder with responses/ of real providers")
    return Path(data) / "responses" / provider


def answer_of(provider: str, name: str, status: int = 200) -> Answer:
    """Return a recorded answer as if it had just come."""
    text = (folder_of(provider) / name).read_text(encoding="utf-8")
    return Answer(status, {"content-type": "application/json"}, text)
