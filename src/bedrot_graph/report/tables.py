"""Answers as tables: each list of a response is one, with its notes below."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bedrot_graph.report.terminal import WIDE, facts, readable, terminal
from bedrot_graph.web.bodies import plain_number

RATIO_PLACES = 6
"""A ratio is no exact number: this many places are enough to read. Amounts keep all of theirs."""

Row = Mapping[str, object]


@dataclass(frozen=True)
class Sheet:
    """A table of an answer."""

    title: str
    rows: list[Row]
    total: Row | None = None
    beside: Row | None = None
    """What stands beside the list: how many rows there are, whether a page follows."""


def show_tables(body: Mapping[str, Any]) -> None:
    """The tables of a response, and what its numbers cannot tell; its errors go to stderr."""
    console = terminal()
    for sheet in sheets(body.get("data") or {}):
        if sheet.title:
            console.print(Text(readable(sheet.title), "bold"))
        console.print(_laid_out(sheet, console) if sheet.rows else Text("  no rows"))
        if sheet.beside:
            console.print(Text(" · ".join(f"{name}: {_shown(value)}" for name, value in sheet.beside.items()), "dim"))
        console.print()
    lineage = body.get("extensions", {}).get("lineage", {})
    if limitations := lineage.get("limitations"):
        console.print(Text("What these numbers cannot tell:", "bold"))
        console.print(facts((each["code"], each["text"]) for each in limitations))
    errors = terminal(stderr=True)
    for error in body.get("errors", ()):
        place = f" ({'.'.join(map(str, error['path']))})" if error.get("path") else ""
        errors.print(Text(f"error: {readable(error['message'])}{place}", "red"))


def sheets(answer: Mapping[str, Any], title: str = "") -> Iterator[Sheet]:
    """The tables of a part of an answer; where it has no list, it is a table of one row itself."""
    lists = {name: value for name, value in answer.items() if _is_list_of_rows(name, value)}
    parts = {name: value for name, value in answer.items() if isinstance(value, Mapping) and _has_rows(value)}
    beside = {name: value for name, value in answer.items() if name not in lists | parts}
    total = beside.pop("total", None) if "nodes" in lists else None
    if lists:
        names = beside.pop("columns", None)
        for name, rows in lists.items():
            below = _joined(title, name) if name != "nodes" else title
            yield Sheet(below, [_flat(row, names) for row in rows], _flat(total) if total else None, _flat(beside))
            for place, row in enumerate(rows, 1):
                yield from _inside(row, f"{below} > {_label(row, place)}")
    elif beside:
        yield Sheet(title, [_flat(beside)])
    for name, value in parts.items():
        yield from sheets(value, _joined(title, name))


def _inside(row: object, title: str) -> Iterator[Sheet]:
    """The lists in one row of a list."""
    if isinstance(row, Mapping):
        for name, value in row.items():
            if _has_rows({name: value}):
                yield from sheets({name: value}, title)


def _joined(title: str, name: str) -> str:
    return f"{title} > {name}" if title else name


def _label(row: object, place: int) -> str:
    texts = [value for value in row.values() if isinstance(value, str)] if isinstance(row, Mapping) else []
    return texts[0] if texts else str(place)


def _is_list_of_rows(name: str, value: object) -> bool:
    if not isinstance(value, list):
        return False
    return any(isinstance(each, Mapping | list) for each in value) or (not value and name in {"nodes", "edges"})


def _has_rows(value: Mapping[str, object]) -> bool:
    return any(
        _is_list_of_rows(name, each) or (isinstance(each, Mapping) and _has_rows(each)) for name, each in value.items()
    )


def _flat(row: object, names: object = None) -> Row:
    """A row with its objects opened: {"previous": {"streams": 1}} is {"previous.streams": 1}."""
    if isinstance(row, list):
        columns = names if isinstance(names, list) and len(names) == len(row) else range(1, len(row) + 1)
        return dict(zip(map(str, columns), row, strict=True))
    flat: dict[str, object] = {}
    for name, value in row.items() if isinstance(row, Mapping) else ():
        if isinstance(value, Mapping):
            flat |= {f"{name}.{inner}": each for inner, each in _flat(value).items()}
        elif not _is_list_of_rows(name, value):
            flat[name] = value
    return flat


def _laid_out(sheet: Sheet, console: Console) -> Table:
    """The sheet as a table with the total as its foot; row below row where the terminal is too narrow for that."""
    rows = [*sheet.rows, sheet.total] if sheet.total else sheet.rows
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = Table(box=box.SIMPLE, show_footer=bool(sheet.total), pad_edge=False)
    columns: list[list[str]] = []
    for name in names:
        values = [row.get(name) for row in rows]
        is_number = any(map(_is_number, values)) and all(value is None or _is_number(value) for value in values)
        cells = _aligned(values) if is_number else [_shown(value) for value in values]
        if sheet.total and name not in sheet.total:
            cells[-1] = "" if columns else "total"
        foot = cells[-1] if sheet.total else ""
        justify: Literal["right", "left"] = "right" if is_number else "left"
        table.add_column(readable(name), footer=foot, justify=justify, no_wrap=is_number, overflow="fold")
        columns.append(cells)
    lines = list(zip(*columns, strict=True))
    for line in lines[: len(sheet.rows)]:
        table.add_row(*line)
    if console.measure(table, options=console.options.update(width=WIDE)).minimum <= console.width:
        return table
    return facts(fact for line in lines for fact in [*zip(names, line, strict=True), ("", "")])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _aligned(cells: list[object]) -> list[str]:
    """Numbers with as many places as the longest one needs, so that the points stand below each other."""
    numbers = [None if cell is None else _decimal(cell) for cell in cells]
    texts = [plain_number(number) for number in numbers if number is not None]
    places = max(len(text.partition(".")[2]) for text in texts)
    return ["–" if number is None else f"{number:,.{places}f}" for number in numbers]


def _decimal(number: object) -> Decimal:
    return round(Decimal(str(number)), RATIO_PLACES) if isinstance(number, float) else Decimal(str(number))


def _shown(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    return _aligned([value])[0] if _is_number(value) else readable(str(value))
