"""The only door between backend and desktop: every key, its payload and the bus that carries it."""
