"""Findings for the ledger to keep."""

from bedrot_graph.ledger.alerts import Seen

RULE = "STREAM_DROP"


def seen(name: str, severity: str = "WARNING", rule: str = RULE, title: str = "Fewer streams") -> Seen:
    """A finding of this id."""
    body = f'{{"id":"{name}","severity":"{severity}","title":"{title}"}}'
    return Seen(name, rule, severity, title, "Look at it.", "2025-09-01", rule, body)
