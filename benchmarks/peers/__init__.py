"""Whom the server is measured against: each a process of its own, told by the environment what to serve."""
