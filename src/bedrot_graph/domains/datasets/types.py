"""How the lake is said: datasets, their columns and files, and what their numbers mean."""

import datetime as dt
from typing import Annotated, Any

import strawberry
from strawberry.types.info import Info

from bedrot_graph.cubes.detail import Detail
from bedrot_graph.domains.datasets import service
from bedrot_graph.errors import DatasetError
from bedrot_graph.graph.context import Context
from bedrot_graph.graph.dictionary import LimitationType
from bedrot_graph.graph.directives import costs, items, pages
from bedrot_graph.graph.fields import costing, documented, field
from bedrot_graph.graph.pages import Page, PageInfo, offset_after, question_key
from bedrot_graph.graph.scalars import BigInt, Row
from bedrot_graph.lake.catalogue import DATASETS
from bedrot_graph.lake.dataset import Dataset
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.table import Table


@strawberry.type(description="A file of the lake that is read.")
class SourceFile:
    """A current file of a dataset."""

    name: str = field("Its name in the curated folder.")
    size_bytes: BigInt = field("Its size.\n\nUnit: BYTES.")
    modified_at: dt.datetime = field("When it was last written, in UTC.")


@strawberry.type(name="PassedOverFile", description="A file that looks like the dataset's and is not read.")
class PassedOverType:
    """A file that another one won over, or that cannot be read."""

    name: str = field("Its name in the curated folder.")
    reason: str = field("Why it is not read.")


@strawberry.type(description="A row of the file that could not be read, and is in no number.", directives=[costs(0.1)])
class RejectedRow:
    """A reject."""

    file: str = field("The file it stands in.")
    line: int = field("The line it stands on, the header being line 1 as a rule.")
    reason: str = field("What is wrong with it.")


@strawberry.type(name="Column", description="A column of a dataset.")
class ColumnType:
    """A declared column and what the current file makes of it."""

    name: str = field("Its name here, whatever the file calls it.")
    type: str = field(
        "What its cells hold: text, name, artist, code, upc, id, integer, decimal, counts, date or month."
    )
    unit: str | None = field("What its numbers count. Null where it holds none.")
    description: str = field("What it means.")
    required: bool = field("Whether a file without it is refused.")
    present: bool = field("Whether the current file has it.")
    null_count: BigInt | None = field(
        "How many rows have no value in it. Null where it is not present.\n\nUnit: COUNT."
    )


@strawberry.type(description="Rows of a dataset after cleaning, page by page, in the order of the file.")
class RowPage:
    """A page of rows."""

    columns: list[str] = field(
        "The names of the values in each row; `line` is the row's line in the file, and `file` that file where there "
        "are several."
    )
    nodes: list[Row] = field("The rows of this page.")
    page_info: PageInfo = field("Where this page stands among all rows.")
    total_count: int = field("How many rows there are on all pages.\n\nUnit: COUNT.")


@strawberry.type(name="Dataset", description="A table of the lake: its files, how good it is and how fresh.")
class DatasetType:
    """A dataset of one snapshot."""

    declared: strawberry.Private[Dataset]
    snapshot: strawberry.Private[Snapshot]

    @property
    def _table(self) -> Table | None:
        return self.snapshot.tables.get(self.declared.name)

    @documented
    def name(self) -> str:
        """Its name, as lineage and `dataset(name:)` use it."""
        return self.declared.name

    @documented
    def description(self) -> str:
        """What it holds."""
        return self.declared.description

    @documented
    def grain(self) -> str:
        """What one of its rows is."""
        return self.declared.grain

    @documented
    def available(self) -> bool:
        """Whether it can be read now; `problem` says why not."""
        return self._table is not None

    @documented
    def problem(self) -> str | None:
        """Why it cannot be read. Null where it can."""
        fault: DatasetError | None = self.snapshot.fault_of(self.declared)
        return str(fault) if fault else None

    @costing(items(2))
    def files(self) -> list[SourceFile]:
        """The files that are read."""
        if not self._table:
            return []
        return [
            SourceFile(name=file.name, size_bytes=BigInt(file.size_bytes), modified_at=file.modified_at)
            for file in self._table.files
        ]

    @costing(items(4))
    def files_passed_over(self) -> list[PassedOverType]:
        """Files that match its names and are not read."""
        return [
            PassedOverType(name=each.name, reason=each.reason)
            for each in self.snapshot.passed_over.get(self.declared.name, ())
        ]

    @documented
    def rows(self) -> BigInt | None:
        """How many rows were accepted. Null where it cannot be read.

        Unit: COUNT.
        """
        return BigInt(self._table.rows.height) if self._table else None

    @documented
    def rows_rejected(self) -> BigInt | None:
        """How many rows could not be read, and are in no number. Null where it cannot be told.

        Unit: COUNT.
        """
        return BigInt(self._table.rejects.height) if self._table and self._table.is_whole else None

    @documented
    def duplicates_dropped(self) -> BigInt | None:
        """How many rows repeated another one in every column. Null where it cannot be told.

        Unit: COUNT.
        """
        return BigInt(self._table.duplicates) if self._table and self._table.is_whole else None

    @documented
    def rows_restated(self) -> BigInt | None:
        """How many rows were replaced by a later row with the same key. Null where it cannot be told.

        Unit: COUNT.
        """
        return BigInt(self._table.restated) if self._table and self._table.is_whole else None

    @documented
    def covers_from(self) -> dt.date | None:
        """The first day its periods speak of. Null without dates."""
        return self._table.covers[0] if self._table and self._table.covers else None

    @documented
    def covers_through(self) -> dt.date | None:
        """The last day its periods speak of. Null without dates."""
        return self._table.covers[1] if self._table and self._table.covers else None

    @documented
    def newest_event(self) -> dt.date | None:
        """Its newest event date, from which its age is counted. Null without dates."""
        return self._table.newest_event if self._table else None

    @documented
    def max_age_days(self) -> int | None:
        """Older than this it is stale. Null where it does not age.

        Unit: DAYS.
        """
        return self.declared.max_age_days

    @documented
    def stale(self) -> bool:
        """Whether its newest event is older than it should be; the sample lake never is."""
        return self.snapshot.is_stale(self.declared)

    @costing(items(15))
    def columns(self) -> list[ColumnType]:
        """Its declared columns, also those that the current file lacks."""
        return [
            ColumnType(
                name=facts.column.name,
                type=facts.column.kind,
                unit=facts.column.unit,
                description=facts.column.meaning,
                required=facts.column.required,
                present=facts.is_present,
                null_count=None if facts.null_count is None else BigInt(facts.null_count),
            )
            for facts in service.columns(self.declared, self._table)
        ]

    @documented
    def unknown_columns(self) -> list[str]:
        """Headers of the current file that are not read."""
        return list(self._table.unknown_columns) if self._table else []

    @costing(pages(assumed_size=20))
    def rejects(
        self,
        info: Info[Context, None],
        first: Annotated[int, strawberry.argument(description="How many to show, from the first line on.")] = 20,
    ) -> list[RejectedRow] | None:
        """The rows that could not be read, in the order of the file. Null, with an error, where too many are asked."""
        size = info.context.limits.page(first, info.context.limits.max_page_size)
        if not self._table:
            return []
        shown = self._table.rejects.head(size)
        return [RejectedRow(file=file, line=line, reason=reason) for file, line, reason in shown.iter_rows()]

    @costing(items(4))
    def limitations(self) -> list[LimitationType]:
        """What it cannot tell: for ever, and as it was read."""
        return [LimitationType.of(each) for each in service.limitations(self.snapshot, self.declared)]

    @documented
    def version(self) -> str | None:
        """Changes exactly when what is answered from it may change. Null where it cannot be read."""
        return self._table.version if self._table else None

    @costing(costs(10), pages("nodes"))
    async def row_page(
        self,
        info: Info[Context, None],
        first: Annotated[int | None, strawberry.argument(description="How many rows a page holds.")] = None,
        after: Annotated[str | None, strawberry.argument(description="The cursor to go on after.")] = None,
    ) -> RowPage | None:
        """Its rows after cleaning, as they stand in the file. Null, with an error, where it cannot be read."""
        size = info.context.limits.page(first, info.context.limits.max_lines_page_size)
        context, dataset = info.context, self.declared
        question = question_key("rowPage", dataset.name, self.snapshot.table(dataset).version)
        offset = offset_after(after, question)
        key = context.begin(info.path)
        found = await context.answer(
            question_key(question, offset, size),
            lambda: service.rows(self.snapshot, dataset, offset, size),
            "rowPage",
        )
        assert isinstance(found, Detail)  # noqa: S101 - for the type checker: the key names the pipeline
        context.note(key, {}, found.scanned, found.findings)
        count = found.total_count or 0  # it is always counted
        page = Page(found.rows, offset, count, question)
        nodes: Any = page.nodes
        return RowPage(columns=found.rows.columns, nodes=nodes, page_info=page.page_info, total_count=count)


@strawberry.type(description="What a reload has found in one dataset.")
class ReloadedDataset:
    """A dataset before and after a reload."""

    name: str = field("The dataset's name.")
    changed: bool = field("Whether what is answered from it may differ from before.")
    rows: BigInt | None = field("How many rows it has now. Null where it cannot be read.\n\nUnit: COUNT.")


@strawberry.type(description="The snapshot that a reload has taken.")
class Reload:
    """What changed."""

    as_of: dt.date | None = field("The newest event date in the lake. Null where nothing can be read.")
    version: str = field("The version of all data; it changes when any answer may.")
    datasets: list[ReloadedDataset] = field("Each dataset, and whether it has changed.", assumed_size=len(DATASETS))

    @staticmethod
    def between(before: Snapshot | None, now: Snapshot) -> "Reload":
        """What lies between two snapshots."""
        return Reload(
            as_of=now.as_of,
            version=now.version,
            datasets=[
                ReloadedDataset(
                    name=name,
                    changed=_version(before, name) != _version(now, name),
                    rows=BigInt(now.tables[name].rows.height) if name in now.tables else None,
                )
                for name in sorted({*now.tables, *now.faults})
            ],
        )


def _version(snapshot: Snapshot | None, name: str) -> str | None:
    table = snapshot.tables.get(name) if snapshot else None
    return table.version if table else None
