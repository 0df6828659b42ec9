"""Bars and quotes: asked for, filled in, stored, published."""
