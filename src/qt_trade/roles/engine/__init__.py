"""The engine: the one process that trades."""
