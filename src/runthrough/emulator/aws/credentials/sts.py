"""STS, query protocol: who is calling, and session credentials for long-term keys.

Source: facts amazon-bedrock 6.1, 6.2, workshop-labs A10, A11, H4. STS names its errors otherwise
than the JSON services do.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from runthrough.emulator.aws.credentials.keys import KeyRing
from runthrough.emulator.aws.credentials.signing import Signer
from runthrough.emulator.aws.replies import (
    Refused,
    Reply,
    not_emulated,
    xml_refusal,
    xml_reply,
    xml_text,
)

SERVICE = "sts"
VERSION = "2011-06-15"
ACTIONS = ("GetCallerIdentity", "GetSessionToken")
"""What is emulated of STS."""

_CODES = {
    "MissingAuthenticationTokenException": "MissingAuthenticationToken",
    "UnrecognizedClientException": "InvalidClientTokenId",
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "ExpiredTokenException": "ExpiredToken",
    "IncompleteSignatureException": "IncompleteSignature",
    "NotImplementedException": "NotImplemented",
}
_SHORTEST, _LONGEST, _DEFAULT = 900, 129_600, 43_200


def refuse(refused: Refused) -> Reply:
    """Write a refusal under the name STS gives it."""
    code = _CODES.get(refused.code, refused.code)
    return xml_refusal(Refused(refused.status, code, refused.message))


def call(
    parameters: Mapping[str, str],
    *,
    signer: Signer,
    account_id: str,
    keys: KeyRing,
    now: datetime,
) -> Reply:
    """Carry out one call; `parameters` are those of the form or of the query.

    Raises:
        Refused: the action is unknown or not emulated, or AWS refuses it.
    """
    action = parameters.get("Action", "")
    known: dict[str, Callable[[], Reply]] = {
        "GetCallerIdentity": lambda: _get_caller_identity(signer, account_id),
        "GetSessionToken": lambda: _get_session_token(parameters, signer, keys, now),
    }
    version = parameters.get("Version", VERSION)
    if version != VERSION:
        raise Refused(
            400, "InvalidAction", f"Could not find operation {action} for version {version}"
        )
    if action not in known:
        raise not_emulated(f"The STS action {action!r}")
    return known[action]()


def _get_caller_identity(signer: Signer, account_id: str) -> Reply:
    arn = signer.key.arn
    members = (
        f"<Arn>{xml_text(arn)}</Arn><UserId>{xml_text(user_id(arn))}</UserId>"
        f"<Account>{account_id}</Account>"
    )
    return xml_reply("GetCallerIdentity", members)


def _get_session_token(
    parameters: Mapping[str, str], signer: Signer, keys: KeyRing, now: datetime
) -> Reply:
    if signer.key.temporary:
        raise Refused(403, "AccessDenied", "Cannot call GetSessionToken with session credentials")
    if "SerialNumber" in parameters or "TokenCode" in parameters:
        raise not_emulated("GetSessionToken with an MFA device")
    seconds = _read_duration(parameters.get("DurationSeconds"))
    expires = now.replace(microsecond=0) + timedelta(seconds=seconds)
    key = keys.mint(arn=signer.key.arn, expires=expires)
    token = "" if key.token is None else key.token.get_secret_value()
    members = (
        f"<Credentials><AccessKeyId>{key.id}</AccessKeyId>"
        f"<SecretAccessKey>{key.secret.get_secret_value()}</SecretAccessKey>"
        f"<SessionToken>{token}</SessionToken>"
        f"<Expiration>{expires:%Y-%m-%dT%H:%M:%SZ}</Expiration></Credentials>"
    )
    return xml_reply("GetSessionToken", members)


def _read_duration(text: str | None) -> int:
    if text is None:
        return _DEFAULT
    seconds = int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else 0
    if _SHORTEST <= seconds <= _LONGEST:
        return seconds
    bound = (
        f"less than or equal to {_LONGEST}"
        if seconds > _LONGEST
        else f"greater than or equal to {_SHORTEST}"
    )
    raise Refused(
        400,
        "ValidationError",
        f"1 validation error detected: Value '{text[:40]}' at 'durationSeconds' failed to satisfy "
        f"constraint: Member must have value {bound}",
    )


def user_id(arn: str) -> str:
    """Return the unique id of a user or role session: invented, and the same for the same ARN.

    The form is AWS's: 21 characters, `AIDA…` for a user, `AROA…:session` for a role's session.
    """
    resource = arn.rpartition(":")[2]
    kind, _, name = resource.partition("/")
    if kind == "root":
        return arn.split(":")[4]
    owner, _, session = name.partition("/") if kind == "assumed-role" else (name, "", "")
    digest = hashlib.sha256(f"{kind}/{owner}".encode()).digest()
    unique = base64.b32encode(digest).decode()[:17]
    return f"AROA{unique}:{session}" if kind == "assumed-role" else f"AIDA{unique}"
