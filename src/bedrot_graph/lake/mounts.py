"""Which file system a folder lies on, and whether it tells of what others change there."""

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
"""Linux's. Elsewhere nothing is known of mounts."""
_REMOTE = re.compile(
    r"9p|afs|beegfs.*|ceph|cifs|coda|davfs2?|drvfs|fakeowner|fuse|fuse\..+|gfs2|glusterfs|gpfs|lustre|ncpfs|nfs\d?|"
    r"ocfs2|orangefs|panfs|prl_fs|pvfs2|smb[f3]s?|vboxsf|virtiofs|vmhgfs"
)
"""Types of file systems whose files are changed elsewhere too: by another machine, or the one around a container."""


def remote_type(folder: Path, mounts: Path | None = None) -> str | None:
    """The type of the folder's file system where others may change it unheard; None else. Blocks."""
    try:
        lines = (mounts or MOUNTS).read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        place = folder.resolve()
    except (OSError, RuntimeError):
        return None
    found, deepest = None, -1
    for line in lines:
        point, kind = _mount(line)
        if point and (place == point or point in place.parents) and len(point.parts) >= deepest:  # later ones cover
            found, deepest = kind, len(point.parts)
    return found if found and _REMOTE.fullmatch(found) else None


def _mount(line: str) -> tuple[Path | None, str]:
    """Where it is mounted, and its type: `36 35 98:0 /root /where rw,… optional:1 - type source options`."""
    before, _, after = line.partition(" - ")
    words = before.split(" ")
    if len(words) < 5 or not after:  # noqa: PLR2004 - of another kind than is known
        return None, ""
    point = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), words[4])
    return Path(point), after.split(" ")[0]
