"""How a model is made and judged, and what it says."""
