"""Questions that schemathesis makes from the schema: valid ones are answered or told what is wrong, others refused."""

from typing import Any

import schemathesis
from graphql import (
    DocumentNode,
    NullValueNode,
    ObjectValueNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    get_named_type,
    is_input_object_type,
    parse_value,
    visit,
)
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.house.docs import ROOT

CONTRACT = ROOT / "schema.graphql"
TYPES = build_schema(CONTRACT.read_text(encoding="utf-8"))
REASONS = {
    "ATTRIBUTION_REQUIRED",
    "BAD_USER_INPUT",
    "COST_TOO_HIGH",
    "DOCUMENT_TOO_LONG",
    "GRAIN_TOO_FINE",
    "INVALID_CURSOR",
    "INVALID_PERIOD",
    "NUMBER_TOO_LONG",
    "PAGE_TOO_LARGE",
    "TOO_DEEP",
    "TOO_EXPENSIVE",
    "TOO_MANY_ALIASES",
    "TOO_MANY_REPEATS",
}
"""What can be wrong with a question that the schema allows. That something has failed here is none of them."""


def questions(mode: str) -> Any:  # noqa: ANN401 - schemathesis calls it a schema
    config = SchemathesisConfig.from_dict({"generation": {"mode": mode}})
    return schemathesis.graphql.from_path(CONTRACT, config=config)


def can_be_wrong(context: Any) -> bool:  # noqa: ANN401 - as schemathesis has it
    """Whether schemathesis knows a way to ask the field wrongly."""
    field = context.operation.definition.raw
    types = {get_named_type(argument.type).name for argument in field.args.values()}
    return not types <= {"Date", "Period"}


VALID, INVALID = questions("positive"), questions("negative").include(can_be_wrong)


def asked(times: int) -> settings:
    return settings(max_examples=times, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))


class OneOf(Visitor):
    """Leaves one value in objects that must have exactly one, of which hypothesis-graphql does not know."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types

    def enter_object_value(self, node: ObjectValueNode, *_: object) -> ObjectValueNode | None:
        type_ = get_named_type(self._types.get_input_type())
        if not is_input_object_type(type_) or not type_.is_one_of:
            return None
        given = [field for field in node.fields if not isinstance(field.value, NullValueNode)]
        return ObjectValueNode(fields=tuple(given[:1])) if given else parse_value("{ lastDays: 7 }")  # type: ignore[return-value] # an object


@VALID.hook  # type: ignore[untyped-decorator] # as schemathesis has them
def map_body(_: object, body: DocumentNode) -> DocumentNode:
    types = TypeInfo(TYPES)
    mended: DocumentNode = visit(body, TypeInfoVisitor(types, OneOf(types)))
    return mended


@VALID.parametrize()  # type: ignore[untyped-decorator]
@asked(times=16)
def test_a_valid_question_is_answered_or_told_what_is_wrong(case: Any, server: str) -> None:  # noqa: ANN401
    response = case.call(base_url=server)
    codes = {error["extensions"]["code"] for error in response.json().get("errors", ())}
    is_told = bool(codes) and codes <= REASONS
    assert response.status_code == 200
    case.validate_response(
        response, excluded_checks=[not_a_server_error, positive_data_acceptance] if is_told else None
    )


@INVALID.parametrize()  # type: ignore[untyped-decorator]
@asked(times=8)
def test_an_invalid_question_is_refused(case: Any, server: str) -> None:  # noqa: ANN401
    case.call_and_validate(base_url=server)
