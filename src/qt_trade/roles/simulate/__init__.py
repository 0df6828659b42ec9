"""The deterministic simulation: the real engine in a world of which every second is a seed's."""
