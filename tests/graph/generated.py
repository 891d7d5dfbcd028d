"""Documents at random: every way of selecting fields that GraphQL has, over every root field that has a list."""

from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)
from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]

MOST_FIELDS, DEEPEST = 5, 4
PERIODS = (
    "{ lastDays: 40 }",
    "{ lastMonths: 5 }",
    '{ dates: { from: "2025-01-10", to: "2025-03-20" } }',
    '{ dates: { from: "2030-01-01", to: "2030-02-01" } }',
)
GRAINS = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
FILTERS = {
    "revenue": (
        '{ artist: { eq: "OWL1987" } }',
        '{ platform: { in: ["Spotify", "no such"] } }',
        "{ artist: { in: [] } }",
    ),
    "streams": ('{ distributor: { eq: "toolost" } }', "{ platform: { in: [] } }"),
    "campaigns": ('{ artist: { eq: "owl1987" } }',),
    "tiktokMetrics": ('{ artist: { eq: "owl1987" } }', '{ artist: { eq: "nobody" } }'),
    "spotifyAudience": ('{ artist: { in: ["owl1987"] } }',),
}


class Writer:
    """Writes one document; variables are declared as they are used."""

    def __init__(self, schema: GraphQLSchema, draw: Draw) -> None:
        self._schema = schema
        self._draw = draw
        self._fragments: list[str] = []
        self._keys = 0
        self.variables: dict[str, Any] = {}
        self._declared: dict[str, str] = {}

    def document(self, root: str) -> str:
        """A query of one root field, or of two beside each other."""
        query = self._schema.query_type
        assert query
        fields = " ".join(self._root(root, query.fields[root]) for _ in range(self._one(1, 1, 2)))
        declared = ", ".join(f"${name}: {type_name}" for name, type_name in self._declared.items())
        return "\n".join([f"query {f'({declared})' if declared else ''} {{ {fields} }}", *self._fragments])

    def _root(self, name: str, field: GraphQLField) -> str:
        arguments = self._arguments(name, field)
        of = get_named_type(field.type)
        assert isinstance(of, GraphQLObjectType)
        return f"{self._key()}: {name}{arguments} {self._selection(of, DEEPEST)}"

    def _arguments(self, name: str, field: GraphQLField) -> str:
        known: dict[str, Callable[[], str]] = {
            "by": lambda: self._some(field.args["by"]),
            "grain": lambda: self._one(*GRAINS),
            "compare": lambda: self._one("PREVIOUS_PERIOD", "PREVIOUS_YEAR"),
            "period": lambda: self._one(*PERIODS),
            "orderBy": lambda: self._order(field.args["orderBy"]),
            "first": self._first,
            "where": lambda: self._one(*FILTERS.get(name, ("{}",))),
            "asOf": lambda: '"2025-06-30"',
            "attribution": lambda: "STATEMENT_SHARE",
        }
        likely = [each for each in field.args if each in known and self._chance(1 if each == "asOf" else 4)]
        given = [f"{each}: {known[each]()}" for each in likely]
        if "name" in field.args:
            given.append(f'name: "{self._one("distrokid_statements", "royalty_splits", "meta_ads", "tiktok")}"')
        return f"({', '.join(given)})" if given else ""

    def _first(self) -> str:
        size = self._one(0, 1, 3, 3, 7, 20, -1, 5000)
        if not self._chance(4):
            return str(size)
        self._declared["first"], self.variables["first"] = "Int", size
        return "$first"

    def _some(self, argument: GraphQLArgument) -> str:
        enum = get_named_type(argument.type)
        assert isinstance(enum, GraphQLEnumType)
        return f"[{', '.join(self._one(*enum.values) for _ in range(self._one(0, 1, 1, 2)))}]"

    def _order(self, argument: GraphQLArgument) -> str:
        fields: Any = get_named_type(argument.type)
        named = get_named_type(fields.fields["field"].type)
        assert isinstance(named, GraphQLEnumType)
        return f"[{{ field: {self._one(*named.values)}, direction: {self._one('ASC', 'DESC')} }}]"

    def _selection(self, of: GraphQLObjectType, depth: int) -> str:
        leaves = [name for name, field in of.fields.items() if not _is_deep(field)]
        deep = [name for name, field in of.fields.items() if _is_deep(field)] if depth else []
        names = [self._one("__typename", *leaves, *deep, *deep) for _ in range(self._one(*range(1, MOST_FIELDS + 1)))]
        return f"{{ {' '.join(self._wrapped(of, self._field(of, name, depth)) for name in names)} }}"

    def _field(self, of: GraphQLObjectType, name: str, depth: int) -> str:
        key = f"{self._key()}: " if self._chance(5) else ""
        if name == "__typename":
            return key + name
        field = of.fields[name]
        key = key or (f"{self._key()}: " if field.args or _is_deep(field) else "")  # else two of them might not merge
        arguments = ""
        if "of" in field.args:
            enum = field.args["of"].type
            assert isinstance(enum, GraphQLNonNull)
            arguments = f"(of: {self._measure(enum)})"
        elif field.args and name == "rowPage":
            arguments = f"(first: {self._first()})"
        named = get_named_type(field.type)
        below = self._selection(named, depth - 1) if isinstance(named, GraphQLObjectType) else ""
        return f"{key}{name}{arguments} {below}"

    def _measure(self, required: GraphQLNonNull[Any]) -> str:
        enum = required.of_type
        value = self._one(*enum.values)
        if self._chance(6):
            return str(value)
        name = f"of{self._keys}"
        self._declared[name], self.variables[name] = f"{enum.name}!", value
        return f"${name}"

    def _wrapped(self, of: GraphQLObjectType, field: str) -> str:
        how = self._one("plain", "plain", "plain", "inline", "typed", "spread", "include", "skip", "variable")
        if how == "inline":
            return f"... {{ {field} }}"
        if how == "typed":
            return f"... on {of.name} @include(if: true) {{ {field} }}"
        if how == "spread":
            name = f"F{len(self._fragments)}"
            self._fragments.append(f"fragment {name} on {of.name} {{ {field} }}")
            return f"...{name}" if self._chance(7) else f"...{name} ...{name}"
        if how == "variable":
            self._declared["flag"], self.variables["flag"] = "Boolean!", self.variables.get("flag", self._chance(5))
            return f"... @{self._one('skip', 'include')}(if: $flag) {{ {field} }} __typename"
        if how in {"include", "skip"}:
            return f"... @{how}(if: {self._one('true', 'false')}) {{ {field} }} __typename"
        return field

    def _key(self) -> str:
        self._keys += 1
        return f"k{self._keys}"

    def _one(self, *choices: Any) -> Any:  # noqa: ANN401 - one of the choices
        return self._draw(st.sampled_from(choices))

    def _chance(self, of_ten: int) -> bool:
        chosen: bool = self._draw(st.integers(0, 9)) < of_ten
        return chosen


@st.composite
def documents(draw: Draw, schema: GraphQLSchema, roots: tuple[str, ...]) -> tuple[str, dict[str, Any]]:
    """A document and its variables."""
    writer = Writer(schema, draw)
    return writer.document(draw(st.sampled_from(roots))), writer.variables


def _is_deep(field: GraphQLField) -> bool:
    return isinstance(get_named_type(field.type), GraphQLObjectType)
