"""All gates of a call, one after the other.

The order: signature, expiry (`credentials.signing`), region, IAM; then, for a model: its id, its
life, on demand or by a profile, the account's standing, the use-case form, the agreement, the
quota; validation comes last. Source: the texts of facts amazon-bedrock 2.11; the order of its last
line is a proposal there, and the one that issue 5 names.
"""

from __future__ import annotations

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.fields import broken_rule
from runthrough.emulator.aws.gates.iam import BY_ORGANIZATION, denied
from runthrough.emulator.aws.quotas.estimate import estimate
from runthrough.emulator.aws.state import Aws, Call

MAX_BODY = 25_000_000
"""Bytes of a request or of an answer (facts 2.2)."""

_METERED = frozenset({"InvokeModel", "InvokeModelWithResponseStream"})
"""The IAM actions whose calls take from the quotas; counting tokens is free (facts 2.10)."""

_SUBSCRIPTION = ("aws-marketplace:Subscribe", "aws-marketplace:ViewSubscriptions")


def open_model(aws: Aws, call: Call, model_id: str | None = None) -> Model:
    """Return the model of a call, once every gate is open.

    What the call takes from the quotas is reserved then: `call.charge` is settled once the answer
    is known, and given back where the call is refused later.

    Args:
        aws: the account.
        call: the call.
        model_id: what it names, where that is not in its path (StartAsyncInvoke).

    Raises:
        Refused: by the first gate that is shut.
    """
    if model_id is None:
        model_id = call.parameters["modelId"]
    else:
        _check_iam(aws, call, aws.model_ids.arns(model_id, region=call.region))
    target = aws.model_ids.open(model_id, region=call.region, now=call.now)
    aws.access.open(target.model, may_subscribe=lambda: may_subscribe(aws, call))
    too_long = len(call.request.body) > MAX_BODY
    if call.action in _METERED:
        tokens = 0 if too_long else estimate(call.request.body, target.model)
        call.charge.reserve(
            aws.meter,
            target.model,
            target.route,
            region=call.region,
            tokens=tokens,
            at=call.now.timestamp(),
        )
    if too_long:
        rule = f"Member must have length less than or equal to {MAX_BODY}"
        raise broken_rule("", "body", rule)
    return target.model


def check_caller(aws: Aws, call: Call) -> None:
    """Refuse a region that is closed to the account, then what IAM does not allow (facts 6.3)."""
    if call.region not in aws.account.bedrock_regions or _is_closed(aws, call.region):
        raise _closed(call, next(iter(_resources(aws, call)), "*"))
    if aws.account.closed_regions or not aws.permissions.unlimited:
        _check_iam(aws, call, _resources(aws, call))


def may_subscribe(aws: Aws, call: Call) -> bool:
    """Whether the caller has the rights that the Marketplace agreement of a model needs."""
    return all(aws.permissions.allows(call.signer.key, action) for action in _SUBSCRIPTION)


def _check_iam(aws: Aws, call: Call, resources: tuple[str, ...]) -> None:
    """Refuse what no policy allows, and a profile that may route to a closed region (5.1)."""
    aws.permissions.check(call.signer.key, f"bedrock:{call.action}", resources)
    if aws.account.closed_regions:
        for arn in resources:
            if arn.count(":") > 3 and _is_closed(aws, arn.split(":")[3]):
                raise _closed(call, arn)


def _is_closed(aws: Aws, region: str) -> bool:
    return region in aws.account.closed_regions


def _closed(call: Call, resource: str) -> Exception:
    return denied(call.signer.key.arn, f"bedrock:{call.action}", resource, BY_ORGANIZATION)


def _resources(aws: Aws, call: Call) -> tuple[str, ...]:
    """Return what a call is about, as IAM names it: ARNs, or `*` where the path names nothing."""
    for name in ("modelId", "profileId"):
        if name in call.parameters:
            return aws.model_ids.arns(call.parameters[name], region=call.region)
    if "guardrailIdentifier" in call.parameters:
        return (aws.guardrails.arn(call.parameters["guardrailIdentifier"], call.region),)
    if call.operation == "StartAsyncInvoke":
        return ()  # its body names the model; `open_model` asks for the right
    named = next((v for v in call.parameters.values() if v.startswith("arn:")), "*")
    return (named,)
