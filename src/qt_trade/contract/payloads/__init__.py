"""The payload types, one module per subject."""
