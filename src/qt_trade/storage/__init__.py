"""What outlives a process, in PostgreSQL: the journal, leases, bars, predictions, runs."""
