"""What is asked, of us and of peers with a language of their own."""

from dataclasses import dataclass

from benchmarks.asking import Ask, graphql
from benchmarks.data import ARTIST, ROOT

FIELDS = "saleMonth platform artist title quantity revenueUsd"
TOTAL = graphql("{ revenue { total { revenueUsd } } }")
KPIS = graphql((ROOT / "tests" / "questions" / "13-kpis-and-goals.graphql").read_text(encoding="utf-8"))

_SUM = 'aggregate: {sum: [{name: "revenue_usd"}]}'


def lines(first: int) -> Ask:
    """So many statement lines in the order of the file."""
    return graphql(f"{{ revenueLines(first: {first}) {{ nodes {{ {FIELDS} }} }} }}")


def with_lineage(ask: Ask) -> Ask:
    """The same question, its answer with all of its lineage."""
    return Ask(ask.body.replace(b'"lineage":"none"', b'"lineage":"full"'))


@dataclass(frozen=True)
class Question:
    """A question in every language that is measured; FILTER is where more conditions go.

    `since_some_day` asks about the time since a day before all data: another question each time, with one answer,
    so that nobody answers many clients with what was computed for one.
    """

    what: str
    graph: str
    sql: str
    columns: str
    """For graphique, which answers in columns."""

    def ours(self, *, since_some_day: bool = False) -> Ask:
        """For the server under test; what differs is a variable, as clients have it."""
        if not since_some_day:
            return graphql(self.graph.replace("FILTER", ""))
        document = f"query Since($day: Date!) {self.graph}"
        period = 'period: {dates: {from: $day, to: "2099-12-31"}}, '
        return graphql(document.replace("FILTER", period), {"day": "@day@"})

    def in_sql(self, path: str, *, since_some_day: bool = False) -> Ask:
        """For a database behind the path."""
        condition = "sale_month BETWEEN DATE '@day@' AND DATE '2099-12-31'" if since_some_day else "true"
        return Ask(self.sql.replace("FILTER", condition).encode(), path)

    def in_columns(self, *, since_some_day: bool = False) -> Ask:
        """For graphique."""
        condition = 'sale_month: {ge: "@day@", le: "2099-12-31"}' if since_some_day else "where: null"
        return graphql(self.columns.replace("FILTER", condition))


TOP_20 = Question(
    what="top 20 platforms",
    graph="{ revenue(FILTER by: [PLATFORM], orderBy: [{field: REVENUE_USD, direction: DESC}], first: 20) "
    "{ nodes { platform revenueUsd } } }",
    sql='SELECT platform, sum(revenue_usd) AS "revenueUsd" FROM lines WHERE FILTER GROUP BY platform '
    'ORDER BY "revenueUsd" DESC, platform LIMIT 20',
    columns=f"""{{ filter(FILTER) {{ group(by: ["platform"], {_SUM}) {{
        order(by: ["-revenue_usd", "platform"], limit: 20) {{ columns {{
            platform {{ values }} revenueUsd: revenue_usd {{ values }} }} }} }} }} }}""",
)
MONTHS = Question(
    what="months by artist",
    graph="{ revenue(FILTER by: [ARTIST], grain: MONTH, first: 10000) { nodes { date artist revenueUsd } } }",
    sql='SELECT sale_month AS date, artist, sum(revenue_usd) AS "revenueUsd" FROM lines WHERE FILTER '
    "GROUP BY sale_month, artist ORDER BY sale_month, artist",
    columns=f"""{{ filter(FILTER) {{ group(by: ["sale_month", "artist"], {_SUM}) {{
        order(by: ["sale_month", "artist"]) {{ columns {{
            date: sale_month {{ values }} artist {{ values }} revenueUsd: revenue_usd {{ values }} }} }} }} }} }}""",
)
LINES_OF_ONE = Question(
    what="1,000 lines of one artist",
    graph=f'{{ revenueLines(FILTER where: {{artist: {{eq: "{ARTIST}"}}}}, first: 1000) {{ nodes {{ {FIELDS} }} }} }}',
    sql='SELECT sale_month AS "saleMonth", platform, artist, title, quantity, revenue_usd AS "revenueUsd" '
    f"FROM lines WHERE artist = '{ARTIST}' AND FILTER ORDER BY line LIMIT 1000",
    columns=f"""{{ filter(FILTER artist: {{eq: ["{ARTIST}"]}}) {{ order(by: ["line"], limit: 1000) {{ columns {{
        saleMonth: sale_month {{ values }} platform {{ values }} artist {{ values }} title {{ values }}
        quantity {{ values }} revenueUsd: revenue_usd {{ values }} }} }} }} }}""",
)
