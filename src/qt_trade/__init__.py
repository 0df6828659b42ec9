"""QtTrade: self-hosted auto-trading for US stocks."""
