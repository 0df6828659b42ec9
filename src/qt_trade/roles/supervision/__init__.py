"""Starts the servers and roles of a run, watches them, and ends them; no orphan survives it."""
