"""The chores behind dev.py. They run before anything is installed: nothing but Python's own."""
