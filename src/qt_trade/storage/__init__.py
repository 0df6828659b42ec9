"""What outlives a process, in PostgreSQL: the journal, leases, bars, models, claims, runs."""
