"""Settings: where a value may come from, which place wins, and the one line that refuses a bad one."""

import os
import re
from pathlib import Path

import pytest
from dotenv import dotenv_values
from pydantic import SecretStr, ValidationError

from bedrot_graph.errors import SettingsInvalid
from bedrot_graph.settings import SECRETS, LogLevel, Settings, curated_folder
from bedrot_graph.sources import load_settings

REPOSITORY = Path(__file__).parent.parent
COMMITTED = (REPOSITORY / ".env.context", REPOSITORY / ".env.secrets")
TOKEN = "correct-horse-42"


@pytest.fixture(autouse=True)
def project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty project folder to start in, and an environment that sets nothing of ours."""
    for key in list(os.environ):
        if key.lower() in Settings.model_fields:
            monkeypatch.delenv(key)
    folder = tmp_path.resolve() / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    return folder


def write(file: Path, *lines: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def refusal(**overrides: object) -> str:
    with pytest.raises(SettingsInvalid) as refused:
        load_settings(**overrides)
    message = str(refused.value)
    assert "\n" not in message
    return message


# --- the defaults, and the files in the repository ---


def test_without_any_file_or_variable_the_defaults_hold(project: Path) -> None:
    # What they are stands in .env.context, which is held against them below.
    assert load_settings().model_dump() == Settings().model_dump() | {"project_root": project}


def test_logs_go_to_the_users_own_folder_when_nobody_names_one(tmp_path: Path) -> None:
    log_dir = load_settings().log_dir
    assert log_dir.name == "logs"
    assert log_dir.is_relative_to(tmp_path.resolve() / "home")


def test_the_committed_context_file_sets_exactly_the_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    elsewhere = {"project_root", "log_dir"}
    monkeypatch.chdir(tmp_path)
    assert load_settings(project_root=REPOSITORY).model_dump(exclude=elsewhere) == Settings().model_dump(
        exclude=elsewhere
    )


def test_the_committed_context_file_keeps_logs_in_the_project() -> None:
    settings = load_settings(project_root=REPOSITORY)
    assert settings.project_root == REPOSITORY.resolve()
    assert settings.log_dir == REPOSITORY.resolve() / "logs"


def test_the_committed_secrets_file_holds_no_value() -> None:
    assert dotenv_values(REPOSITORY / ".env.secrets") == dict.fromkeys((key.upper() for key in SECRETS), "")


def test_every_setting_is_documented_in_its_file_and_nothing_else_is() -> None:
    context, secrets = (set(dotenv_values(file)) for file in COMMITTED)
    assert context == {name.upper() for name in Settings.model_fields if name not in SECRETS}
    assert secrets == {name.upper() for name in SECRETS}


def _shown(default: object) -> str:
    return "none" if default in (None, ()) else str(default).lower() if isinstance(default, bool) else str(default)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_explained_above_its_line_in_the_words_of_its_description(name: str) -> None:
    lines = "\n".join(file.read_text(encoding="utf-8") for file in COMMITTED).splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith(f"{name.upper()}="))
    start = max(number for number in range(at) if not lines[number].startswith("#")) + 1
    comment = " ".join(line.removeprefix("# ") for line in lines[start:at])
    field = Settings.model_fields[name]
    assert field.description
    assert comment.startswith(field.description)
    if name not in {"project_root", "log_dir"}:
        assert comment.endswith(f"Default: {_shown(field.default)}.")


# --- which place wins ---


def test_each_place_wins_over_the_ones_after_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ports = []

    def note() -> None:
        ports.append(load_settings().backend_port)

    note()
    write(project / ".env.context", "BACKEND_PORT=8001")
    note()
    write(project / ".env.secrets", "BACKEND_PORT=8002")
    note()
    write(project / ".env.secrets.local", "BACKEND_PORT=8003")
    note()
    monkeypatch.setenv("BACKEND_PORT", "8004")
    note()
    ports.append(load_settings(backend_port=8005).backend_port)
    assert ports == [8000, 8001, 8002, 8003, 8004, 8005]


def test_lists_are_words_with_commas_in_every_place(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project / ".env.context", "ALLOWED_HOSTS=a.example, b.example")
    assert load_settings().allowed_hosts == ("a.example", "b.example")
    monkeypatch.setenv("ALLOWED_HOSTS", "c.example,[::1]")
    assert load_settings().allowed_hosts == ("c.example", "[::1]")
    monkeypatch.setenv("ALLOWED_HOSTS", "*")
    assert load_settings().allowed_hosts == ("*",)


def test_a_file_in_the_secrets_directory_wins_over_the_files_and_not_over_the_environment(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project / ".env.context", "SECRETS_DIR=run/secrets")
    write(project / ".env.secrets.local", "ADMIN_TOKEN=from-the-file")
    write(project / "run/secrets/ADMIN_TOKEN", "from-the-directory")
    assert load_settings().admin_token == SecretStr("from-the-directory")
    monkeypatch.setenv("ADMIN_TOKEN", "from-the-environment")
    assert load_settings().admin_token == SecretStr("from-the-environment")
    assert load_settings(admin_token="from-a-flag").admin_token == SecretStr("from-a-flag")


@pytest.mark.parametrize("name", ["ADMIN_TOKEN", "admin_token", "Admin_Token"])
def test_a_file_in_the_secrets_directory_may_be_named_in_any_case(project: Path, name: str) -> None:
    write(project / "secrets" / name, TOKEN)
    assert load_settings(secrets_dir="secrets").admin_token == SecretStr(TOKEN)


def test_the_secrets_directory_gives_secrets_only_and_may_hold_those_of_others(project: Path) -> None:
    write(project / "secrets/backend_port", "1")
    write(project / "secrets/database_password", "not ours")
    assert load_settings(secrets_dir="secrets").backend_port == 8000


def test_a_secrets_directory_as_kubernetes_mounts_it_is_read_through_its_links(project: Path) -> None:
    write(project / "secrets/..2025_09_07/ADMIN_TOKEN", TOKEN)
    (project / "secrets/..data").symlink_to("..2025_09_07")
    (project / "secrets/ADMIN_TOKEN").symlink_to("..data/ADMIN_TOKEN")
    assert load_settings(secrets_dir="secrets").admin_token == SecretStr(TOKEN)


@pytest.mark.parametrize("nothing", ["", "  ", '""', "# only a remark"])
def test_a_key_without_a_text_is_not_set(project: Path, nothing: str) -> None:
    write(project / ".env.context", f"CACHE_TTL= {nothing}", f"DATA_LAKE_PATH= {nothing}", f"PROJECT_ROOT= {nothing}")
    settings = load_settings()
    assert (settings.cache_ttl, settings.data_lake_path, settings.project_root) == (300, None, project)


def test_an_empty_variable_does_not_hide_the_value_of_a_file(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project / ".env.context", "CACHE_TTL=60")
    monkeypatch.setenv("CACHE_TTL", "")
    assert load_settings().cache_ttl == 60


def test_a_flag_that_was_not_given_sets_nothing(project: Path) -> None:
    write(project / ".env.context", "CACHE_TTL=60")
    assert load_settings(cache_ttl=None).cache_ttl == 60


def test_other_variables_of_the_environment_are_nobodys_business(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKEND_PROT", "9000")
    assert load_settings().backend_port == 8000


# --- files as people leave them ---


def test_a_file_may_have_a_byte_order_mark_windows_line_ends_quotes_exports_and_remarks(project: Path) -> None:
    text = "\ufeffBACKEND_PORT=8001\r\n\r\n# a remark\r\nexport CACHE_TTL=60 # a minute\r\nlog_level='debug'\r\n"
    (project / ".env.context").write_bytes(text.encode())
    settings = load_settings()
    assert (settings.backend_port, settings.cache_ttl, settings.log_level) == (8001, 60, LogLevel.DEBUG)


def test_a_secret_is_taken_as_it_is_written(project: Path) -> None:
    write(project / ".env.secrets.local", "ADMIN_TOKEN=a${HOME}b$c\\n=#d")
    assert load_settings().admin_token == SecretStr("a${HOME}b$c\\n=#d")


# --- paths ---


def test_relative_paths_start_at_the_project_root(project: Path, tmp_path: Path) -> None:
    write(project / "aliases.toml", "")
    for folder in ("lake", "curated", "secrets"):
        (project / folder).mkdir()
    write(
        project / ".env.context",
        "DATA_LAKE_PATH=lake",
        "CURATED_DATA_PATH=./lake/../curated",
        "ARTIST_ALIASES=aliases.toml",
        "SECRETS_DIR=secrets",
        "LOG_DIR=not/there/yet",
    )
    os.chdir(tmp_path)  # the fixture's monkeypatch goes back
    settings = load_settings(project_root=project)
    assert settings.data_lake_path == project / "lake"
    assert settings.curated_data_path == project / "curated"
    assert settings.artist_aliases == project / "aliases.toml"
    assert settings.secrets_dir == project / "secrets"
    assert settings.log_dir == project / "not/there/yet"


def test_the_files_are_looked_for_in_the_project_root_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "other/.env.context", "PROJECT_ROOT=.", "BACKEND_PORT=8001")
    monkeypatch.setenv("PROJECT_ROOT", "../other")
    settings = load_settings()
    assert settings.project_root == tmp_path.resolve() / "other"
    assert settings.backend_port == 8001


@pytest.mark.parametrize(("written", "meant"), [(".", "other"), ("sub", "other/sub"), ("..", "")])
def test_a_project_root_in_the_context_file_starts_at_that_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, meant: str
) -> None:
    (tmp_path / "other/sub").mkdir(parents=True)
    write(tmp_path / "other/.env.context", f"PROJECT_ROOT={written}", "LOG_DIR=logs")
    monkeypatch.chdir(tmp_path / "other")
    assert load_settings().project_root == tmp_path.resolve() / meant
    assert load_settings().log_dir == tmp_path.resolve() / meant / "logs"


@pytest.mark.skipif(os.name == "nt", reason="HOME is the home on POSIX only")
def test_a_tilde_is_the_home_of_the_user(project: Path, tmp_path: Path) -> None:
    (tmp_path / "home/lake").mkdir(parents=True)
    write(project / ".env.context", "PROJECT_ROOT=~", "DATA_LAKE_PATH=~/lake")
    settings = load_settings()
    assert settings.project_root == tmp_path.resolve() / "home"
    assert settings.data_lake_path == tmp_path.resolve() / "home/lake"


@pytest.mark.parametrize(
    "key", ["project_root", "data_lake_path", "curated_data_path", "artist_aliases", "secrets_dir"]
)
def test_a_path_that_does_not_exist_is_refused(project: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv(key.upper(), "gone")
    kind = "file" if key == "artist_aliases" else "folder"
    assert refusal() == (
        f"{key.upper()} is 'gone' (the environment): there is no {kind} '{project}/gone' that can be read. "
        "Create it, or name another."
    )


def test_a_file_where_a_folder_should_be_is_refused_and_a_folder_where_a_file_should_be(project: Path) -> None:
    write(project / "file", "")
    (project / "folder").mkdir()
    assert "there is no folder" in refusal(data_lake_path="file")
    assert "there is no file" in refusal(artist_aliases="folder")
    assert "is not a folder" in refusal(log_dir="file")


def test_a_project_root_in_a_file_that_does_not_exist_names_the_file(project: Path) -> None:
    write(project / ".env.context", "PROJECT_ROOT=gone")
    assert refusal() == (
        f"PROJECT_ROOT is '{project}/gone' ({project}/.env.context, line 1): there is no folder '{project}/gone' "
        "that can be read. Create it, or name another."
    )


@pytest.mark.parametrize("path", ["~nobody-of-that-name/lake", "loop", "x" * 5000, "file/below"])
@pytest.mark.parametrize("key", ["project_root", "data_lake_path"])
def test_a_path_that_cannot_be_followed_is_refused_in_words(project: Path, key: str, path: str) -> None:
    (project / "loop").symlink_to("loop")
    write(project / "file", "")
    assert refusal(**{key: path}).startswith(f"{key.upper()} is '{path}' (the command line): ")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("key", ["project_root", "data_lake_path", "secrets_dir"])
def test_a_folder_that_may_not_be_read_is_refused(project: Path, key: str) -> None:
    (project / "closed").mkdir(mode=0)
    assert "that can be read. Create it, or name another." in refusal(**{key: "closed"})


# --- bad values ---

NUMBER = "Change it, or leave it empty for the default"


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("BACKEND_PORT", "eighty", f"it should be a valid integer. {NUMBER}, 8000."),
        ("BACKEND_PORT", "0", f"it should be greater than or equal to 1. {NUMBER}, 8000."),
        ("BACKEND_PORT", "65536", f"it should be less than or equal to 65535. {NUMBER}, 8000."),
        ("CACHE_TTL", "-1", f"it should be greater than or equal to 0. {NUMBER}, 300."),
        ("CACHE_TTL", "5 minutes", f"it should be a valid integer. {NUMBER}, 300."),
        ("CACHE_MAX_MB", "-1", f"it should be greater than or equal to 0. {NUMBER}, 256."),
        ("LOG_LEVEL", "loud", f"it should be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'. {NUMBER}, INFO."),
        (
            "BACKEND_HOST",
            "http://localhost",
            "it is not an address. Give a host name or an IP address, without 'http://' and without a port.",
        ),
        ("PAGE_SIZE", "1001", "it is above MAX_PAGE_SIZE, which is 1000. Lower the one, or raise the other."),
    ],
)
def test_a_bad_value_is_one_line_with_the_setting_the_value_the_place_and_what_to_do(
    project: Path, monkeypatch: pytest.MonkeyPatch, key: str, value: str, problem: str
) -> None:
    file = write(project / ".env.context", "# a remark", "", "", f"{key}={value}")
    assert refusal() == f"{key} is '{value}' ({file}, line 4): {problem}"
    monkeypatch.setenv(key, value)
    assert refusal() == f"{key} is '{value}' (the environment): {problem}"
    assert refusal(**{key.lower(): value}) == f"{key} is '{value}' (the command line): {problem}"


@pytest.mark.parametrize("event", ["", "  "])
def test_a_conversion_has_to_be_some_event(event: str) -> None:
    with pytest.raises(ValidationError, match="it names no event"):
        Settings(conversion_event=event)


def test_blanks_around_an_event_are_not_part_of_its_name() -> None:
    assert Settings(conversion_event=" LinkClick ").conversion_event == "LinkClick"


@pytest.mark.parametrize("host", ["localhost", "0.0.0.0", "::1", "fe80::1", "lake.example.com", "my_box"])
def test_a_host_is_a_name_or_an_address(host: str) -> None:
    assert load_settings(backend_host=host).backend_host == host


@pytest.mark.parametrize("host", ["localhost:8000", "256.1.1.1", "a b", "-x", "http://x"])
def test_what_is_no_host_is_refused(host: str) -> None:
    assert refusal(backend_host=host).startswith(f"BACKEND_HOST is '{host}' (the command line): it is not an address.")


@pytest.mark.parametrize("limit", ["max_page_size", "max_lines_page_size"])
def test_a_limit_below_the_usual_page_is_refused(limit: str) -> None:
    assert refusal(**{limit: 50}) == (
        f"PAGE_SIZE is '100' (its default): it is above {limit.upper()}, which is 50. "
        "Lower the one, or raise the other."
    )


def test_of_several_bad_values_the_first_is_told() -> None:
    assert refusal(backend_port="x", cache_ttl="y").startswith("BACKEND_PORT is 'x'")


def test_a_value_with_a_line_break_is_still_told_on_one_line(project: Path) -> None:
    write(project / ".env.context", 'DATA_LAKE_PATH="D:\\new"')  # in double quotes \n is a line break
    assert "DATA_LAKE_PATH is 'D:\\new'" in refusal()


# --- unknown keys and files that are none ---


@pytest.mark.parametrize("name", [".env.context", ".env.secrets", ".env.secrets.local"])
@pytest.mark.parametrize("line", ["BACKEND_PROT=8000", "backend_prot="])
def test_an_unknown_key_is_refused_with_the_one_that_was_meant(project: Path, name: str, line: str) -> None:
    file = write(project / name, "CACHE_TTL=60", line)
    assert refusal() == f"{line.partition('=')[0]} is not a setting ({file}, line 2). Did you mean BACKEND_PORT?"


def test_an_unknown_key_like_no_other_is_refused_with_all_there_are(project: Path) -> None:
    write(project / ".env.context", "ZZZ=1")
    message = refusal()
    assert message.startswith(f"ZZZ is not a setting ({project}/.env.context, line 1). The settings are: PROJECT_ROOT,")
    assert message.endswith("ADMIN_TOKEN, JWT_KEY.")


def test_an_unknown_override_is_refused() -> None:
    assert refusal(backend_prot=1) == "backend_prot is not a setting (the command line). Did you mean BACKEND_PORT?"


@pytest.mark.parametrize("line", ["BACKEND_PORT", "BACKEND_PORT: 8000", 'BACKEND_PORT="8000', "= 8000", "a word = b"])
def test_a_line_that_is_no_setting_is_refused_by_its_number(project: Path, line: str) -> None:
    file = write(project / ".env.context", "", line, "CACHE_TTL=60")
    assert refusal() == (
        f"{file}, line 2: this is not a setting. A line has the form KEY=value; a comment begins with #."
    )


@pytest.mark.parametrize("content", [b"BACKEND_HOST=caf\xe9", "BACKEND_PORT=8000".encode("utf-16")])
def test_a_file_that_is_not_utf8_is_refused(project: Path, content: bytes) -> None:
    (project / ".env.context").write_bytes(content)
    assert refusal() == f"'{project}/.env.context' cannot be read: it is not UTF-8 text. Correct or remove it."


def test_a_folder_where_a_file_of_settings_should_be_is_refused(project: Path) -> None:
    (project / ".env.secrets.local").mkdir()
    assert refusal() == f"'{project}/.env.secrets.local' cannot be read: Is a directory. Correct or remove it."


# --- secrets stay secret ---


def test_a_secret_in_the_context_file_is_refused_and_not_shown(project: Path) -> None:
    file = write(project / ".env.context", f"ADMIN_TOKEN={TOKEN}")
    message = refusal()
    assert message == (
        f"ADMIN_TOKEN is a secret, and .env.context is for everyone to see ({file}, line 1). "
        "Move it to .env.secrets.local, the environment or SECRETS_DIR."
    )


@pytest.mark.parametrize("token", ["two words", "caf\u00e9", "tab\tbed", "two\nlines"])
@pytest.mark.parametrize("place", ["flag", "environment", "directory", "file"])
def test_a_token_no_header_can_carry_is_refused_and_not_shown(
    project: Path, monkeypatch: pytest.MonkeyPatch, place: str, token: str
) -> None:
    overrides = {}
    if place == "flag":
        overrides["admin_token"] = token
    elif place == "environment":
        monkeypatch.setenv("ADMIN_TOKEN", token)
    elif place == "directory":
        write(project / "secrets/ADMIN_TOKEN", token)
        overrides["secrets_dir"] = "secrets"
    else:
        write(project / ".env.secrets.local", f'ADMIN_TOKEN="{token}"')
    message = refusal(**overrides)
    assert message.startswith("ADMIN_TOKEN is '**********' (")
    assert "an HTTP header cannot carry it. Use ASCII letters, digits and punctuation, without spaces." in message
    assert token not in message


@pytest.mark.parametrize(
    "line", [f"ADMIN_TOKN={TOKEN}", TOKEN, f"{TOKEN}=", f"ADMIN_TOKEN='{TOKEN}", f"ADMIN_TOKEN {TOKEN}"]
)
def test_a_line_gone_wrong_in_a_file_of_secrets_is_not_shown(project: Path, line: str) -> None:
    write(project / ".env.secrets.local", line)
    assert TOKEN not in refusal()


def test_a_secret_that_is_not_text_is_refused_and_not_shown(project: Path) -> None:
    (project / "secrets").mkdir()
    (project / "secrets/ADMIN_TOKEN").write_bytes(b"\xff\xfe")
    message = refusal(secrets_dir="secrets")
    assert message == f"'{project}/secrets/ADMIN_TOKEN' cannot be read: it is not UTF-8 text. Correct or remove it."


def test_the_settings_never_print_a_secret() -> None:
    settings = load_settings(admin_token=TOKEN)
    assert settings.admin_token
    assert settings.admin_token.get_secret_value() == TOKEN
    assert TOKEN not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


# --- the value itself ---


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_settings().backend_port = 1  # type: ignore[misc]  # mypy knows it too


def test_settings_made_by_hand_do_not_read_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKEND_PORT", "8001")
    assert Settings().backend_port == 8000


def test_settings_say_where_each_was_set(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project / ".env.context", "CACHE_TTL=60")
    monkeypatch.setenv("PAGE_SIZE", "10")
    settings = load_settings(backend_port=8001)
    origins = [settings.origin(name) for name in ("cache_ttl", "page_size", "backend_port", "log_level")]
    assert origins == [f"{project}/.env.context, line 1", "the environment", "the command line", "its default"]


# --- the curated folder ---


def holds_statements(folder: Path) -> bool:
    return (folder / "statements.csv").exists()


def test_without_a_lake_of_the_user_there_is_no_curated_folder() -> None:
    assert curated_folder(load_settings(), holds_statements) is None


def test_the_curated_folder_is_the_first_that_is_there(project: Path) -> None:
    lake = project / "lake"
    write(lake / "statements.csv", "")
    settings = load_settings(data_lake_path="lake")
    assert curated_folder(settings, holds_statements) == lake
    (lake / "curated").mkdir()
    assert curated_folder(settings, holds_statements) == lake / "curated"
    (lake / "4_curated").mkdir()
    assert curated_folder(settings, holds_statements) == lake / "4_curated"
    (project / "elsewhere").mkdir()
    both = load_settings(data_lake_path="lake", curated_data_path="elsewhere")
    assert curated_folder(both, holds_statements) == project / "elsewhere"


def test_a_curated_folder_needs_no_lake(project: Path) -> None:
    assert curated_folder(load_settings(curated_data_path="."), holds_statements) == project


def test_a_lake_without_curated_data_is_refused(project: Path) -> None:
    (project / "lake/1_landing").mkdir(parents=True)
    file = write(project / ".env.context", "DATA_LAKE_PATH=lake")
    with pytest.raises(SettingsInvalid, match=r"^[^\n]*$") as refused:
        curated_folder(load_settings(), holds_statements)
    assert str(refused.value) == (
        f"DATA_LAKE_PATH is '{project}/lake' ({file}, line 1): it has no folder '4_curated' or 'curated', and no file "
        "of a known dataset. Name the folder of the lake, or set CURATED_DATA_PATH."
    )


def test_the_settings_module_knows_nothing_of_ours_but_the_errors() -> None:
    source = (REPOSITORY / "src/bedrot_graph/settings.py").read_text(encoding="utf-8")
    assert set(re.findall(r"^\s*(?:from|import) (bedrot_graph\S*)", source, re.MULTILINE)) == {"bedrot_graph.errors"}
