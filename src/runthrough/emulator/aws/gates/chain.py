"""All gates of a call to a model, one after the other.

The order is that of facts amazon-bedrock 2.11.
"""

from __future__ import annotations

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.fields import broken_rule
from runthrough.emulator.aws.replies import Refused
from runthrough.emulator.aws.state import Aws, Call

MAX_BODY = 25_000_000
"""Bytes of a request or of an answer (facts 2.2)."""


def open_model(aws: Aws, call: Call) -> Model:
    """Return the model that a call names in its path, once every gate is open.

    Raises:
        Refused: by the first gate that is shut.
    """
    model = aws.model_ids.open(call.parameters["modelId"], region=call.region, now=call.now)
    if len(call.request.body) > MAX_BODY:
        rule = f"Member must have length less than or equal to {MAX_BODY}"
        raise broken_rule("", "body", rule)
    return model


def check_region(aws: Aws, call: Call) -> None:
    """Refuse regions closed to the account, as its organisation's policy does (facts 5.1)."""
    if call.region in aws.account.bedrock_regions:
        return
    named = next(iter(call.parameters.values()), "*")
    resource = (
        named
        if named.startswith("arn:") or named == "*"
        else f"arn:aws:bedrock:{call.region}::foundation-model/{named}"
    )
    raise Refused(
        403,
        "AccessDeniedException",
        f"User: {call.signer.key.arn} is not authorized to perform: bedrock:{call.action} on "
        f"resource: {resource} with an explicit deny in a service control policy",
    )
