"""Documents and variables that are meant to do harm: each is refused or answered soon, with a code, never by a 500."""

import time
from collections.abc import Iterator

import httpx2
import orjson
import pytest

from tests.web.serving import serving_sample
from tests.web.test_server import EXPECTED, REVENUE

SOON = 5.0
"""Seconds, on a busy machine; most take a hundredth of one."""


@pytest.fixture(scope="module")
def client() -> Iterator[httpx2.Client]:
    with (
        serving_sample() as served,
        httpx2.Client(base_url="http://{}:{}".format(*served.address), timeout=30) as client,
    ):
        client.post("/graphql", json=REVENUE)
        yield client


def told(client: httpx2.Client, body: bytes) -> set[str]:
    """The codes of the errors; whatever was asked, a usual question is answered afterwards."""
    begun = time.monotonic()
    headers = {"content-type": "application/json", "accept": "application/graphql-response+json"}
    response = client.post("/graphql", content=body, headers=headers)
    assert time.monotonic() - begun < SOON
    assert response.status_code < 500
    assert len(response.content) < 1_000_000
    answer = response.json()
    assert response.status_code == (200 if "data" in answer else 400)
    assert client.post("/graphql", json=REVENUE).json()["data"]["revenue"]["nodes"] == EXPECTED["nodes"]
    errors = answer.get("errors", [])
    assert all(len(error["message"]) < 1200 for error in errors)
    assert len(errors) <= 5
    return {error["extensions"]["code"] for error in errors}


def asked(document: str) -> bytes:
    return orjson.dumps({"query": document})


def fragments(count: int, on: str, spread: str, last: str) -> str:
    """Fragments of which each spreads the next one; '*' is its name."""
    chain = (f"fragment f{n} on {on} {{ {spread.replace('*', f'f{n + 1}')} }}" for n in range(count))
    return f"{' '.join(chain)} fragment f{count} on {on} {{ {last} }}"


def nodes(selection: str) -> str:
    return f"{{ revenue {{ nodes {{ {selection} }} }} }}"


def many(part: str, count: int) -> str:
    return " ".join(part.replace("#", str(number)) for number in range(count))


NINES = "9" * 5000
INVALID, UNPARSED, UNNAMED = "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "OPERATION_RESOLUTION_FAILURE"

DOCUMENTS: dict[str, tuple[str, str | None]] = {
    "2^26 of a field": (nodes("...f0") + fragments(26, "Revenue", "...* ...*", "platform"), None),
    "2^26 aliases": (nodes("...f0") + fragments(26, "Revenue", "...* ...*", "p: platform"), "TOO_MANY_ALIASES"),
    "2^26 root fields": ("{ ...f0 }" + fragments(26, "Query", "...* ...*", "revenue { totalCount }"), None),
    "3^6 ways down": (nodes("...f0") + fragments(6, "Revenue", "...* ...* previous { ...* }", "platform"), None),
    "deep by fragments": (nodes("...f0") + fragments(30, "Revenue", "previous { ...* }", "platform"), "TOO_DEEP"),
    "fragments to all others": (
        nodes("...f0")
        + " ".join(
            f"fragment f{n} on Revenue {{ platform {many(f'...f{n}#', 0)} "
            + " ".join(f"...f{other}" for other in range(n + 1, min(n + 13, 28)))
            + " }"
            for n in range(28)
        ),
        None,
    ),
    "fragments that overlap": (
        nodes(many("...f#", 49)) + many("fragment f# on Revenue { platform artist previous { platform } }", 49),
        None,
    ),
    "a circle of one": ("{ ...a } fragment a on Query { ...a }", INVALID),
    "a circle of fields": (nodes("...a") + "fragment a on Revenue { previous { ...a } }", INVALID),
    "a circle in the schema": ("{ revenue { nodes { " + "previous { " * 50 + "platform" + " }" * 53, "TOO_DEEP"),
    "a flood of fragments": ("{ __typename }" + many("fragment f# on Query { __typename }", 51), "TOO_MANY_FRAGMENTS"),
    "a flood of aliases": ("{" + many("a#: __typename", 300) + "}", "TOO_MANY_ALIASES"),
    "a flood of aggregates": (
        "{" + many("a#: kpis { id }", 15) + many("revenue { totalCount }", 20) + "}",
        "COST_TOO_HIGH",
    ),
    "a flood of directives": ("{" + many("__typename @skip(if: false) @a @b", 20) + "}", "TOO_MANY_DIRECTIVES"),
    "directives in one place": ("{ __typename " + "@skip(if: false) " * 6 + "}", "TOO_MANY_DIRECTIVES"),
    "unknown directives": ("query " + "@x " * 400 + "{ __typename }", "TOO_MANY_DIRECTIVES"),
    "a flood of one field": (nodes("platform " * 900), "TOO_MANY_REPEATS"),
    "a flood of one object": (nodes("previous { platform } " * 240), "TOO_MANY_REPEATS"),
    "a flood in inline fragments": (nodes("... { previous { platform } } " * 120), "TOO_MANY_REPEATS"),
    "a flood of unknown fields": ("{" + many("nothing#", 900) + "}", INVALID),
    "a flood of arguments": ("{ revenue(" + many("first: 1", 300) + ") { totalCount } }", INVALID),
    "a flood of variables": ("query(" + many("$v: Int", 240) + ") { __typename }", INVALID),
    "a flood of operations": (many("query q# { __typename }", 190), UNNAMED),
    "a flood of operations without names": (many("{ __typename }", 300), UNNAMED),
    "a flood of values": ("{ revenue(by: [" + many("X#", 900) + "]) { totalCount } }", INVALID),
    "more tokens than are read": ("{" + "a " * 5000 + "}", UNPARSED),
    "pages of pages": (
        "{" + many("a#: datasets { rowPage(first: 10000) { nodes } rejects(first: 1000) { line } }", 3) + "}",
        "COST_TOO_HIGH",
    ),
    "ofType in ofType": ("{ __schema { types { " + "ofType { " * 30 + "name" + " }" * 33, "TOO_DEEP"),
    "types of fields of types": (
        "{ __schema { types { " + "fields { type { " * 6 + "name" + " } }" * 6 + " } } }",
        INVALID,
    ),
    "the schema ten times": (
        "{"
        + many("a#: __schema { types { ...t } }", 15)
        + "} fragment t on __Type { fields { args { type { ...o } } type { ...o } } inputFields { type { ...o } } }"
        + "fragment o on __Type { name ofType { name ofType { name ofType { name ofType { name ofType { name }}}}}}",
        "COST_TOO_HIGH",
    ),
    "an integer of 5,000 digits": (f"{{ revenue(first: {NINES}) {{ totalCount }} }}", "NUMBER_TOO_LONG"),
    "a negative one": (f"{{ revenue(first: -{NINES}) {{ totalCount }} }}", "NUMBER_TOO_LONG"),
    "one where a text belongs": (f"{{ revenue(asOf: {NINES}) {{ totalCount }} }}", "NUMBER_TOO_LONG"),
    "one as a default": (f"query($v: Int = {NINES}) {{ revenue(first: $v) {{ totalCount }} }}", "NUMBER_TOO_LONG"),
    "a float of 5,000 digits": (f"{{ revenue(first: 1.{NINES}) {{ totalCount }} }}", "NUMBER_TOO_LONG"),
    "an exponent without end": ("{ revenue(first: 1e99999) { totalCount } }", INVALID),
    "an integer above 32 bits": ("{ revenue(first: 2147483648) { totalCount } }", INVALID),
    "the largest page": ("{ revenue(first: 2147483647) { totalCount } }", "PAGE_TOO_LARGE"),
    "NaN": ("{ revenue(first: NaN) { totalCount } }", INVALID),
    "lists in lists": ("{ revenue(by: " + "[" * 190 + "PLATFORM" + "]" * 190 + ") { totalCount } }", INVALID),
    "objects in objects": ("{ revenue(where: " + "{a: " * 190 + "1" + "}" * 190 + ") { totalCount } }", INVALID),
    "a type of lists": ("query($v: " + "[" * 190 + "Int" + "]" * 190 + ") { __typename }", INVALID),
    "inline fragments in one another": ("{... " * 199 + "{ __typename }" + "}" * 199, None),
    "a name of 14,000 letters": ("{ " + "x" * 14_000 + " }", INVALID),
    "a key of 14,000 letters": ("{ " + "x" * 14_000 + ": __typename }", None),
    "a text of 14,000 letters": ('{ revenue(where: {artist: {eq: "' + "x" * 14_000 + '"}}) { totalCount } }', None),
    "escapes": (r'{ revenue(where: {artist: {eq: "\u{10FFFF}\uD83D\uDE00\u0000"}}) { totalCount } }', None),
    "half an escape": (r'{ revenue(where: {artist: {eq: "\uD83D"}}) { totalCount } }', UNPARSED),
    "an escape beyond Unicode": (r'{ revenue(where: {artist: {eq: "\u{FFFFFFFF}"}}) { totalCount } }', UNPARSED),
    "brackets in a text": ('{ revenue(after: "' + "[" * 14_000 + '") { totalCount } }', "INVALID_CURSOR"),
    "brackets in a comment": ("#" + "{" * 14_000 + "\n{ __typename }", None),
    "nothing but commas": ("," * 14_000 + "{ __typename }", None),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_document_does_harm(name: str, client: httpx2.Client) -> None:
    document, code = DOCUMENTS[name]
    assert told(client, asked(document)) == ({code} if code else set())


@pytest.mark.parametrize("brackets", ["{}", "[]", "()"])
@pytest.mark.parametrize(("depth", "code"), [(100_000, "DOCUMENT_TOO_LONG"), (7_000, "TOO_DEEP"), (201, "TOO_DEEP")])
def test_no_nesting_reaches_the_parser(brackets: str, depth: int, code: str, client: httpx2.Client) -> None:
    opening, closing = brackets[0], brackets[1]
    assert told(client, asked(opening * depth + closing * depth)) == {code}
    assert told(client, asked(opening * depth)) == {code}


FITTING = {
    "Int": ("first", "5.0"),
    "[RevenueDimension!]": ("by", '"PLATFORM"'),
    "RevenueFilter": ("where", '{"artist": {"in": []}}'),
    "Date": ("asOf", '"2025-01-01"'),
    "String": ("after", "null"),
}
"""By the type of a variable: the argument that it is given to, and a value that fits."""

HOSTILE: dict[str, tuple[str, str]] = {
    "an integer of 5,000 digits": (NINES, "BAD_REQUEST"),
    "a negative one": (f"-{NINES}", "BAD_REQUEST"),
    "an exponent without end": ("1e99999", "BAD_REQUEST"),
    "NaN": ("NaN", "BAD_REQUEST"),
    "Infinity": ("-Infinity", "BAD_REQUEST"),
    "half a character": (r'"\ud83d"', "BAD_REQUEST"),
    "100,000 lists": ("[" * 100_000 + "]" * 100_000, "BAD_REQUEST"),
    "100,000 objects": ('{"a":' * 100_000 + "1" + "}" * 100_000, "BAD_REQUEST"),
    "900 lists": ("[" * 900 + "]" * 900, "TOO_DEEP"),
    "201 objects": ('{"a":' * 201 + "1" + "}" * 201, "TOO_DEEP"),
    "190 lists": ("[" * 190 + "1" + "]" * 190, "BAD_USER_INPUT"),
    "an integer above 64 bits": ("18446744073709551616", "BAD_USER_INPUT"),
    "an integer above 32 bits": ("2147483648", "BAD_USER_INPUT"),
    "a fraction": ("1.5", "BAD_USER_INPUT"),
    "a bool": ("true", "BAD_USER_INPUT"),
    "a list of lists": ("[" + "[]," * 50_000 + "[]]", "BAD_USER_INPUT"),
    "an object of nothing known": ('{"nothing": 1}', "BAD_USER_INPUT"),
}


def given(of: str, value: str) -> bytes:
    """A question with a variable of the type, as JSON."""
    argument, _ = FITTING[of]
    query = f"query($v: {of}) {{ revenue({argument}: $v) {{ totalCount }} }}"
    return f'{{"query": "{query}", "variables": {{"v": {value}}}}}'.encode()


@pytest.mark.parametrize("of", FITTING)
def test_a_variable_that_fits_is_answered(of: str, client: httpx2.Client) -> None:
    assert told(client, given(of, FITTING[of][1])) == set()


@pytest.mark.parametrize("of", FITTING)
@pytest.mark.parametrize("name", HOSTILE)
def test_no_variable_does_harm(name: str, of: str, client: httpx2.Client) -> None:
    value, code = HOSTILE[name]
    assert told(client, given(of, value)) == {code}


def test_a_text_of_half_a_megabyte_is_not_sent_back(client: httpx2.Client) -> None:
    long = '"' + "x" * 500_000 + '"'
    for of in ("Int", "[RevenueDimension!]", "RevenueFilter", "Date"):
        assert told(client, given(of, long)) == {"BAD_USER_INPUT"}
    assert told(client, given("String", long)) == {"INVALID_CURSOR"}


def test_a_list_of_a_hundred_thousand_values_is_refused(client: httpx2.Client) -> None:
    for one in ('"a"', "1"):
        values = f'{{"artist": {{"in": [{",".join([one] * 100_000)}]}}}}'
        assert told(client, given("RevenueFilter", values)) == {"BAD_USER_INPUT"}
