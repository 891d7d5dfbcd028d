"""The page of limits: what bounds a request, by how much, and what is said beyond it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic.fields import FieldInfo

from bedrot_graph.cubes.request import MOST_VALUES
from bedrot_graph.graph.documents import LONGEST_VARIABLES, MOST_ERRORS
from bedrot_graph.graph.limits import MOST_DIGITS, MOST_REPEATS

ERROR_OF_FIELD = "an error in the answer"
"""Where the field is null, and the rest of the answer is there."""
BEFORE = "400"
"""Before anything is executed; there is no data."""


@dataclass(frozen=True)
class Limit:
    """A limit that a setting sets."""

    setting: str
    beyond: str
    """What is said where more is asked: an HTTP status, or the code that a WebSocket closes with."""
    code: str | None = None
    """The code of the error, where there is an error."""


@dataclass(frozen=True)
class Fixed:
    """A limit that nothing changes."""

    what: str
    most: str
    beyond: str
    code: str | None = None


LIMITS: Mapping[str, tuple[Limit | Fixed, ...]] = {
    "Documents": (
        Limit("max_query_characters", BEFORE, "DOCUMENT_TOO_LONG"),
        Limit("max_query_tokens", BEFORE, "GRAPHQL_PARSE_FAILED"),
        Limit("max_nesting", BEFORE, "TOO_DEEP"),
        Limit("max_depth", BEFORE, "TOO_DEEP"),
        Limit("max_introspection_depth", BEFORE, "TOO_DEEP"),
        Limit("max_aliases", BEFORE, "TOO_MANY_ALIASES"),
        Limit("max_fragments", BEFORE, "TOO_MANY_FRAGMENTS"),
        Limit("max_directives", BEFORE, "TOO_MANY_DIRECTIVES"),
        Limit("max_directives_in_place", BEFORE, "TOO_MANY_DIRECTIVES"),
        Limit("max_cost", BEFORE, "COST_TOO_HIGH"),
        Fixed("How often the same key may be selected in one place.", str(MOST_REPEATS), BEFORE, "TOO_MANY_REPEATS"),
        Fixed("How many digits a number in a document may have.", str(MOST_DIGITS), BEFORE, "NUMBER_TOO_LONG"),
        Fixed("How many errors of a document are told.", str(MOST_ERRORS), "the others are not told"),
    ),
    "Answers": (
        Limit("page_size", "the page ends there"),
        Limit("max_page_size", ERROR_OF_FIELD, "PAGE_TOO_LARGE"),
        Limit("max_lines_page_size", ERROR_OF_FIELD, "PAGE_TOO_LARGE"),
        Fixed("How many values a filter may list.", f"{MOST_VALUES:,}", ERROR_OF_FIELD, "BAD_USER_INPUT"),
        Limit("max_seconds", ERROR_OF_FIELD, "TIMEOUT"),
        Limit("max_waiting_answers", ERROR_OF_FIELD, "TOO_BUSY"),
        Limit("max_response_mb", "200, without data", "RESPONSE_TOO_LARGE"),
    ),
    "Requests": (
        Limit("max_body_kb", "413", "BODY_TOO_LARGE"),
        Limit("max_headers_kb", "431", "HEADERS_TOO_LARGE"),
        Limit("max_url_kb", "414", "URL_TOO_LONG"),
        Limit("headers_seconds", "408", "REQUEST_TIMEOUT"),
        Limit("body_seconds", "408", "REQUEST_TIMEOUT"),
        Fixed("Bodies with a `Content-Encoding`.", "none", "415", "UNSUPPORTED_MEDIA_TYPE"),
        Fixed("Several operations in one request, as a JSON list.", "none", "400", "BAD_REQUEST"),
        Limit("points_per_minute", "429, with `Retry-After`", "RATE_LIMITED"),
    ),
    "Subscriptions": (
        Limit("max_streams", "429", "TOO_MANY_STREAMS"),
        Fixed(
            "How long the variables of a subscription may be, in characters of JSON.",
            f"{LONGEST_VARIABLES:,}",
            "an error",
            "BAD_USER_INPUT",
        ),
        Fixed("How many states wait for a client to read: the newest.", "1", "told in `extensions.missed`"),
    ),
    "WebSockets": (
        Limit("socket_init_seconds", "closed with 4408"),
        Limit("max_socket_message_kb", "closed with 4400; with 1009 from four times as much on"),
        Limit("max_socket_operations", "closed with 4429"),
        Limit("max_sockets", "429, and no WebSocket", "TOO_MANY_SOCKETS"),
        Limit("allowed_origins", "403, and no WebSocket", "ORIGIN_NOT_ALLOWED"),
    ),
}


def limits_markdown(settings: Mapping[str, FieldInfo]) -> str:
    """`docs/limits.md`, of the settings by name."""
    sections = (line for title, limits in LIMITS.items() for line in _section(title, limits, settings))
    return "\n".join([*_HEAD, *sections]) + "\n"


_HEAD = (
    "# Limits",
    "",
    "What one request may ask for. A setting of the same name changes a limit; `make docs` writes this page from what",
    "the program has. Where the status is 400, it is so for `application/graphql-response+json`: the older media type",
    "has 200 for everything that is GraphQL. [Codes](codes.md) explains the errors.",
    "",
    "Depth, aliases and cost are counted with fragments, as often as these are spread; each operation of a document by",
    "itself. Lists and objects in variables are held against `MAX_NESTING` too. What an operation costs is told in",
    "`extensions.cost` to who sends the request extension `cost`, in all and for each field at the root; clients can",
    "compute it from `@cost` and `@listSize` in `schema.graphql`.",
)


def _section(title: str, limits: tuple[Limit | Fixed, ...], settings: Mapping[str, FieldInfo]) -> Iterator[str]:
    yield from (
        "",
        f"## {title}",
        "",
        "| setting | default | what it bounds | beyond | code |",
        "|---|---|---|---|---|",
    )
    for limit in limits:
        code = f"`{limit.code}`" if limit.code else ""
        if isinstance(limit, Fixed):
            cells = ("", limit.most, limit.what)
        else:
            field = settings[limit.setting]
            cells = (f"`{limit.setting.upper()}`", _said(field.default), field.description or "")
        yield f"| {' | '.join((*cells, limit.beyond, code))} |"


def _said(default: object) -> str:
    return f"{default:,}" if isinstance(default, int) else "empty"
