"""``qtrade up``: one run from the first server to the last summary."""
