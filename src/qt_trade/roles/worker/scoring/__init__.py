"""What was said, settled when its time has come, and the score-card made of it."""
