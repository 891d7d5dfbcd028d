"""The command line: serve, query, check, goals, keys, export-schema and describe, for people who run a label.

Each command imports what it needs when it runs: `--help` does not wait for Polars.
"""

import logging
import signal
import sys
from contextlib import suppress
from difflib import unified_diff
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from bedrot_graph import __version__
from bedrot_graph.errors import LONGEST_NAME_SHOWN, BedrotError, KeyInvalid

if TYPE_CHECKING:
    import socket

    from bedrot_graph.assembly import Parts
    from bedrot_graph.settings import Settings
    from bedrot_graph.web.keys import KeyFile

logger = logging.getLogger(__name__)

BAD_NEWS, BAD_REQUEST = 1, 2
"""The exit codes beside 0: the answer is bad news, or what was asked makes no sense."""

DIFFERENCES_SHOWN = 40
NO_LIMIT = 10**9
MOST_DAYS = 36_500

app = typer.Typer(
    help="Analytics for music labels, where every number knows where it comes from.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

keys_app = typer.Typer(help="Make, list and revoke keys, which callers of the server send.", no_args_is_help=True)
app.add_typer(keys_app, name="keys")

alerts_app = typer.Typer(help="See that alerts reach you: by webhook, mail or chat.", no_args_is_help=True)
app.add_typer(alerts_app, name="alerts")

Lake = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER", help="The folder of your data lake. Left out: the one in the settings, else the sample lake."
    ),
]
Curated = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="The folder of curated files itself, if it lies elsewhere.")
]


def main(arguments: list[str] | None = None) -> None:
    """Run a command, and exit; what goes wrong on purpose is one line, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a Windows console may lack the letters of an artist
    try:
        app(arguments)
    except BedrotError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(BAD_REQUEST)


def _show_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"bedrot-graph {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


@app.command()
def serve(
    host: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Where to listen: 127.0.0.1 is this machine only, 0.0.0.0 is every network.",
            show_default="127.0.0.1",
        ),
    ] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on.", show_default="8000")] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", help="How many processes answer.", show_default="1")
    ] = None,
    lake: Lake = None,
    curated: Curated = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Let everybody who reaches the address ask, though there are no keys.")
    ] = False,
) -> None:
    """Start the server, to explore your numbers in the browser. Ctrl+C stops it."""
    from bedrot_graph.serving import loading

    with loading():
        settings = _settings(
            lake, curated, backend_host=host, backend_port=port, workers=workers, insecure=insecure or None
        )
        from bedrot_graph.logs import configure_logs

    configure_logs(settings.log_level, settings.log_dir)
    with _listener(settings.backend_host, settings.backend_port) as listener:
        serve_them = _serve_together if settings.workers > 1 else _serve_alone
        has_served = serve_them(settings, listener)
    if not has_served:  # the log has said why
        raise typer.Exit(BAD_NEWS)


@app.command()
def query(
    question: Annotated[
        str,
        typer.Argument(
            metavar="QUESTION",
            help="The question in GraphQL, such as '{ revenue { total { revenueUsd } } }'; or the file it stands in; "
            "or - for standard input.",
        ),
    ],
    variables: Annotated[
        str | None,
        typer.Option(
            "--variables",
            "-v",
            metavar="JSON",
            help="Values for the question's variables, such as '{\"first\": 5}'; or @FILE for a file of them.",
        ),
    ] = None,
    operation: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which question to ask, where there are several.")
    ] = None,
    table: Annotated[bool, typer.Option("--table", help="Show tables for people instead of JSON.")] = False,
    lineage: Annotated[
        Literal["none", "summary", "full"], typer.Option(help="How much to tell of where the numbers come from.")
    ] = "full",
    lake: Lake = None,
    curated: Curated = None,
) -> None:
    """Ask one question, without a server, and print the answer.

    The exit code is 1 if any part of it could not be answered.
    """
    document, values = _document(question), _variables(variables)
    parts = _parts(lake, curated)
    from bedrot_graph.report.answers import answer, show_json
    from bedrot_graph.report.tables import show_tables

    body = answer(parts, document, values, operation, lineage)
    (show_tables if table else show_json)(body)
    raise typer.Exit(BAD_NEWS if "errors" in body else 0)


@app.command()
def check(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON, for programs.")] = False,
    lake: Lake = None,
    curated: Curated = None,
) -> None:
    """Read the whole lake, and report how good each dataset is.

    The exit code is 1 if a dataset, or any row of one, cannot be read.
    """
    parts = _parts(lake, curated)
    from bedrot_graph.report.answers import answer, show_json
    from bedrot_graph.report.check import DATASETS_QUESTION, has_errors, read_with_progress, show_check

    snapshot = read_with_progress(parts.zone)
    if as_json:
        show_json(answer(parts, DATASETS_QUESTION)["data"])
    else:
        show_check(parts.zone, snapshot)
    raise typer.Exit(BAD_NEWS if has_errors(snapshot) else 0)


@app.command()
def goals() -> None:
    """Print the goals that come with the program: copy them, change lines, and name the copy in GOALS."""
    from bedrot_graph.goals import usual_text

    typer.echo(usual_text().encode(), nl=False)


@app.command()
def export_schema(
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it to this file.")] = None,
    compared: Annotated[
        Path | None,
        typer.Option(
            "--check", metavar="FILE", help="Only compare it with this file; the exit code is 1 where they differ."
        ),
    ] = None,
) -> None:
    """Print the schema: all that can be asked, with its meaning, in GraphQL's own language."""
    from bedrot_graph.schema import sdl

    if compared:
        _compare(_text(compared), sdl(), compared)
    if output:
        _write(output, sdl())
    if not (compared or output):
        typer.echo(sdl().encode(), nl=False)


@app.command()
def describe(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            help="A number such as Revenue.revenueUsd, a dataset, or the code of a limitation. Left out: all numbers.",
        ),
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print all numbers as a Markdown document: docs/measures.md.")
    ] = False,
) -> None:
    """Say what a number means: how it is computed, from what, and what it cannot tell."""
    from bedrot_graph.report.meaning import measures_markdown, nothing_called, show_meaning, show_measures
    from bedrot_graph.schema import schema

    if markdown:
        typer.echo(measures_markdown(schema()).encode(), nl=False)
    elif name is None:
        show_measures(schema())
    elif not show_meaning(schema(), name):
        _fail(nothing_called(schema(), name))


@keys_app.command("create")
def create_key(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is, in your words.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SCOPE",
            help="What it opens: read (all questions), read:artist=NAME (questions about an artist; give it several "
            "times for several), admin (changes too).",
            show_default="read",
        ),
    ] = None,
    expires: Annotated[
        int | None, typer.Option(metavar="DAYS", help="For how many days it is valid.", show_default="for ever")
    ] = None,
) -> None:
    """Make a key, and print it: this once, as only its hash is kept.

    From then on the server answers nobody who does not send one.
    """
    from bedrot_graph.report.keys import made
    from bedrot_graph.web.rights import checked_scopes

    if expires is not None and not 1 <= expires <= MOST_DAYS:
        raise KeyInvalid.with_days(expires)
    key, token = _key_file().create(name, checked_scopes(tuple(scope or ("read",))), expires)
    typer.echo(made(key), err=True)
    typer.echo(token)


@keys_app.command("list")
def list_keys() -> None:
    """Show every key: its id, name, scopes, and whether it is valid."""
    from bedrot_graph.report.keys import show_keys

    show_keys(_key_file().all())


@keys_app.command("revoke")
def revoke_key(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The key's name, or its id.")],
) -> None:
    """Make a key worthless, within a second also to a server that is running."""
    key = _key_file().revoke(name)
    typer.echo(f"The key '{key.name}' ({key.id}) opens nothing any more.", err=True)


@alerts_app.command("channels")
def print_channels() -> None:
    """Print a file of channels, with a secret made for it: copy it, change it, and name the copy in CHANNELS."""
    from bedrot_graph.delivery.channels import example

    typer.echo(example().encode(), nl=False)


@alerts_app.command("test-delivery")
def try_channels(
    channel: Annotated[
        str | None,
        typer.Argument(metavar="[CHANNEL]", help="The channel's name in the file. Left out: all of them."),
    ] = None,
) -> None:
    """Send a test message through each channel, now and whatever its hours, and say what has become of it.

    The exit code is 1 if any has not arrived.
    """
    from bedrot_graph.assembly import channels_of
    from bedrot_graph.sources import load_settings

    settings = load_settings()
    channels = channels_of(settings)
    if not settings.channels:
        _refuse("CHANNELS names no file of channels. 'bedrot-graph alerts channels' prints one to begin with.")
    if channel is not None:
        names = ", ".join(each.name for each in channels)
        channels = tuple(each for each in channels if each.name == channel)
        if not channels:
            _refuse(f"There is no channel '{channel[:LONGEST_NAME_SHOWN]}'. There are: {names}.")
    from bedrot_graph.report.channels import show_tries, tried

    _warn_of_readers(settings.channels)
    tries = tried(channels)
    show_tries(tries)
    raise typer.Exit(BAD_NEWS if any(each.outcome.problem for each in tries) else 0)


def _key_file() -> "KeyFile":
    from bedrot_graph.assembly import state_folder
    from bedrot_graph.sources import load_settings
    from bedrot_graph.web.keys import KeyFile

    folder = state_folder(load_settings())
    if folder is None:
        _refuse("There is no folder that keys could be kept in, as you have no home. Name one in STATE_DIR.")
    return KeyFile(folder)


def _settings(lake: Path | None, curated: Path | None, **overrides: object) -> "Settings":
    from bedrot_graph.sources import load_settings

    settings = load_settings(data_lake_path=_here(lake), curated_data_path=_here(curated), **overrides)
    if lake and not curated:  # or the CURATED_DATA_PATH of a settings file would win over what was just typed
        settings = settings.model_copy(update={"curated_data_path": None})
    return settings


def _here(path: Path | None) -> Path | None:
    """A path that is typed starts where it is typed; one in the settings starts at PROJECT_ROOT."""
    return path if path is None or str(path).startswith("~") else path.absolute()


def _parts(lake: Path | None, curated: Path | None) -> "Parts":
    settings = _settings(lake, curated).model_copy(update={"max_cost": NO_LIMIT})  # nobody is kept waiting by it
    from bedrot_graph.assembly import assemble

    return assemble(settings)


def _listener(host: str, port: int) -> "socket.socket":
    import errno
    import socket

    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            _fail(f"Port {port} is taken: another program listens on it. Stop that one, or choose another by --port.")
        reason = str(problem.strerror).partition(" (")[0]
        _fail(f"The server cannot listen on {host}, port {port}: {reason}. Choose another by --host or --port.")


def _serve_alone(settings: "Settings", listener: "socket.socket") -> bool:
    """Whether it has begun to answer."""
    from bedrot_graph.serving import load

    parts, server = load(settings)
    _greet(settings, parts)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # uvicorn stops, and raises again what has stopped it
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    return server.started


def _serve_together(settings: "Settings", listener: "socket.socket") -> bool:
    """The same of several workers."""
    from bedrot_graph.assembly import assemble
    from bedrot_graph.workers import Crew

    _greet(settings, assemble(settings))  # what is wrong with the settings is said once, and here
    return Crew(settings, listener).run()


def _greet(settings: "Settings", parts: "Parts") -> None:
    if settings.channels:
        _warn_of_readers(settings.channels)
    host = settings.backend_host
    shown = "localhost" if host in {"0.0.0.0", "::"} else f"[{host}]" if ":" in host else host  # noqa: S104 - shown only
    url = f"http://{shown}:{settings.backend_port}"
    if settings.data_lake_path or settings.curated_data_path:
        lake = str(parts.zone.folder)
    else:
        lake = "the sample lake, whose amounts are invented; --lake names your own"
    typer.echo(f"bedrot-graph: {url}/ in your browser, questions to {url}/graphql. Ctrl+C stops it.")
    typer.echo(f"It reads {lake}.")


def _warn_of_readers(channels: Path) -> None:
    from bedrot_graph.delivery.channels import is_open_to_others

    if is_open_to_others(channels):
        # In the log of a server, and on the terminal of whoever has none.
        logger.warning("others may read the secrets in '%s'; let only the server do so: chmod 600", channels)


def _document(given: str) -> str:
    hint = "A question in GraphQL has braces, such as '{ revenue { total { revenueUsd } } }'."
    if given == "-":
        document = _decoded(sys.stdin.buffer.read(), "Standard input")
    else:
        document = given if "{" in given else _text(Path(given), f" {hint}")
    if not document.strip():
        _refuse(f"There is no question in '{given}'. {hint}")
    return document


def _variables(given: str | None) -> dict[str, Any] | None:
    if not given:
        return None
    import orjson

    try:
        values = orjson.loads(_text(Path(given[1:])) if given.startswith("@") else given)
    except orjson.JSONDecodeError as error:
        _refuse(f"The variables are not JSON: {error}.")
    if not isinstance(values, dict):
        _refuse('The variables are no JSON object, such as {"first": 5}.')
    return values


def _compare(old: str, new: str, file: Path) -> None:
    lines = list(unified_diff(old.splitlines(), new.splitlines(), str(file), "the code", lineterm="", n=1))
    for line in lines[:DIFFERENCES_SHOWN]:
        typer.echo(line)
    if (more := len(lines) - DIFFERENCES_SHOWN) > 0:
        typer.echo(f"… and {more} more lines")
    if lines:
        _fail(f"{file} is not what the code says. Run: bedrot-graph export-schema --output {file}")


def _text(file: Path, hint: str = "") -> str:
    try:
        return _decoded(file.read_bytes(), f"'{file}'")
    except OSError as problem:
        _refuse(f"'{file}' cannot be read: {problem.strerror}.{hint}")


def _decoded(data: bytes, what: str) -> str:
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        _refuse(f"{what} is not UTF-8 text.")


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as problem:
        _refuse(f"'{file}' cannot be written: {problem.strerror}.")


def _fail(message: str, exit_code: int = BAD_NEWS) -> NoReturn:
    typer.echo(f"error: {message}", err=True)
    raise typer.Exit(exit_code)


def _refuse(message: str) -> NoReturn:
    _fail(message, BAD_REQUEST)
