"""Measurements against floors taken in the same run; each gate is a promise to the user."""
