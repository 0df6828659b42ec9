"""Opinions of an AI: what it is told, what it may answer, and what of that is taken.

Nothing in an answer does more than become a checked opinion. No clock, no network.
"""
