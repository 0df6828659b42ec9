"""The theme is generated; this holds the file equal to its tokens."""

from qt_trade.desktop.theme import THEME_QML, theme_qml


def test_the_qml_theme_is_written_from_the_tokens() -> None:
    assert THEME_QML.read_text(encoding="utf-8") == theme_qml()
