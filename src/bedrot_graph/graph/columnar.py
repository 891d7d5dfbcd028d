"""Frames as JSON lists: what is selected of the columns becomes text in Rust, with no Python object per row.

A selection is laid over the columns as a tree of shapes, and written by one expression. The rows are looked at on the
way: are there nulls, letters to be escaped, values that GraphQL refuses? What GraphQL would not answer as it stands in
its column is unfit: it has to be completed value by value, so that errors are graphql-core's own.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, lru_cache, reduce
from operator import or_

import orjson
import polars as pl

CHUNK_ROWS = 5_000
"""So many rows are written at a time, each chunk by one core: Python holds its lock while it joins them."""

_INTEGERS = (pl.Int64, pl.Int32, pl.UInt32)
_NUMBERS = (pl.Decimal, pl.Float64, *_INTEGERS)
_WRITABLE: Mapping[str, tuple[type[pl.DataType], ...]] = {
    "String": (pl.String,),
    "ID": (pl.String,),
    "Boolean": (pl.Boolean,),
    "Date": (pl.Date,),
    "DateTime": (pl.Datetime,),
    "Int": _INTEGERS,
    "BigInt": _INTEGERS,
    "Float": (pl.Float64,),
    "USD": _NUMBERS,
    "Number": _NUMBERS,
    "Row": (pl.String, pl.Boolean, pl.Date, *_NUMBERS),
}
"""By a scalar's name: the columns that read in JSON as its values do."""

_TIME_FORMAT = "%Y-%m-%dT%H:%M:%S+00:00"
"""Of a whole second in UTC, as Python has it."""

Part = str | pl.Expr
"""A piece of a row's text: the same in every row, or a text that is never null."""


class Unfit(Exception):
    """What is selected cannot be written from columns: no error, but a reason to go the long way."""


@dataclass(frozen=True)
class Constant:
    """A text that is the same in every row."""

    text: str


@dataclass(frozen=True)
class Leaf:
    """A scalar or an enum, written from a column."""

    scalar: str
    """Its name; "" of an enum."""
    dtype: pl.DataType
    is_required: bool
    names: tuple[str, ...] = ()
    """The values of the enum, which are held by their names."""


@dataclass(frozen=True)
class Object:
    """Fields of a struct, or of the row itself."""

    fields: tuple[tuple[str, tuple[str, ...], "Shape"], ...]
    """Response key, where the value stands (a column, or the way to it through structs; nowhere: a constant), shape."""
    is_required: bool


@dataclass(frozen=True)
class Items:
    """A list in a column."""

    item: "Shape"
    is_required: bool


Shape = Constant | Leaf | Object | Items


@dataclass(frozen=True)
class Array:
    """A row as the array of its values."""

    leaves: tuple[tuple[str, Leaf | Constant], ...]
    """By column."""


RowShape = Object | Array


def leaf(scalar: str, dtype: pl.DataType, *, is_required: bool, names: tuple[str, ...] = ()) -> Leaf | Constant:
    """The shape of a scalar (or enum) over a column of the type. Raises Unfit."""
    if dtype == pl.Null and not is_required:
        return Constant("null")
    if not isinstance(dtype, (pl.String,) if names else _WRITABLE.get(scalar, ())):
        raise Unfit
    if isinstance(dtype, pl.Datetime) and dtype.time_zone != "UTC":
        raise Unfit
    return Leaf(scalar, dtype, is_required, names)


@cache
def _cores() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(pl.thread_pool_size(), "writing")


class Writing:
    """How rows of a shape are written. Its expressions are built once: that takes longer than to run them on a page."""

    def __init__(self, shape: RowShape) -> None:
        self._shape = shape
        self._columns = tuple(dict.fromkeys(name for name, *_ in _tops(shape)))
        self._required = frozenset(name for name, way, child in _tops(shape) if not way and child.is_required)
        self._looks = _looks(shape)
        self._texts: dict[tuple[frozenset[str], bool], Part] = {}
        """By what was seen: the columns with nulls, and whether texts have letters to be escaped."""
        self._is_careful = False
        """Whether texts are written as if they had such letters: from the first on that has one."""

    def written(self, frame: pl.DataFrame, count: Callable[[int], None]) -> orjson.Fragment:
        """The frame as a JSON list. Blocks where it is large. Raises Unfit, and what `count(bytes)` raises."""
        lengths: list[int] = []

        def counted(rows: pl.DataFrame) -> bytes:
            count(0)  # nothing more is written once it is too much
            text = self._text_of(rows)
            lengths.append(len(text))
            count(len(text))
            return text

        rows = [chunk for chunk in frame.iter_slices(CHUNK_ROWS) if chunk.height]
        chunks = _cores().map(counted, rows) if len(rows) > 1 else map(counted, rows)
        try:
            return orjson.Fragment(b"[%b]" % b",".join(chunks))
        except Unfit:
            count(-sum(lengths))  # it is written another way
            raise

    def _text_of(self, rows: pl.DataFrame) -> bytes:
        with_nulls = frozenset(name for name in self._columns if rows.get_column(name).null_count())
        if not with_nulls.isdisjoint(self._required):
            raise Unfit
        is_careful = self._is_careful  # read once: another thread may set it meanwhile
        text = self._text(with_nulls, is_careful)
        if isinstance(text, str):
            return ",".join([text] * rows.height).encode()
        looks = self._looks[:1] if is_careful else self._looks
        try:
            written, is_unfit, *texts = rows.select_seq(text, *looks).row(0)
        except pl.exceptions.InvalidOperationError as error:  # an Int that does not fit into 32 bits
            raise Unfit from error
        if is_unfit:
            raise Unfit
        if any(map(_is_odd, texts)):
            self._is_careful = True
            return self._text_of(rows)
        joined: bytes = written
        return joined

    def _text(self, with_nulls: frozenset[str], is_careful: bool) -> Part:  # noqa: FBT001 - it is part of a key
        seen = (with_nulls, is_careful)
        if seen not in self._texts:
            self._texts[seen] = _joined_text(self._shape, with_nulls, is_careful=is_careful)
        return self._texts[seen]


@lru_cache(maxsize=128)
def writing_of(shape: RowShape) -> Writing:
    """How rows of the shape are written, whichever operation asks: the same with other variables is another one."""
    return Writing(shape)


def _tops(shape: RowShape) -> Iterator[tuple[str, tuple[str, ...], Leaf | Object | Items]]:
    """Column, the way on from there, and shape of each value of a row that is no constant."""
    ways = ((name,) for name, _ in shape.leaves) if isinstance(shape, Array) else (way for _, way, _ in shape.fields)
    shapes = (each[-1] for each in (shape.leaves if isinstance(shape, Array) else shape.fields))
    for way, child in zip(ways, shapes, strict=True):
        if not isinstance(child, Constant):
            yield way[0], way[1:], child


def _looks(shape: RowShape) -> list[pl.Expr]:
    """What has to be known of rows: whether any value is unfit; and all texts, each column's in one."""
    unfit: list[pl.Expr] = []
    texts: list[pl.Expr] = []
    for name, way, child in _tops(shape):
        value = _at(pl.col(name), way)
        if way and child.is_required:
            unfit.append(value.is_null().any())
        unfit.extend(_faults(child, value))
        texts.extend(_texts(child, value))
    is_unfit = reduce(or_, unfit).fill_null(value=False) if unfit else pl.lit(value=False)
    return [is_unfit.alias("is_unfit"), *(each.str.join("").alias(f"text {n}") for n, each in enumerate(texts))]


def _is_odd(text: str) -> bool:
    """Whether it has letters to be escaped. Looked for in one text: in each of many takes several times as long."""
    return orjson.dumps(text)[1:-1] != text.encode()


def _texts(shape: Shape, value: pl.Expr) -> Iterator[pl.Expr]:
    """The texts at a value and in its structs. Those in lists are written with all care, and not looked at."""
    if isinstance(shape, Leaf) and shape.dtype == pl.String:
        yield value
    elif isinstance(shape, Object):
        for _, way, child in shape.fields:
            if not isinstance(child, Constant):
                yield from _texts(child, _at(value, way))


def _faults(shape: Shape, value: pl.Expr) -> Iterator[pl.Expr]:
    """Whether any value is one that GraphQL refuses, or that JSON cannot say."""
    if isinstance(shape, Object):
        for _, way, child in shape.fields:
            if not isinstance(child, Constant):
                at = _at(value, way)
                yield from [(at.is_null() & value.is_not_null()).any()] if child.is_required else []
                yield from _faults(child, at)
    elif isinstance(shape, Items):
        if not isinstance(shape.item, Constant):
            yield from [(value.list.drop_nulls().list.len() < value.list.len()).any()] if shape.item.is_required else []
            yield from _faults(shape.item, value.explode())
    elif isinstance(shape, Leaf):
        yield from _refused(shape, value)


def _refused(at: Leaf, value: pl.Expr) -> Iterator[pl.Expr]:
    if at.names:
        yield (~value.str.contains(rf"^(?:{'|'.join(at.names)})$")).any()
    elif at.dtype == pl.Float64:
        yield (~value.is_finite()).any()
    elif isinstance(at.dtype, pl.Datetime):
        yield (value.dt.nanosecond() != 0).any()  # Python tells parts of a second only where there are any


def _joined_text(shape: RowShape, with_nulls: frozenset[str], *, is_careful: bool) -> Part:
    """The rows' texts with commas between them, as bytes; the text itself where all rows say the same."""
    parts: list[Part] = []
    if isinstance(shape, Array):
        for name, each in shape.leaves:
            parts += [",", *_value(each, pl.col(name), may_be_null=name in with_nulls, is_careful=is_careful)]
        parts = ["[", *parts[1:], "]"]
    else:
        parts = _object(shape, None, with_nulls, is_careful=is_careful)
    merged = _merged(parts)
    if all(isinstance(part, str) for part in merged):
        return "".join(part for part in merged if isinstance(part, str))
    return _concatenated(merged).str.join(",").cast(pl.Binary)


def _object(shape: Object, value: pl.Expr | None, with_nulls: frozenset[str] | None, *, is_careful: bool) -> list[Part]:
    """The text of a struct, or of the row (None); `with_nulls` names columns that have any, None: all may have."""
    parts: list[Part] = []
    for key, way, child in shape.fields:
        parts.append(f',"{key}":')
        if isinstance(child, Constant):
            parts.append(child.text)
            continue
        at = _at(pl.col(way[0]) if value is None else value.struct.field(way[0]), way[1:])
        may_be_null = bool(way[1:]) or with_nulls is None or way[0] in with_nulls
        parts += _value(child, at, may_be_null=may_be_null, is_careful=is_careful)
    first = str(parts[0])[1:] if parts else ""
    return ["{", first, *parts[1:], "}"]


def _value(shape: Shape, value: pl.Expr, *, may_be_null: bool, is_careful: bool) -> list[Part]:
    if isinstance(shape, Constant):
        return [shape.text]
    if isinstance(shape, Leaf):
        return _leaf(shape, value, may_be_null=may_be_null, is_careful=is_careful)
    if isinstance(shape, Object):
        text = _object(shape, value, None, is_careful=is_careful)
    else:
        item = _merged(_value(shape.item, pl.element(), may_be_null=True, is_careful=True))
        text = ["[", value.list.eval(_concatenated(item)).list.join(","), "]"]
    if not may_be_null:
        return text
    return [pl.when(value.is_not_null()).then(_concatenated(_merged(text))).otherwise(pl.lit("null"))]


def _leaf(shape: Leaf, value: pl.Expr, *, may_be_null: bool, is_careful: bool) -> list[Part]:
    if shape.dtype == pl.String and is_careful:
        encoded = pl.struct(text=value).struct.json_encode()
        return [encoded.str.strip_prefix('{"text":').str.strip_suffix("}")]
    if shape.scalar == "Int":
        value = value.cast(pl.Int32)  # Polars refuses what GraphQL refuses
    text: list[Part] = [value.cast(pl.String)]
    if isinstance(shape.dtype, pl.Decimal) and shape.dtype.scale:
        text = [value.cast(pl.String).str.strip_chars_end("0").str.strip_chars_end(".")]
    elif isinstance(shape.dtype, pl.Datetime):
        text = ['"', value.dt.strftime(_TIME_FORMAT), '"']
    elif shape.dtype in {pl.String, pl.Date}:
        text = ['"', *text, '"']
    return [_concatenated(text).fill_null("null")] if may_be_null else text


def _at(value: pl.Expr, way: tuple[str, ...]) -> pl.Expr:
    return reduce(lambda at, name: at.struct.field(name), way, value)


def _merged(parts: list[Part]) -> list[Part]:
    """The parts, neighbouring constants as one."""
    merged: list[Part] = []
    for part in parts:
        if merged and isinstance(part, str) and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return merged


def _concatenated(parts: list[Part]) -> pl.Expr:
    return pl.concat_str([pl.lit(part) if isinstance(part, str) else part for part in parts])
