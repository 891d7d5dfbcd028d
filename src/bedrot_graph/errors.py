"""The family tree of what can go wrong.

Each class is one thing a client can act on, with a stable `code` (sent as `extensions.code`). The
message says what was asked, what was found and what to try; it is built inside the class, so that
raising is one line.

    BedrotError
    ├── SettingsInvalid             a setting, or a file of settings, cannot be used
    │   └── LedgerUnusable          no alerts can be kept in the folder that the settings name
    ├── KeyInvalid                  a key cannot be made or revoked as asked
    ├── DatasetError
    │   ├── DatasetUnavailable      DATASET_UNAVAILABLE   no file of the dataset can be read
    │   │   └── DatasetOfOthers                           or no row of it is of an artist that the caller may see
    │   ├── DatasetMalformed        DATASET_MALFORMED     the file is there, but not in a known form
    │   └── DatasetForbidden        FORBIDDEN             its rows are of no artist, and the caller may see some only
    ├── NotNow                      it could be answered, but not at this moment
    │   ├── TooBusy                 TOO_BUSY              too many answers wait for their turn
    │   ├── OutOfTime               TIMEOUT               the request has taken as long as one may
    │   └── AlertsNotKept           ALERTS_NOT_KEPT       the server has no place, or none that works, to keep alerts in
    └── QuestionError               what was asked cannot be answered as asked
        ├── BadInput                BAD_USER_INPUT
        │   ├── UnknownName
        │   ├── TooManyValues
        │   ├── UnknownAlert
        │   ├── InvalidSnooze
        │   └── NegativePageSize
        ├── InvalidPeriod           INVALID_PERIOD
        ├── GrainTooFine            GRAIN_TOO_FINE
        ├── AttributionRequired     ATTRIBUTION_REQUIRED
        ├── TooExpensive            TOO_EXPENSIVE
        ├── PageTooLarge            PAGE_TOO_LARGE
        ├── InvalidCursor           INVALID_CURSOR
        ├── Unauthenticated         UNAUTHENTICATED
        ├── HistoryForbidden        FORBIDDEN             it is of the whole lake, and the caller may see some artists
        ├── DeliveriesForbidden     FORBIDDEN             it is for those who run the server
        ├── ResponseTooLarge        RESPONSE_TOO_LARGE    the answer would be longer than one may be
        └── DocumentRefused         what is asked is not looked into, as it is beyond a limit
            ├── DocumentTooLong     DOCUMENT_TOO_LONG
            ├── TooDeep             TOO_DEEP
            ├── NumberTooLong       NUMBER_TOO_LONG
            ├── TooManyAliases      TOO_MANY_ALIASES
            ├── TooManyFragments    TOO_MANY_FRAGMENTS
            ├── TooManyDirectives   TOO_MANY_DIRECTIVES
            ├── TooManyRepeats      TOO_MANY_REPEATS
            ├── CostTooHigh         COST_TOO_HIGH
            └── NoIntrospection     INTROSPECTION_DISABLED
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import ClassVar

MOST_NAMES_SHOWN = 12
LONGEST_NAME_SHOWN = 80


class BedrotError(Exception):
    """Anything this project raises on purpose; its message may be shown to a client."""

    code: ClassVar[str] = "INTERNAL"

    @property
    def extensions(self) -> dict[str, object]:
        """What GraphQL clients get beside the message."""
        return {"code": self.code}


class SettingsInvalid(BedrotError):
    """One setting, or one line of a settings file, cannot be used."""


class LedgerUnusable(SettingsInvalid):
    """The folder or the file of what is kept of alerts cannot be used."""

    def __init__(self, folder: object, problem: Exception | str) -> None:
        reason = getattr(problem, "strerror", None) or str(problem)
        super().__init__(f"No alerts can be kept in '{folder}': {reason}. Name another folder in STATE_DIR.")

    @classmethod
    def newer(cls, folder: object, file: str) -> "LedgerUnusable":
        """A newer version of the program has written it."""
        return cls(folder, f"'{file}' was written by a newer version, which has to go on with it")


class KeyInvalid(BedrotError):
    """A key that cannot be made, or that is not there to be revoked."""

    @classmethod
    def with_name(cls, name: str, longest: int) -> "KeyInvalid":
        """Its name is none."""
        return cls(
            f"A key cannot be called {name[:LONGEST_NAME_SHOWN]!r}. Give it a name of 1 to {longest} letters that can "
            "be read, such as that of whoever will use it."
        )

    @classmethod
    def of_no_scope(cls, scope: str) -> "KeyInvalid":
        """One of its scopes is none."""
        return cls(
            f"'{scope[:LONGEST_NAME_SHOWN]}' is no scope. There are: read, read:artist=NAME (perhaps several), admin."
        )

    @classmethod
    def of_scopes_beside(cls, narrow: str, wide: str) -> "KeyInvalid":
        """One of its scopes would narrow what another one opens."""
        return cls(
            f"'{narrow[:LONGEST_NAME_SHOWN]}' says nothing beside '{wide}', which opens all artists. Leave one out."
        )

    @classmethod
    def with_days(cls, days: int) -> "KeyInvalid":
        """It would never be valid."""
        return cls(f"A key cannot expire after {days} days. Give it 1 to 36500 days, or leave '--expires' out.")

    @classmethod
    def taken(cls, name: str) -> "KeyInvalid":
        """Another one has its name."""
        return cls(f"There is a key '{name}' already. Revoke it first, or choose another name.")

    @classmethod
    def unknown(cls, name: str) -> "KeyInvalid":
        """There is none of the name."""
        return cls(
            f"There is no key '{name[:LONGEST_NAME_SHOWN]}' that could be revoked. 'bedrot-graph keys list' shows all."
        )


class DatasetError(BedrotError):
    """A dataset cannot be answered from; the fields that need it are null."""

    dataset: str
    is_absent = False
    """Whether there is nothing of its name, and so nothing to put right."""

    @property
    def extensions(self) -> dict[str, object]:
        """The code, and the dataset it is about."""
        return {"code": self.code, "dataset": self.dataset}


class DatasetUnavailable(DatasetError):
    """No file of the dataset was found, or none could be read."""

    code = "DATASET_UNAVAILABLE"

    def __init__(self, dataset: str, patterns: tuple[str, ...], reasons: tuple[str, ...] = ()) -> None:
        self.dataset = dataset
        self.is_absent = not reasons
        looked_for = " or ".join(f"'{pattern}'" for pattern in patterns)
        found = f" Passed over: {'; '.join(reasons)}." if reasons else ""
        super().__init__(
            f"Dataset '{dataset}' has no readable file matching {looked_for}.{found} "
            "Put the file into the curated folder; it is seen within seconds, or after a reload where WATCH is off."
        )


class DatasetOfOthers(DatasetUnavailable):
    """No row of the dataset is of an artist that the caller may see."""

    def __init__(self, dataset: str) -> None:
        DatasetError.__init__(self, f"Dataset '{dataset}' has no row of the artists that the caller may see.")
        self.dataset = dataset
        self.is_absent = True


class DatasetMalformed(DatasetError):
    """A file of the dataset is there, but it is not in a form we know."""

    code = "DATASET_MALFORMED"

    def __init__(self, dataset: str, file: str, problem: str) -> None:
        self.dataset = dataset
        super().__init__(
            f"Dataset '{dataset}' cannot be read from '{file}': {problem}. Correct the file or export it again."
        )


class DatasetForbidden(DatasetError):
    """A dataset whose rows name no artist, asked for by somebody who may see some artists only."""

    code = "FORBIDDEN"
    is_absent = True

    def __init__(self, dataset: str) -> None:
        self.dataset = dataset
        super().__init__(
            f"Dataset '{dataset}' does not say whose its rows are, so nothing of it is told to a caller who may see "
            "some artists only. Ask with a key that has the scope 'read', or for numbers of other datasets."
        )


class NotNow(BedrotError):
    """What was asked could be answered, but not at this moment."""


class TooBusy(NotNow):
    """More answers wait for their turn than the server is ready to keep waiting."""

    code = "TOO_BUSY"

    def __init__(self, waiting: int) -> None:
        super().__init__(f"{waiting} answers are waiting to be computed, and no more can wait. Ask again in a moment.")


class OutOfTime(NotNow):
    """The request has taken as long as one may."""

    code = "TIMEOUT"

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"This was not answered within {seconds:g} seconds, the time that one request may take. Ask for a shorter "
            "period, fewer dimensions or fewer fields; or again later, if the server is busy."
        )


class AlertsNotKept(NotNow):
    """The server has no folder to keep alerts in, or cannot write there."""

    code = "ALERTS_NOT_KEPT"

    def __init__(self) -> None:
        super().__init__(
            "This server keeps nothing of alerts at the moment, so none can be acknowledged or snoozed, and none has a "
            "history. Ask whoever runs it: its log tells why."
        )


class QuestionError(BedrotError):
    """What was asked cannot be answered as asked."""


class BadInput(QuestionError):
    """An argument's value is of the right type, but makes no sense."""

    code = "BAD_USER_INPUT"


class UnknownName(BadInput):
    """A name that nothing has."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = list(known)
        near = get_close_matches(name, names, n=1)
        hint = f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(names[:MOST_NAMES_SHOWN])}."
        super().__init__(f"There is no {kind} '{name[:LONGEST_NAME_SHOWN]}'. {hint}")


class NegativePageSize(BadInput):
    """A page of less than no rows."""

    def __init__(self, first: int) -> None:
        super().__init__(f"'first: {first}' is negative. Ask for 0 rows or more.")


class UnknownAlert(BadInput):
    """An alert that is not there to be acknowledged or snoozed."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is no alert '{name[:LONGEST_NAME_SHOWN]}' now. Ask `alerts` for the ids of those there are; "
            "`alertHistory` tells which have ended."
        )


class InvalidSnooze(BadInput):
    """A snooze that would have ended already, that is too long, or whose end is not clear."""

    @classmethod
    def without_zone(cls, until: object) -> "InvalidSnooze":
        """It says no offset from UTC."""
        return cls(f"'until: {until}' names no time zone. Add one, such as 'Z' for UTC or '+02:00'.")

    @classmethod
    def out_of_range(cls, until: object, now: object, most_days: int) -> "InvalidSnooze":
        """It is in the past, or too far away."""
        return cls(
            f"'until: {until}' is not within the {most_days} days from now on ({now}). Give a time within them, or "
            "null to end the snooze."
        )


class InvalidPeriod(QuestionError):
    """A period that ends before it begins, or that asks for no time at all."""

    code = "INVALID_PERIOD"

    @classmethod
    def backwards(cls, period: object) -> "InvalidPeriod":
        """It ends before it begins."""
        return cls(f"The period {period} ends before it begins. Give the earlier day as 'from'.")

    @classmethod
    def out_of_time(cls, period: object, first_year: int, last_year: int) -> "InvalidPeriod":
        """It reaches where no data can be."""
        return cls(f"The period {period} reaches where no data can be. Ask for years from {first_year} to {last_year}.")

    @classmethod
    def out_of_range(cls, name: str, count: int, most: int) -> "InvalidPeriod":
        """It asks for no days or months, or for too many."""
        return cls(f"'{name}: {count}' asks for no time that has data. Ask for 1 to {most}.")


class GrainTooFine(QuestionError):
    """The data knows no time as fine as the grain that was asked for."""

    code = "GRAIN_TOO_FINE"

    def __init__(self, cube: str, grain: str, finest: str) -> None:
        super().__init__(
            f"'{cube}' cannot be given by {grain}: its data knows nothing finer than {finest}. Ask for {finest}."
        )


class AttributionRequired(QuestionError):
    """The data does not say whose its numbers are; only an estimate does, which has to be asked for."""

    code = "ATTRIBUTION_REQUIRED"

    def __init__(self, cube: str, dimension: str, argument: str, values: Iterable[str]) -> None:
        choices = " or ".join(f"`{argument}: {value}`" for value in values)
        super().__init__(
            f"The files behind '{cube}' carry no {dimension}. Add {choices} for an estimate, which the answer marks as "
            f"one; or ask without {dimension.upper()}."
        )


class TooExpensive(QuestionError):
    """The answer would have more rows than the server is ready to hold."""

    code = "TOO_EXPENSIVE"

    def __init__(self, groups: int, buckets: int, most: int) -> None:
        super().__init__(
            f"The answer would have {groups} groups in {buckets} buckets of time each, above the limit of {most} rows. "
            "Ask for a shorter period, a coarser grain, fewer dimensions, or filter with 'where'."
        )


class TooManyValues(BadInput):
    """A filter that lists more values than one question may."""

    def __init__(self, count: int, most: int) -> None:
        super().__init__(f"A filter lists {count} values, above the limit of {most}. Ask in several questions.")


class PageTooLarge(QuestionError):
    """More rows were asked for than one page may hold."""

    code = "PAGE_TOO_LARGE"

    def __init__(self, first: int, limit: int) -> None:
        super().__init__(
            f"'first: {first}' is above the limit of {limit} a page. "
            f"Ask for {limit} at most, and for the rest with 'after: pageInfo.endCursor'."
        )


class InvalidCursor(QuestionError):
    """A cursor that was not given out, or that belongs to another question or to older data."""

    code = "INVALID_CURSOR"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The cursor in 'after' {reason}. Start again from the first page.")

    @classmethod
    def unknown(cls, cursor: str) -> "InvalidCursor":
        """It was not given out here."""
        return cls(f"('{cursor[:LONGEST_NAME_SHOWN]}') is not one that this server has given out")

    @classmethod
    def out_of_place(cls) -> "InvalidCursor":
        """It was given out for something else."""
        return cls("belongs to another question, or the data has changed since")


class Unauthenticated(QuestionError):
    """The operation needs a token that was not sent."""

    code = "UNAUTHENTICATED"

    def __init__(self) -> None:
        super().__init__(
            "This operation changes the server's state. Send the admin token as 'Authorization: Bearer <token>'."
        )


class HistoryForbidden(QuestionError):
    """What is kept of alerts, asked for by somebody who may see some artists only."""

    code = "FORBIDDEN"

    def __init__(self) -> None:
        super().__init__(
            "What is kept of alerts is of the whole lake, and is not told to a caller who may see some artists only. "
            "Ask with a key that has the scope 'read', or ask `alerts`, which tells what holds now."
        )


class DeliveriesForbidden(QuestionError):
    """What has become of messages about alerts, asked for by somebody who does not run the server."""

    code = "FORBIDDEN"

    def __init__(self) -> None:
        super().__init__(
            "What has become of messages about alerts tells of the server's surroundings, so only those are told who "
            "may change its state. Ask with a key that has the scope 'admin', or with the admin token."
        )


class ResponseTooLarge(QuestionError):
    """The answer would be longer than a response may be."""

    code = "RESPONSE_TOO_LARGE"

    def __init__(self, most_bytes: int) -> None:
        super().__init__(
            f"The answer is larger than {most_bytes / 2**20:g} MB, the most that one response may be. "
            "Ask for fewer rows with 'first', for fewer fields, or in several requests."
        )


class DocumentRefused(QuestionError):
    """The document, or an operation of it, is beyond a limit."""


class DocumentTooLong(DocumentRefused):
    """It has more characters than one may have."""

    code = "DOCUMENT_TOO_LONG"

    def __init__(self, length: int, most: int) -> None:
        super().__init__(
            f"The document has {length} characters, above the limit of {most}. "
            "Put long lists of values into variables, or ask in several requests."
        )


class TooDeep(DocumentRefused):
    """Things stand in one another more often than they may."""

    code = "TOO_DEEP"

    def __init__(self, message: str) -> None:
        super().__init__(f"{message}. Ask for less in one another.")

    @classmethod
    def of(cls, what: str, depth: int, most: int) -> "TooDeep":
        """Known to be so deep."""
        return cls(f"{what} are nested {depth} deep, above the limit of {most}")

    @classmethod
    def of_variables(cls, most: int) -> "TooDeep":
        """Values are nested deeper than anybody looks."""
        return cls(f"Lists and objects of the variables are nested more than {most} deep, which is the limit")

    @classmethod
    def of_fragments(cls) -> "TooDeep":
        """Fragments spread one another further than Python can follow."""
        return cls("Fragments spread one another too deeply to be followed")


class NumberTooLong(DocumentRefused):
    """A number of more digits than any that is meant."""

    code = "NUMBER_TOO_LONG"

    def __init__(self, digits: int, most: int) -> None:
        super().__init__(
            f"A number in the document has {digits} digits, above the limit of {most}. Write a smaller one."
        )


class TooManyAliases(DocumentRefused):
    """An operation asks for more fields under another name than it may, those of fragments counted at each spread."""

    code = "TOO_MANY_ALIASES"

    def __init__(self, count: int, most: int) -> None:
        super().__init__(f"The operation has {count} aliases, above the limit of {most}. Ask in several requests.")


class TooManyFragments(DocumentRefused):
    """It defines more fragments than it may."""

    code = "TOO_MANY_FRAGMENTS"

    def __init__(self, count: int, most: int) -> None:
        super().__init__(
            f"The document defines {count} fragments, above the limit of {most}. Leave out those that repeat others."
        )


class TooManyDirectives(DocumentRefused):
    """It has more directives than it may, in one place or all together."""

    code = "TOO_MANY_DIRECTIVES"

    def __init__(self, where: str, count: int, most: int) -> None:
        super().__init__(
            f"{where} has {count} directives, above the limit of {most}. Leave out what is not to be answered."
        )


class TooManyRepeats(DocumentRefused):
    """The same is selected in one place more often than anybody needs."""

    code = "TOO_MANY_REPEATS"

    def __init__(self, key: str, count: int, most: int) -> None:
        super().__init__(
            f"'{key[:LONGEST_NAME_SHOWN]}' is selected {count} times in one place, above the limit of {most}. "
            "Select it once."
        )


class CostTooHigh(DocumentRefused):
    """The operation costs more points than one may."""

    code = "COST_TOO_HIGH"

    def __init__(self, points: int, most: int, dearest: str, its_points: int) -> None:
        super().__init__(
            f"The operation costs {points} points, above the limit of {most}; of these "
            f"'{dearest[:LONGEST_NAME_SHOWN]}' costs {its_points}. "
            "Ask for fewer rows with 'first', or for fewer fields at the root, or in several requests. The request "
            "extension 'cost' tells what an operation costs, and `@cost` and `@listSize` in the schema why."
        )


class NoIntrospection(DocumentRefused):
    """The schema is not told to everybody."""

    code = "INTROSPECTION_DISABLED"

    def __init__(self) -> None:
        super().__init__(
            "'__schema' and '__type' tell of the schema, and are answered to callers with a key only. "
            "Send one as 'Authorization: Bearer <token>', or read the schema of this version of bedrot-graph."
        )
