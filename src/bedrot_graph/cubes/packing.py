"""Answers as bytes, for other processes: frames as Arrow IPC, what is said of them as JSON of declared types."""

from dataclasses import dataclass
from functools import cache
from io import BytesIO

import polars as pl
from pydantic import TypeAdapter, ValidationError

from bedrot_graph.cubes.answer import Answer
from bedrot_graph.cubes.detail import Detail
from bedrot_graph.lake.limitations import Limitation
from bedrot_graph.periods import Period


@dataclass(frozen=True)
class _Facts:
    """An answer without its frames, and how many bytes each of them takes."""

    sizes: tuple[int, ...]
    findings: tuple[Limitation, ...]
    scanned: frozenset[str]
    lacking: tuple[str, ...] = ()
    period: Period | None = None
    total_count: int | None = None


@cache
def _facts() -> TypeAdapter[_Facts]:
    """How they are written; made where somebody packs, as it takes long."""
    return TypeAdapter(_Facts)


def packed(result: object) -> bytes | None:
    """An answer of a cube, or a page of its rows; None for all else, and for what tells of a fault. Blocks."""
    if isinstance(result, Answer) and not result.faults:
        frames = [_written(result.groups), _written(result.total)]
        facts = _Facts(_sizes(frames), result.findings, result.scanned, result.lacking, result.period)
    elif isinstance(result, Detail):
        frames = [_written(result.rows)]
        facts = _Facts(_sizes(frames), result.findings, result.scanned, total_count=result.total_count)
    else:
        return None
    head = _facts().dump_json(facts)
    return b"".join((len(head).to_bytes(4, "big"), head, *frames))


def unpacked(data: bytes) -> Answer | Detail | None:
    """The same answer again; None for what is none. Blocks."""
    end = 4 + int.from_bytes(data[:4], "big")
    try:
        facts = _facts().validate_json(data[4:end])
        frames = []
        for size in facts.sizes:
            frames.append(pl.read_ipc(data[end : end + size]))
            end += size
    # Damaged bytes can bring the decoder to panic, which is no Exception.
    except (ValidationError, OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return None
    match frames:
        case [groups, total]:
            return Answer(groups, total, facts.findings, (), facts.lacking, facts.scanned, facts.period)
        case [rows]:
            return Detail(rows, facts.total_count, facts.findings, facts.scanned)
        case _:
            return None


def _sizes(frames: list[bytes]) -> tuple[int, ...]:
    return tuple(len(frame) for frame in frames)


def _written(frame: pl.DataFrame) -> bytes:
    buffer = BytesIO()
    frame.write_ipc(buffer, compression="lz4")
    return buffer.getvalue()
