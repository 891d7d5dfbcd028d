"""The sample lake that comes with the package: invented artists and amounts in real formats."""

from pathlib import Path


def sample_lake() -> Path:
    """Its folder: inside the installed package, or at the root of a checkout."""
    package = Path(__file__).parent.parent
    packed = package / "sample_lake"
    return packed if packed.is_dir() else package.parent.parent / "sample_lake"
