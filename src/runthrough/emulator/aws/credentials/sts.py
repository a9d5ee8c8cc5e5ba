"""STS, query protocol: who is calling, and session credentials for keys and roles.

Source: facts amazon-bedrock 6.1, 6.2, workshop-labs A10, A11, H4. STS names its errors otherwise
than the JSON services do. The texts on roles and their sessions are from memory (unverified).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from types import MappingProxyType

from runthrough.emulator.aws.credentials.keys import Key
from runthrough.emulator.aws.credentials.signing import Signer
from runthrough.emulator.aws.replies import (
    Refused,
    Reply,
    not_emulated,
    xml_refusal,
    xml_reply,
    xml_text,
)
from runthrough.emulator.aws.state import Aws
from runthrough.emulator.world import AwsRole

SERVICE = "sts"
VERSION = "2011-06-15"
_CODES = {
    "MissingAuthenticationTokenException": "MissingAuthenticationToken",
    "UnrecognizedClientException": "InvalidClientTokenId",
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "ExpiredTokenException": "ExpiredToken",
    "IncompleteSignatureException": "IncompleteSignature",
    "NotImplementedException": "NotImplemented",
}
_SHORTEST, _LONGEST, _DEFAULT = 900, 129_600, 43_200
_LONGEST_ROLE, _DEFAULT_ROLE, _LONGEST_CHAIN = 43_200, 3_600, 3_600
_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_NOT_EMULATED = frozenset(
    {
        *("Policy", "PolicyArns", "Tags", "TransitiveTagKeys", "SerialNumber", "TokenCode"),
        *("SourceIdentity", "ProvidedContexts"),
    }
)


def refuse(refused: Refused) -> Reply:
    """Write a refusal under the name STS gives it."""
    code = _CODES.get(refused.code, refused.code)
    return xml_refusal(Refused(refused.status, code, refused.message))


def call(aws: Aws, parameters: Mapping[str, str], signer: Signer) -> Reply:
    """Carry out one call; `parameters` are those of the form or of the query.

    Raises:
        Refused: the action is unknown or not emulated, or AWS refuses it.
    """
    action, version = parameters.get("Action", ""), parameters.get("Version", VERSION)
    if version != VERSION:
        raise Refused(
            400, "InvalidAction", f"Could not find operation {action} for version {version}"
        )
    if action not in ACTIONS:
        raise not_emulated(f"The STS action {action!r}")
    return ACTIONS[action](aws, parameters, signer)


def _get_caller_identity(aws: Aws, _parameters: Mapping[str, str], signer: Signer) -> Reply:
    arn = signer.key.arn
    members = (
        f"<Arn>{xml_text(arn)}</Arn><UserId>{xml_text(user_id(arn))}</UserId>"
        f"<Account>{aws.account.account_id}</Account>"
    )
    return xml_reply("GetCallerIdentity", members)


def _get_access_key_info(aws: Aws, parameters: Mapping[str, str], _signer: Signer) -> Reply:
    key_id = _required(parameters, "AccessKeyId")
    if aws.keys.get(key_id) is None:
        raise Refused(
            403, "AccessDenied", "The access key is of an account that this world does not have"
        )
    return xml_reply("GetAccessKeyInfo", f"<Account>{aws.account.account_id}</Account>")


def _get_session_token(aws: Aws, parameters: Mapping[str, str], signer: Signer) -> Reply:
    if signer.key.temporary:
        raise Refused(403, "AccessDenied", "Cannot call GetSessionToken with session credentials")
    if "SerialNumber" in parameters or "TokenCode" in parameters:
        raise not_emulated("GetSessionToken with an MFA device")
    seconds = _read_duration(parameters, most=_LONGEST, usual=_DEFAULT)
    expires = aws.clock().replace(microsecond=0) + timedelta(seconds=seconds)
    key = aws.keys.mint(arn=signer.key.arn, expires=expires)
    return xml_reply("GetSessionToken", _credentials(key, expires))


def _assume_role(aws: Aws, parameters: Mapping[str, str], signer: Signer) -> Reply:
    arn, session = _required(parameters, "RoleArn"), _required(parameters, "RoleSessionName")
    if not _SESSION_NAME.fullmatch(session):
        raise _broken(
            session,
            "roleSessionName",
            f"Member must satisfy regular expression pattern: {_SESSION_NAME.pattern}",
        )
    for name in parameters:
        if name.partition(".")[0] in _NOT_EMULATED:
            raise not_emulated(f"AssumeRole with {name}")
    role = _role_of(aws, arn, parameters, signer)
    seconds = _read_duration(parameters, most=_LONGEST_ROLE, usual=_DEFAULT_ROLE)
    _check_role_duration(role, seconds, signer)
    account = aws.account.account_id
    assumed = f"arn:aws:sts::{account}:assumed-role/{role.name}/{session}"
    expires = aws.clock().replace(microsecond=0) + timedelta(seconds=seconds)
    key = aws.keys.mint(arn=assumed, expires=expires)
    user = (
        f"<AssumedRoleUser><AssumedRoleId>{xml_text(user_id(assumed))}</AssumedRoleId>"
        f"<Arn>{xml_text(assumed)}</Arn></AssumedRoleUser>"
    )
    return xml_reply("AssumeRole", user + _credentials(key, expires))


def _role_of(aws: Aws, arn: str, parameters: Mapping[str, str], signer: Signer) -> AwsRole:
    """Return the role of an ARN; who may not assume it does not learn whether it exists."""
    owner = f"arn:aws:iam::{aws.account.account_id}:role/"
    for role in aws.account.roles:
        trusted = any(fnmatchcase(signer.key.arn, pattern) for pattern in role.trusts)
        known_id = role.external_id in (None, parameters.get("ExternalId"))
        if arn == owner + role.name and trusted and known_id:
            return role
    raise Refused(
        403,
        "AccessDenied",
        f"User: {signer.key.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}",
    )


def _check_role_duration(role: AwsRole, seconds: int, signer: Signer) -> None:
    if seconds > role.max_session.total_seconds():
        raise Refused(
            400,
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        )
    if ":assumed-role/" in signer.key.arn and seconds > _LONGEST_CHAIN:
        raise Refused(
            400,
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by"
            " role chaining.",
        )


def _credentials(key: Key, expires: datetime) -> str:
    token = "" if key.token is None else key.token.get_secret_value()
    return (
        f"<Credentials><AccessKeyId>{key.id}</AccessKeyId>"
        f"<SecretAccessKey>{key.secret.get_secret_value()}</SecretAccessKey>"
        f"<SessionToken>{token}</SessionToken>"
        f"<Expiration>{expires:%Y-%m-%dT%H:%M:%SZ}</Expiration></Credentials>"
    )


def _required(parameters: Mapping[str, str], name: str) -> str:
    value = parameters.get(name)
    if value is None:
        place = name[0].lower() + name[1:]
        raise Refused(
            400,
            "ValidationError",
            f"1 validation error detected: Value null at '{place}' failed to satisfy constraint: "
            "Member must not be null",
        )
    return value


def _read_duration(parameters: Mapping[str, str], *, most: int, usual: int) -> int:
    text = parameters.get("DurationSeconds")
    if text is None:
        return usual
    seconds = int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else 0
    if _SHORTEST <= seconds <= most:
        return seconds
    bound = (
        f"less than or equal to {most}"
        if seconds > most
        else f"greater than or equal to {_SHORTEST}"
    )
    raise _broken(text, "durationSeconds", f"Member must have value {bound}")


def _broken(value: str, place: str, rule: str) -> Refused:
    return Refused(
        400,
        "ValidationError",
        f"1 validation error detected: Value '{value[:40]}' at '{place}' failed to satisfy "
        f"constraint: {rule}",
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


ACTIONS: Mapping[str, Callable[[Aws, Mapping[str, str], Signer], Reply]] = MappingProxyType(
    {
        "AssumeRole": _assume_role,
        "GetAccessKeyInfo": _get_access_key_info,
        "GetCallerIdentity": _get_caller_identity,
        "GetSessionToken": _get_session_token,
    }
)
"""What is emulated of STS."""
