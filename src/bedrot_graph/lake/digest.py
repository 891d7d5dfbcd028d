"""Short names for texts."""

import hashlib


def digest(*parts: str) -> str:
    """A short name for what the parts say; another one where any of them differs."""
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()
