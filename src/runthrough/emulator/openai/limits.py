"""Rate limits and the quota: how much of a model may be used in a minute, and how much at all.

Each model has a bucket of requests and one of tokens, which fill up again steadily within a minute.
A request takes from the bucket of tokens what it may come to: the larger of the length it asked for
and its characters divided by four, as the public guide on rate limits says. The texts of refusals
are seen; `retry-after` is in seconds, `retry-after-ms` in milliseconds.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from datetime import datetime

from runthrough.emulator.openai.replies import Refused
from runthrough.emulator.world import OpenAiAccount

_MINUTE = 60.0
_QUOTA = (
    "You exceeded your current quota, please check your plan and billing details. For more"
    " information on this error, read the docs:"
    " https://platform.openai.com/docs/guides/error-codes/api-errors."
)


@dataclass
class _Bucket:
    """What is left of a limit; it fills by `limit` a minute."""

    limit: int
    left: float
    at: datetime

    def fill(self, now: datetime) -> None:
        passed = max(0.0, (now - self.at).total_seconds())
        self.left = min(float(self.limit), self.left + self.limit * passed / _MINUTE)
        self.at = now

    def seconds_until(self, amount: float) -> float:
        """How long it takes until so much is there."""
        return max(0.0, (amount - self.left) * _MINUTE / self.limit)


@dataclass
class _Buckets:
    requests: _Bucket | None
    tokens: _Bucket | None


@dataclass
class Limits:
    """What an account has used; thread-safe."""

    account: OpenAiAccount
    _used: int = field(default=0, init=False)
    _buckets: dict[str, _Buckets] = field(default_factory=dict, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def take(self, model: str, tokens: int, now: datetime) -> dict[str, str]:
        """Count one request of so many tokens; return the headers that say what is left.

        Raises:
            Refused: a limit or the quota is used up (429); nothing is counted then.
        """
        with self._lock:
            quota = self.account.quota_tokens
            if quota is not None and self._used >= quota:
                raise Refused(429, _QUOTA, code="insufficient_quota", kind="insufficient_quota")
            buckets = self._buckets_of(model, now)
            both = (("requests", buckets.requests, 1), ("tokens", buckets.tokens, tokens))
            for kind, bucket, amount in both:
                if bucket is not None:
                    bucket.fill(now)
                    self._check(bucket, kind, amount, model, _headers(buckets))
            for _, bucket, amount in both:
                if bucket is not None:
                    bucket.left -= amount
            return _headers(buckets)

    def use(self, tokens: int) -> None:
        """Count tokens that were used against the quota."""
        with self._lock:
            self._used += tokens

    def _buckets_of(self, model: str, now: datetime) -> _Buckets:
        if model not in self._buckets:
            limits = (self.account.requests_per_minute, self.account.tokens_per_minute)
            made = [None if n is None else _Bucket(n, float(n), now) for n in limits]
            self._buckets[model] = _Buckets(*made)
        return self._buckets[model]

    def _check(
        self, bucket: _Bucket, kind: str, amount: int, model: str, headers: dict[str, str]
    ) -> None:
        if bucket.left >= amount:
            return
        organization = self.account.organization
        where = f"for {model} in organization {organization} on {kind} per min"
        short = "RPM" if kind == "requests" else "TPM"
        guide = "Visit https://platform.openai.com/account/rate-limits to learn more."
        used = bucket.limit - math.floor(bucket.left)
        if amount > bucket.limit:
            message = (
                f"Request too large {where} ({short}): Limit {bucket.limit}, Requested {amount}."
                f" The input or output tokens must be reduced in order to run successfully. {guide}"
            )
            wait = {}
        else:
            seconds = bucket.seconds_until(amount)
            message = (
                f"Rate limit reached {where} ({short}): Limit {bucket.limit}, Used {used},"
                f" Requested {amount}. Please try again in {_shown(seconds)}. {guide}"
            )
            wait = {
                "retry-after": str(math.ceil(seconds)),
                "retry-after-ms": str(math.ceil(seconds * 1000)),
            }
        raise Refused(
            429,
            message,
            code="rate_limit_exceeded",
            kind=kind,
            headers={**headers, **wait},
        )


def _headers(buckets: _Buckets) -> dict[str, str]:
    found = {}
    for kind, bucket in (("requests", buckets.requests), ("tokens", buckets.tokens)):
        if bucket is not None:
            found[f"x-ratelimit-limit-{kind}"] = str(bucket.limit)
            found[f"x-ratelimit-remaining-{kind}"] = str(max(0, math.floor(bucket.left)))
            found[f"x-ratelimit-reset-{kind}"] = _shown(bucket.seconds_until(bucket.limit))
    return found


def _shown(seconds: float) -> str:
    """Return a time as OpenAI writes it: `6m0s`, `20s`, `8.64s`, `120ms`."""
    if seconds < 1:
        return f"{math.ceil(seconds * 1000)}ms"
    minutes, rest = divmod(seconds, 60)
    shown = f"{rest:.3f}".rstrip("0").rstrip(".") + "s"
    return f"{int(minutes)}m{shown}" if minutes else shown
