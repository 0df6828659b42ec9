"""The painted items: candle chart, equity line, sparkline, and the pure numbers below them."""
