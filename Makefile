# Thin names for `python3 dev.py TARGET`, which does the same where there is no make.
PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: help setup up test lint bench docs screenshots lock

# exec: a signal sent to make's child reaches the program itself.
help setup up test lint bench docs screenshots lock:
	@exec $(PYTHON) dev.py $@ $(ARGS)
