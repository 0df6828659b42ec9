"""QtTrade: self-hosted auto-trading for US stocks."""

__version__ = "0.1.0"
