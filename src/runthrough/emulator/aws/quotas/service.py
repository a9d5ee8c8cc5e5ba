"""Service Quotas, as far as it tells of Bedrock.

Source: facts amazon-bedrock 5.2 (protocol, calls, members, errors, the text of an increase that is
none). Chosen here: Bedrock is the only service that is known; a quota that is not adjustable cannot
be asked for; an increase is PENDING as long as the emulator runs, as a support case is for days.
Texts without a source in the sheet are ours.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from runthrough.emulator.aws.credentials.signing import Signer
from runthrough.emulator.aws.gates.iam import BY_ORGANIZATION, denied
from runthrough.emulator.aws.quotas.table import LARGEST, Quota
from runthrough.emulator.aws.replies import Refused, Reply, json_reply, not_emulated
from runthrough.emulator.aws.state import Aws

SERVICE = "servicequotas"
_TARGET = "ServiceQuotasV20190624."
_CONTENT_TYPE = "application/x-amz-json-1.1"
_CODE, _NAME = "bedrock", "Amazon Bedrock"
_MOST = 100
_LEVELS = ("ACCOUNT", "RESOURCE", "ALL")


def call(aws: Aws, target: str, body: bytes, *, signer: Signer, now: datetime) -> Reply:
    """Answer one call to Service Quotas.

    Args:
        aws: the account.
        target: the header that names the operation.
        body: the request, JSON.
        signer: who signed it.
        now: the time, by the world's clock.

    Raises:
        Refused: IAM does not allow it, it is not emulated, or it does not fit.
    """
    operation = target.removeprefix(_TARGET)
    if target == operation or operation not in _OPERATIONS:
        raise not_emulated(f"The operation {target}")
    action = f"servicequotas:{operation}"
    if signer.region in aws.account.closed_regions:
        raise denied(signer.key.arn, action, "*", BY_ORGANIZATION)
    aws.permissions.check(signer.key, action, ("*",))
    answer = _OPERATIONS[operation](aws, _read(body), signer, now)
    reply = json_reply(answer)
    return Reply(reply.status, reply.body, _CONTENT_TYPE)


def _list_applied(aws: Aws, body: Mapping[str, Any], signer: Signer, _: datetime) -> dict[str, Any]:
    _check_service(body)
    level = body.get("QuotaAppliedAtLevel", "ACCOUNT")
    if level not in _LEVELS:
        raise _illegal(f"QuotaAppliedAtLevel is one of {', '.join(_LEVELS)}.")
    quotas = aws.quotas.quotas if level != "RESOURCE" else ()
    if "QuotaCode" in body:
        wanted = _text(body, "QuotaCode")
        quotas = tuple(quota for quota in quotas if quota.code == wanted)
    return _page([_describe(aws, q, signer, q.value) for q in quotas], body)


def _list_defaults(
    aws: Aws, body: Mapping[str, Any], signer: Signer, _: datetime
) -> dict[str, Any]:
    _check_service(body)
    return _page([_describe(aws, q, signer, q.default) for q in aws.quotas.quotas], body)


def _get_applied(aws: Aws, body: Mapping[str, Any], signer: Signer, _: datetime) -> dict[str, Any]:
    quota = _find(aws, body)
    return {"Quota": _describe(aws, quota, signer, quota.value)}


def _get_default(aws: Aws, body: Mapping[str, Any], signer: Signer, _: datetime) -> dict[str, Any]:
    quota = _find(aws, body)
    return {"Quota": _describe(aws, quota, signer, quota.default)}


def _request_increase(
    aws: Aws, body: Mapping[str, Any], signer: Signer, now: datetime
) -> dict[str, Any]:
    quota = _find(aws, body)
    wanted = body.get("DesiredValue")
    if not isinstance(wanted, int | float) or isinstance(wanted, bool):
        raise _illegal("DesiredValue is required, and is a number.")
    if not 0 <= wanted <= LARGEST:
        raise _illegal(f"DesiredValue is a number from 0 to {LARGEST}.")
    if not quota.adjustable:
        raise _illegal(f"The quota {quota.code} ({quota.name}) is not adjustable.")
    if wanted <= quota.default:
        raise _illegal(
            "You must provide a quota value greater than the default quota value of "
            f"{float(quota.default)}"
        )
    if not aws.increases.begin(signer.region, quota.code):
        raise Refused(
            400,
            "ResourceAlreadyExistsException",
            f"Only one open service quota increase request is allowed for the quota {quota.code}.",
        )
    described = _describe(aws, quota, signer, quota.value)
    return {
        "RequestedQuota": {
            "Id": uuid4().hex,
            "DesiredValue": float(wanted),
            "Status": "PENDING",
            "Created": now.timestamp(),
            "LastUpdated": now.timestamp(),
            "Requester": json.dumps(
                {"accountId": aws.account.account_id, "callerArn": signer.key.arn}
            ),
            "QuotaRequestedAtLevel": "ACCOUNT",
            **{
                name: described[name]
                for name in (
                    *("ServiceCode", "ServiceName", "QuotaCode", "QuotaName"),
                    *("QuotaArn", "GlobalQuota", "Unit"),
                )
            },
        }
    }


_OPERATIONS: Mapping[str, Callable[[Aws, Mapping[str, Any], Signer, datetime], dict[str, Any]]] = {
    "ListServiceQuotas": _list_applied,
    "ListAWSDefaultServiceQuotas": _list_defaults,
    "GetServiceQuota": _get_applied,
    "GetAWSDefaultServiceQuota": _get_default,
    "RequestServiceQuotaIncrease": _request_increase,
}


ACTIONS = tuple(_OPERATIONS)
"""What is emulated, by its name."""


def _read(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Refused(400, "SerializationException", "The request is not a JSON object.")
    return value


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not re.fullmatch(r"[a-zA-Z][a-zA-Z0-9-]{1,128}", value):
        raise _illegal(f"{name} is required, and is letters, digits and hyphens.")
    return value


def _check_service(body: Mapping[str, Any]) -> None:
    service = _text(body, "ServiceCode")
    if service != _CODE:
        raise _unknown(f"The service {service!r} is not known here; the emulator has only bedrock.")


def _find(aws: Aws, body: Mapping[str, Any]) -> Quota:
    _check_service(body)
    code = _text(body, "QuotaCode")
    quota = aws.quotas.get(code)
    if quota is None:
        raise _unknown(f"There is no quota {code!r} of bedrock.")
    return quota


def _describe(aws: Aws, quota: Quota, signer: Signer, value: float) -> dict[str, Any]:
    return {
        "ServiceCode": _CODE,
        "ServiceName": _NAME,
        "QuotaArn": (
            f"arn:aws:servicequotas:{signer.region}:{aws.account.account_id}:{_CODE}/{quota.code}"
        ),
        "QuotaCode": quota.code,
        "QuotaName": quota.name,
        "Value": float(value),
        "Unit": "None",
        "Adjustable": quota.adjustable,
        "GlobalQuota": False,
        "QuotaAppliedAtLevel": "ACCOUNT",
    }


def _page(quotas: Sequence[dict[str, Any]], body: Mapping[str, Any]) -> dict[str, Any]:
    size, start = body.get("MaxResults", _MOST), _read_token(body.get("NextToken"))
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= _MOST:
        raise _illegal(f"MaxResults is a whole number from 1 to {_MOST}.")
    page: dict[str, Any] = {"Quotas": list(quotas[start : start + size])}
    if start + size < len(quotas):
        page["NextToken"] = base64.b64encode(f"from {start + size}".encode()).decode()
    return page


def _read_token(token: Any) -> int:
    if token is None:
        return 0
    try:
        text = base64.b64decode(token, validate=True).decode()
    except (binascii.Error, TypeError, ValueError):
        text = ""
    match = re.fullmatch(r"from (\d{1,9})", text, re.ASCII)
    if match is None:
        raise Refused(400, "InvalidPaginationTokenException", "The pagination token is not valid.")
    return int(match[1])


def _illegal(message: str) -> Refused:
    return Refused(400, "IllegalArgumentException", message)


def _unknown(message: str) -> Refused:
    return Refused(400, "NoSuchResourceException", message)
