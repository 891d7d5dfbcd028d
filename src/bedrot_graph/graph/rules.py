"""The rules that documents are held against, as one: at a node only those are asked that look at its kind.

graphql-core finds that out for each document anew, and passes by all rules at each node: most of the time that a
document takes which is asked for the first time.
"""

from functools import cache

from graphql import (
    BREAK,
    SKIP,
    ASTValidationRule,
    Node,
    NoUndefinedVariablesRule,
    NoUnusedVariablesRule,
    ValidationContext,
    ValidationRule,
    VariablesInAllowedPositionRule,
    VisitorAction,
    specified_rules,
)
from graphql.language.visitor import EnterLeaveVisitor
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

_OF_VARIABLES = {NoUndefinedVariablesRule, NoUnusedVariablesRule, VariablesInAllowedPositionRule}
"""These walk through each operation once more to find its variables."""

RULES: tuple[type[ASTValidationRule], ...] = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)


class AllRules(ValidationRule):
    """All of them. As graphql-core's `ParallelVisitor` has it, one that skips a node is asked again behind it."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._rules = [rule(context) for rule in RULES]
        where = context.document.loc
        self._has_variables = where is None or "$" in where.source.body
        self._skipping: list[object] = [None] * len(self._rules)
        """By rule: the node that it skips, or BREAK where it has seen enough."""

    def get_enter_leave_for_kind(self, kind: str) -> EnterLeaveVisitor:
        """What the rules do at a node of a kind."""
        if kind not in self.enter_leave_map:
            self.enter_leave_map[kind] = self._visitor(kind)
        return self.enter_leave_map[kind]

    def _visitor(self, kind: str) -> EnterLeaveVisitor:
        skipping, places = self._skipping, _looking_at(kind, has_variables=self._has_variables)
        found = [(place, *self._rules[place].get_enter_leave_for_kind(kind)) for place in places]

        def enter(node: Node, *at: object) -> None:
            for place, entering, _ in found:
                if entering and skipping[place] is None:
                    said: VisitorAction = entering(node, *at)
                    if said is not None:
                        skipping[place] = node if said is SKIP else BREAK

        def leave(node: Node, *at: object) -> None:
            for place, _, leaving in found:
                if skipping[place] is node:
                    skipping[place] = None
                elif leaving and skipping[place] is None and leaving(node, *at) is BREAK:
                    skipping[place] = BREAK

        return EnterLeaveVisitor(enter, leave) if found else EnterLeaveVisitor(None, None)


@cache
def _looking_at(kind: str, *, has_variables: bool) -> tuple[int, ...]:
    """The places of the rules that do anything at a node of a kind, in documents with variables or without."""
    names = ("enter", "leave", f"enter_{kind}", f"leave_{kind}")
    return tuple(
        place
        for place, rule in enumerate(RULES)
        if any(hasattr(rule, name) for name in names) and (has_variables or rule not in _OF_VARIABLES)
    )
