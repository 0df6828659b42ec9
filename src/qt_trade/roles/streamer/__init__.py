"""The streamer: from a source of market data to quotes, bars and the market's state in Redis."""
