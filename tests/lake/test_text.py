import pytest

from bedrot_graph.lake.text import CHUNK_BYTES, as_utf8


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_every_kind_of_line_end_becomes_lf(end: str) -> None:
    assert as_utf8(f"a{end}{end}b{end}".encode()) == b"a\n\nb\n"


def test_line_ends_of_one_file_may_differ() -> None:
    assert as_utf8(b"a\r\nb\rc\n") == b"a\nb\nc\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_that_users_save_in_becomes_utf_8(encoding: str) -> None:
    assert as_utf8("Artist\r\nBjörk – “Jóga”\r\n".encode(encoding)).decode() == "Artist\nBjörk – “Jóga”\n"


def test_a_byte_order_mark_of_utf_16_is_no_text() -> None:
    assert as_utf8("day".encode("utf-16")) == b"day"


def test_a_single_bad_byte_is_read_as_cp1252_and_the_rest_stays_utf_8() -> None:
    assert as_utf8("é ".encode() + b"\xe9").decode() == "é é"


def test_a_byte_that_no_encoding_knows_becomes_a_replacement_character() -> None:
    assert as_utf8(b"a\x81b").decode() == "a\ufffdb"


def test_a_character_may_straddle_two_chunks() -> None:
    text = "a" * (CHUNK_BYTES - 1) + "é😀"
    assert as_utf8(text.encode()).decode() == text
    assert as_utf8(text.encode("utf-16")).decode() == text


def test_half_a_character_at_the_end_of_utf_16_is_no_error() -> None:
    assert as_utf8("\ufeffday\n".encode("utf-16-le")[:-1]).decode() == "day\ufffd"


def test_plain_text_with_nul_bytes_is_not_taken_for_utf_16() -> None:
    assert as_utf8(b"\x00day,usd\n") == b"\x00day,usd\n"
