"""What holds for all tests: none asserts a time, neither by hypothesis nor by httpx."""

from httpx._config import DEFAULT_TIMEOUT_CONFIG
from hypothesis import settings

from tests.waiting import LIMIT_SECONDS

settings.register_profile("runthrough", deadline=None)
settings.load_profile("runthrough")

# httpx gives up after five seconds where a client or a call names no limit of its own; a busy
# machine needs more, and there is no public place to say so once for all.
DEFAULT_TIMEOUT_CONFIG.connect = LIMIT_SECONDS
DEFAULT_TIMEOUT_CONFIG.read = LIMIT_SECONDS
DEFAULT_TIMEOUT_CONFIG.write = LIMIT_SECONDS
DEFAULT_TIMEOUT_CONFIG.pool = LIMIT_SECONDS
