"""Vendors of real-time data, one module each."""
