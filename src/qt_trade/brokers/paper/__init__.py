"""The paper broker: fills orders against the quotes it is given, as a real one would."""

from qt_trade.brokers.paper.broker import PaperBroker

__all__ = ["PaperBroker"]
