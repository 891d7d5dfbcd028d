"""Bodies made smaller, in the way that a client prefers."""

import gzip
from collections.abc import Callable, Mapping
from functools import lru_cache

from bedrot_graph.traces import span
from bedrot_graph.web.media import qualities

SMALLEST = 1000
"""Bodies of fewer bytes are sent as they are: they fit into one packet anyway."""


def _zstd(body: bytes) -> bytes:
    import zstandard  # noqa: PLC0415 - not loaded where nobody asks for it

    return zstandard.ZstdCompressor(level=3).compress(body)


def _brotli(body: bytes) -> bytes:
    import brotli  # noqa: PLC0415 - as above

    smaller: bytes = brotli.compress(body, quality=4)
    return smaller


# The levels are those at which compressing takes about as long as sending over a fast line would.
CODINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "zstd": _zstd,
    "br": _brotli,
    "gzip": lambda body: gzip.compress(body, compresslevel=5, mtime=0),
}


@lru_cache(maxsize=256)
def preferred(accept_encoding: str) -> str:
    """The coding that a client likes best, in doubt the first of ours; empty where it takes none of them."""
    asked = qualities(accept_encoding)
    liked = {coding: asked.get(coding, asked.get("*", 0.0)) for coding in CODINGS}
    best = max(liked, key=lambda coding: liked[coding])
    return best if liked[best] > 0 and liked[best] >= asked.get("identity", 0.0) else ""


def compressed(body: bytes, coding: str) -> bytes:
    """The body in a coding; takes a millisecond for each hundred kilobytes, roughly."""
    with span("compress", coding=coding):
        return CODINGS[coding](body)
