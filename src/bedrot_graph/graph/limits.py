"""What is asked of the document itself, before anything is resolved."""

from collections.abc import Iterator

from graphql import GraphQLError, OperationDefinitionNode
from strawberry.extensions import SchemaExtension

from bedrot_graph.graph.context import Context
from bedrot_graph.graph.lineage import LEVELS


class LimitsExtension(SchemaExtension):
    """Stops the parser at the longest document that is allowed, and takes no operation by guess."""

    def on_operation(self) -> Iterator[None]:
        """Hand the limit to the parser."""
        context = self.execution_context.context
        if isinstance(context, Context):
            self.execution_context.parse_options["max_tokens"] = context.limits.max_query_tokens
        yield

    def on_validate(self) -> Iterator[None]:
        """Of several operations one has to be named; a level of lineage has to be one that there is."""
        execution = self.execution_context
        document = execution.graphql_document
        definitions = document.definitions if document else ()
        names = [each.name for each in definitions if isinstance(each, OperationDefinitionNode)]
        if len(names) > 1 and execution._provided_operation_name is None:  # noqa: SLF001 - the public one guesses
            choices = ", ".join(f"'{name.value}'" for name in names if name)
            text = f"The document has several operations. Name one in 'operationName': {choices}."
            extensions = {"code": "OPERATION_RESOLUTION_FAILURE"}
            execution.pre_execution_errors = [GraphQLError(text, extensions=extensions)]
        level = (execution.operation_extensions or {}).get("lineage", LEVELS[-1])
        if level not in LEVELS:
            text = f"The request extension 'lineage' is {str(level)[:40]!r}. Say one of: {', '.join(LEVELS)}."
            execution.pre_execution_errors = [GraphQLError(text, extensions={"code": "BAD_USER_INPUT"})]
        yield
