"""What is expected of every symbol, said each quarter of an hour."""
