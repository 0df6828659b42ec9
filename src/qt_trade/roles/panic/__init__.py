"""Emergencies without the engine: straight to the broker, and word of it for the engine."""
