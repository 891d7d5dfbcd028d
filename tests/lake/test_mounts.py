"""Which file systems tell nothing of what others change there."""

from pathlib import Path

import pytest

from bedrot_graph.lake.mounts import MOUNTS, remote_type

TABLE = r"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
40 27 0:40 / /mnt/nas rw,relatime shared:2 master:3 - nfs4 nas:/lake rw,vers=4.2
41 27 0:41 / /mnt/my\040share rw - cifs //nas/lake rw
42 40 0:42 / /mnt/nas/cache rw - tmpfs tmpfs rw
43 27 0:43 / /mnt/c rw - 9p C:\134 rw
44 27 0:44 / /mnt/disk rw - fuseblk /dev/sdb1 rw
45 27 0:45 / /mnt/ssh rw - fuse.sshfs me@there: rw
46 27 0:46 / /mnt/twice rw - ext4 /dev/sdc rw
47 27 0:47 / /mnt/twice rw - virtiofs lake rw
broken
"""


@pytest.mark.parametrize(
    ("folder", "found"),
    [
        ("/srv/lake", None),
        ("/mnt/nas", "nfs4"),
        ("/mnt/nas/lake/4_curated", "nfs4"),
        ("/mnt/nasty", None),
        ("/mnt/my share/lake", "cifs"),
        ("/mnt/nas/cache/lake", None),
        ("/mnt/c/lake", "9p"),
        ("/mnt/disk/lake", None),
        ("/mnt/ssh/lake", "fuse.sshfs"),
        ("/mnt/twice/lake", "virtiofs"),
    ],
)
def test_a_folder_is_where_the_deepest_and_last_mount_is(folder: str, found: str | None, tmp_path: Path) -> None:
    (tmp_path / "mountinfo").write_text(TABLE, encoding="utf-8")
    assert remote_type(Path(folder), tmp_path / "mountinfo") == found


def test_where_nothing_is_known_of_mounts_nothing_is_remote(tmp_path: Path) -> None:
    assert remote_type(tmp_path, tmp_path / "none") is None


@pytest.mark.skipif(not MOUNTS.exists(), reason="Mounts are known on Linux only.")
def test_the_mounts_of_this_machine_are_understood() -> None:
    assert remote_type(Path("/proc")) is None
