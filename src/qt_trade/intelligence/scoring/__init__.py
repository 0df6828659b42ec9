"""What becomes of what was said, and of who said it."""
