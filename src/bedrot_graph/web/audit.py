"""Who has asked for a change, and who was refused: in the log, whatever its level, and never what was sent."""

import logging

from bedrot_graph.graph.execution import Execution
from bedrot_graph.traces import fail
from bedrot_graph.web.refusals import RefusedError

logger = logging.getLogger("bedrot_graph.audit")
logger.setLevel(logging.INFO)

_OF_ACCESS = frozenset({"FORBIDDEN", "ORIGIN_NOT_ALLOWED", "UNAUTHENTICATED", "UNTRUSTED_DOCUMENT"})


def note_refusal(refusal: RefusedError, who: str) -> None:
    """Note that somebody was refused, if it was for what they may do."""
    fail(refusal.code)
    if refusal.code in _OF_ACCESS:
        logger.warning("access refused", extra={"code": refusal.code, "who": who})


def note_change(execution: Execution, who: str) -> None:
    """Note that somebody asks for a change, before it is made."""
    logger.info("change asked for", extra={"change": ", ".join(execution.root_fields), "who": who})
