"""Frozen values of the trade: computation only, no I/O, no clock."""
