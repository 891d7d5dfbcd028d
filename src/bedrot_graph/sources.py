"""Where settings come from: which places are asked, which of them wins, and what is refused."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from typing import Any

from dotenv.parser import parse_stream
from pydantic import SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import EnvSettingsSource

from bedrot_graph.errors import SettingsInvalid
from bedrot_graph.settings import SECRETS, Settings, shown

CONTEXT_FILE = ".env.context"
FILES = (CONTEXT_FILE, ".env.secrets", ".env.secrets.local")  # a later one wins


def load_settings(**overrides: object) -> Settings:
    """Gather the settings from every place they may come from, or say in one line what is wrong.

    Overrides (the flags of the command line; None is a flag not given) win over the environment, that over the
    secrets directory, that over `.env.secrets.local`, `.env.secrets` and `.env.context`, and these over the defaults.
    """
    direct = _given(EnvSettingsSource(Settings)(), "the environment") | _given(overrides, "the command line")
    folder = _expanded(direct["project_root"].value) if "project_root" in direct else Path()
    files: dict[str, _Given] = {}
    if os.access(folder, os.R_OK | os.X_OK):  # if not, PROJECT_ROOT is refused below
        for name in FILES:
            files |= _from_file(folder / name)
    settings = _validated(files | direct)
    if settings.secrets_dir:
        settings = _validated(files | _from_secrets_directory(settings.secrets_dir) | direct)
    return settings


@dataclass(frozen=True)
class _Given:
    """A value that somebody set, and where."""

    value: object
    origin: str


def _given(values: Mapping[str, object], origin: str) -> dict[str, _Given]:
    """Only what is really set: empty text is not. A secret is wrapped here, so that no message can show it."""
    given: dict[str, _Given] = {}
    for key, value in values.items():
        name = _known(key, origin)
        bare = value.strip() if isinstance(value, str) else value
        if bare not in (None, ""):
            given[name] = _Given(SecretStr(str(bare)) if name in SECRETS else bare, origin)
    return given


def _known(key: str, origin: str) -> str:
    if (name := key.lower()) in Settings.model_fields:
        return name
    if not re.fullmatch(r"[A-Za-z_]+", key):
        raise _not_a_setting(origin)  # the "key" may be the tail of a secret: it is not shown
    keys = [name.upper() for name in Settings.model_fields]
    close = get_close_matches(key.upper(), keys, n=1)
    advice = f"Did you mean {close[0]}?" if close else f"The settings are: {', '.join(keys)}."
    message = f"{key} is not a setting ({origin}). {advice}"
    raise SettingsInvalid(message)


def _not_a_setting(origin: str) -> SettingsInvalid:
    return SettingsInvalid(f"{origin}: this is not a setting. A line has the form KEY=value; a comment begins with #.")


def _from_file(file: Path) -> dict[str, _Given]:
    """The settings in one file of KEY=value lines; none if there is no such file.

    Not pydantic-settings' own source: that passes over a line it cannot parse, replaces `${...}` inside secrets,
    and forgets the line numbers.
    """
    given: dict[str, _Given] = {}
    for binding in parse_stream(StringIO(_text(file))):
        text = binding.original.string
        blank_lines = text[: len(text) - len(text.lstrip())].count("\n")
        origin = f"{file.resolve()}, line {binding.original.line + blank_lines}"
        if binding.error or (binding.key and binding.value is None):
            raise _not_a_setting(origin)
        if binding.key:
            given |= _given({binding.key: binding.value}, origin)
            _refuse_a_public_secret(file, binding.key, origin)
    if root := given.get("project_root"):
        # Written in a file it starts where the file is, not where the program was started.
        given["project_root"] = _Given(file.resolve().parent / _expanded(root.value), root.origin)
    return given


def _refuse_a_public_secret(file: Path, key: str, origin: str) -> None:
    if key.lower() in SECRETS and file.name == CONTEXT_FILE:
        message = (
            f"{key.upper()} is a secret, and {CONTEXT_FILE} is for everyone to see ({origin}). "
            "Move it to .env.secrets.local, the environment or SECRETS_DIR."
        )
        raise SettingsInvalid(message)


def _from_secrets_directory(folder: Path) -> dict[str, _Given]:
    """The secrets in a folder of one file each.

    Not pydantic-settings' own source: that looks for every setting, and only warns of a file it cannot use.
    """
    given: dict[str, _Given] = {}
    for file in sorted(folder.iterdir()):
        if file.name.lower() in SECRETS:
            given |= _given({file.name: _text(file)}, str(file))
    return given


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as problem:
        reason = problem.strerror
    except UnicodeDecodeError:  # its text quotes a byte of the file, which may be a secret's
        reason = "it is not UTF-8 text"
    message = f"{shown(file.absolute())} cannot be read: {reason}. Correct or remove it."
    raise SettingsInvalid(message)


def _expanded(path: object) -> Path:
    return Path(os.path.expanduser(str(path)))  # noqa: PTH111 -- never raises; a '~' nobody has is refused later


def _validated(given: Mapping[str, _Given]) -> Settings:
    try:
        settings: Settings = Settings.model_validate({name: item.value for name, item in given.items()})
    except ValidationError as refused:
        raise SettingsInvalid(_explained(refused.errors()[0], given)) from None
    settings._origins.update((name, item.origin) for name, item in given.items())  # noqa: SLF001 -- our own class
    return settings


def _explained(error: ErrorDetails, given: Mapping[str, _Given]) -> str:
    name = str(error["loc"][0])
    item = given.get(name, _Given(error["input"], "its default"))
    return f"{name.upper()} is {shown(item.value)} ({item.origin}): {_problem(name, error)}."


def _problem(name: str, error: ErrorDetails) -> str:
    context: dict[str, Any] = error.get("ctx", {})  # Any: pydantic's own
    if error["type"] == "value_error":
        return str(context["error"])
    should_be = error["msg"].removeprefix("Input ").removesuffix(", unable to parse string as an integer")
    return f"it {should_be}. Change it, or leave it empty for the default, {Settings.model_fields[name].default}"
