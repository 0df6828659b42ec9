"""Texts from outside, as PostgreSQL can hold them."""


def storable(text: str) -> str:
    """Return a text without what PostgreSQL refuses: a stranger's words must not stop us."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
