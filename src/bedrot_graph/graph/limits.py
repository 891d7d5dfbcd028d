"""Limits on the document itself, before anything is resolved."""

from collections.abc import Iterator

from strawberry.extensions import SchemaExtension

from bedrot_graph.graph.context import Context


class LimitsExtension(SchemaExtension):
    """Stops the parser at the longest document that is allowed."""

    def on_operation(self) -> Iterator[None]:
        """Hand the limit to the parser."""
        context = self.execution_context.context
        if isinstance(context, Context):
            self.execution_context.parse_options["max_tokens"] = context.limits.max_query_tokens
        yield
