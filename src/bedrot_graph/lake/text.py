"""The bytes of a text file, whoever wrote them -> UTF-8 whose lines end in LF, line for line as an editor shows it."""

import codecs

CHUNK_BYTES = 2**20


def as_utf8(data: bytes) -> bytes:
    """The text as UTF-8 without BOM; bytes that are not UTF-8 are read as cp1252, one by one."""
    encoding = wide_encoding(data)
    if encoding:
        data = _transcoded(data, encoding, "replace")
    elif not data.isascii():
        data = _transcoded(data, "utf-8", "read-as-cp1252")
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data


def wide_encoding(data: bytes) -> str | None:
    """UTF-16, by its BOM, or by the zero in every other byte that plain headers leave."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    match [byte == 0 for byte in data[:4]]:
        case [False, True, False, True]:
            return "utf-16-le"
        case [True, False, True, False]:
            return "utf-16-be"
    return None


def _transcoded(data: bytes, encoding: str, errors: str) -> bytes:
    """Chunk by chunk, as a whole file held as `str` takes up to four times its size."""
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    chunks = (data[start : start + CHUNK_BYTES] for start in range(0, len(data), CHUNK_BYTES))
    return b"".join([*(decoder.decode(chunk).encode() for chunk in chunks), decoder.decode(b"", final=True).encode()])


def _read_as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("read-as-cp1252", _read_as_cp1252)
