"""The package's stroke icons, drawn sharp at any size in any colour."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtQuick import QQuickImageProvider
from PySide6.QtSvg import QSvgRenderer

ICONS = Path(__file__).parent / "icons"
_DEFAULT_PX = 20


class IconProvider(QQuickImageProvider):
    """Answers ``image://icons/NAME/COLOR``; the colour is hexadecimal without its hash sign."""

    def __init__(self) -> None:
        super().__init__(QQuickImageProvider.ImageType.Image)

    def requestImage(self, id: str, size: QSize, requestedSize: QSize) -> QImage:  # noqa: A002, N802, N803  # Qt's names
        name, _, color = id.partition("/")
        svg = (ICONS / f"{name}.svg").read_text(encoding="utf-8")
        renderer = QSvgRenderer(QByteArray(_tinted(svg, color).encode()))
        wanted = requestedSize if requestedSize.width() > 0 else QSize(_DEFAULT_PX, _DEFAULT_PX)
        image = QImage(wanted, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        size.setWidth(wanted.width())
        size.setHeight(wanted.height())
        return image


def _tinted(svg: str, color: str) -> str:
    # QML writes a translucent colour as aarrggbb; the icons are opaque.
    return svg.replace("currentColor", f"#{color[-6:]}")
