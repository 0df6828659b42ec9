"""Tools without any knowledge of trading: clock, backoff, logs."""
