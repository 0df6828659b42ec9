"""The role that serves the older system's frontends: views of our documents in their shapes."""
