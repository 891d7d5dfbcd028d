"""A process that evaluates and acknowledges until it is killed, and says of each thing that it was kept."""

import sys
from pathlib import Path

from bedrot_graph.ledger.alerts import record
from bedrot_graph.ledger.file import LedgerFile
from bedrot_graph.ledger.marks import acknowledge, take_back
from tests.ledger.findings import RULE, seen

FINDINGS = 40


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def turn(ledger: LedgerFile, number: int) -> None:
    """One evaluation: another finding is missing with each; the first one is acknowledged and not, in turn."""
    found = [seen(f"{each}") for each in range(FINDINGS) if each == 0 or each % 7 != number % 7]
    record(ledger, found, {RULE}, now=number)
    say(f"recorded {number}")
    if number % 2:
        take_back(ledger, seen("0"), now=number)
    else:
        acknowledge(ledger, seen("0"), f"turn {number}", now=number)
    say(f"said {number}")


def main(folder: str, first: int) -> None:
    ledger, number = LedgerFile(Path(folder)), first
    while True:
        turn(ledger, number)
        number += 1


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
