"""Alpaca as a broker: its REST interface, its stream of news, and our order book over both."""
