"""Repeatable measurements; `make bench` runs them all."""
