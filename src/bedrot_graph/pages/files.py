"""The files of the pages: compressed once, and kept by browsers for ever where the name has a digest in it."""

import asyncio
import gzip
import re
from functools import lru_cache
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from bedrot_graph.pages.headers import ASK_EACH_TIME, FOR_EVER, SECURITY

FOLDER = Path(__file__).parent.parent / "static"
_IS_DIGESTED = re.compile(r"explorer/assets/[^/]+-[\w-]{8}\.\w+")
_COMPRESSED = frozenset({".css", ".js", ".json", ".svg", ".ttf"})
_TAKES_GZIP = re.compile(r"(?:^|[\s,])(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?(?:[\s,]|$))[^,]*)?(?:,|$)")


class Files(StaticFiles):
    """The files below `static/`; not the explorer's page, which is shown at `/graphql`, to those it is for."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One file. Raises HTTPException."""
        if path.endswith(".html"):
            raise HTTPException(404)
        response = await super().get_response(path, scope)
        if isinstance(response, FileResponse) and Path(path).suffix in _COMPRESSED:
            response.headers["vary"] = "accept-encoding"
            if _TAKES_GZIP.search(Headers(scope=scope).get("accept-encoding", "")):
                response = await _compressed(response)
        is_digested = _IS_DIGESTED.fullmatch(Path(path).as_posix())
        response.headers.update({**SECURITY, "cache-control": FOR_EVER if is_digested else ASK_EACH_TIME})
        return response


async def _compressed(response: FileResponse) -> Response:
    changed = response.stat_result.st_mtime_ns if response.stat_result else 0
    body = await asyncio.to_thread(_gzipped, Path(response.path), changed)
    kept = {name: response.headers[name] for name in ("content-type", "last-modified", "vary")}
    # The tag is of the file: weak, as these are other bytes of the same.
    return Response(body, headers={**kept, "content-encoding": "gzip", "etag": f"W/{response.headers['etag']}"})


@lru_cache(maxsize=64)
def _gzipped(path: Path, changed: int) -> bytes:  # noqa: ARG001 - a file that has changed is another one
    return gzip.compress(path.read_bytes(), mtime=0)
