"""What is traded and why: strategies, risk, ledger, engine core; no clock, no network, no I/O."""
