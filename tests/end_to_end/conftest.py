"""The desktop's fixtures, for tests of the whole product."""

from tests.desktop.conftest import open_desk, qapp

__all__ = ["open_desk", "qapp"]
