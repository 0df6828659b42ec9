"""What the pages show: pure presenters from contract payloads to words, and their QML bridge."""
