"""Whether the server can answer, for whoever watches over it."""

import logging

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bedrot_graph.lake.dataset import Dataset
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.zone import Zone

logger = logging.getLogger(__name__)


async def live(_: Request) -> Response:
    """The process answers, whatever the lake is like."""
    return JSONResponse({"status": "alive"})


def readiness(snapshot: Snapshot, zone: Zone, *, is_full: bool = True) -> Response:
    """Ready while any dataset answers; degraded while files of one cannot be read or are stale.

    In full it also tells of which datasets, and how new the newest is.
    """
    states = {dataset.name: _state(snapshot, dataset) for dataset in zone.datasets}
    is_up = bool(snapshot.tables)
    is_whole = set(states.values()) <= {"ready", "absent"}
    status = "unavailable" if not is_up else "ready" if is_whole else "degraded"
    as_of = snapshot.as_of.isoformat() if snapshot.as_of else None
    details = {"asOf": as_of, "version": snapshot.version, "datasets": states}
    return JSONResponse({"status": status, **(details if is_full else {})}, 200 if is_up else 503)


def _state(snapshot: Snapshot, dataset: Dataset) -> str:
    if snapshot.is_absent(dataset):
        return "absent"
    if snapshot.fault_of(dataset):
        return "unavailable"
    return "stale" if snapshot.is_stale(dataset) else "ready"


def log_snapshot(snapshot: Snapshot, zone: Zone) -> None:
    """Say in the log what was read of the lake, and what was not."""
    for dataset in zone.datasets:
        if snapshot.is_absent(dataset):
            logger.info("dataset has no file", extra={"dataset": dataset.name})
        elif fault := snapshot.fault_of(dataset):
            logger.warning("dataset cannot be read", extra={"dataset": dataset.name, "problem": str(fault)})
    for name, table in snapshot.tables.items():
        rejects = {"rejected": table.rejects.height} if table.rejects.height else {}
        logger.info(
            "dataset read", extra={"dataset": name, "file": table.file_names, "rows": table.rows.height, **rejects}
        )
    logger.info("lake read", extra={"folder": str(zone.folder), "as_of": str(snapshot.as_of)})
