"""Strategies: pure functions from a snapshot to what they want, each with its reasons.

No clock, no network, no memory: the same snapshot gives the same decisions. A strategy says what
it wants; whether it may is for ``trading.risk``. Whose wish counts: ``model.wishes``.
"""
