"""bedrot-graph: analytics for music labels, where every number knows where it comes from."""

__version__ = "0.1.0"
