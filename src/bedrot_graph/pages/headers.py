"""What every page, and every file of one, tells the browser about what it may do."""

from collections.abc import Mapping
from types import MappingProxyType

_POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",  # the editor places its lines and colours so
    "worker-src": "'self'",
    "connect-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
}

SECURITY: Mapping[str, str] = MappingProxyType(
    {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in _POLICY.items()),
        "cross-origin-opener-policy": "same-origin",
        "referrer-policy": "same-origin",
    }
)
"""On files too: a worker obeys the policy that its own file came with. That types are as they are said is told of
everything that the server sends."""

ASK_EACH_TIME = "no-cache"
FOR_EVER = "public, max-age=31536000, immutable"
