"""Who sends a request: by its signature, or by a Bedrock API key."""

from __future__ import annotations

import re
from collections.abc import Callable

from runthrough.emulator.aws.credentials.bearer import SCHEME
from runthrough.emulator.aws.credentials.canonical import SignedRequest
from runthrough.emulator.aws.credentials.signing import Signer, verify
from runthrough.emulator.aws.state import Aws

_AWS_HOST = re.compile(r"[a-z0-9-]+\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com(?::\d+)?")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


def signer_of(aws: Aws, request: SignedRequest, *, service: str) -> Signer:
    """Return who signed a request. Raises Refused where nobody did, or not as AWS wants it."""
    regions = None if service != "bedrock" else aws.catalogue.regions
    return verify(
        request,
        keys=aws.keys,
        service=service,
        is_region=_regions(request, regions),
        clock=aws.clock,
    )


def caller_of_bedrock(aws: Aws, request: SignedRequest) -> Signer:
    """Return who calls Bedrock.

    Raises:
        BadApiKey: a bearer token that opens nothing.
        Refused: a signature that does not hold, or an API key of somebody who may not use one
            (`bedrock:CallWithBearerToken`, facts amazon-bedrock 1.4).
    """
    scheme, _, token = (request.header("authorization") or "").partition(" ")
    if scheme == SCHEME:
        known = _regions(request, aws.catalogue.regions)
        signer = aws.api_keys.verify(token.strip(), is_region=known)
        aws.permissions.check(signer.key, "bedrock:CallWithBearerToken", ("*",))
        return signer
    return signer_of(aws, request, service="bedrock")


def _regions(request: SignedRequest, known: frozenset[str] | None) -> Callable[[str], bool]:
    """Return what tells whether a request may be for a region: its host's, where that has one."""
    host = _AWS_HOST.fullmatch(request.header("host") or "")

    def is_region(name: str) -> bool:
        if host is not None:
            return name == host[1]
        return bool(_REGION.fullmatch(name)) if known is None else name in known

    return is_region
