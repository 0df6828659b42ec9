"""Market data: the port every source fits, the exchange's calendar, and the sources themselves."""
