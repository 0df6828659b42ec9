"""The tables: frozen rows in, pre-formatted cells out, one change signal per run of seen rows."""
