"""Loopback stand-ins for the outside world: they speak the vendors' protocols, faults included."""
