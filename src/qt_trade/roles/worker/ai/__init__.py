"""Opinions of an AI: asked for, kept, sealed, published."""
