"""What the past bars let one expect: models as pure functions from bars to predictions."""
