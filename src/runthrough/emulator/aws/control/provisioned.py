"""Provisioned throughput: what the world says the account has bought (facts amazon-bedrock 3.1).

Buying, changing and giving back are not emulated. Everything is as old as the emulator; the text
for one that is not known is ours.
"""

from __future__ import annotations

from typing import Any

from runthrough.emulator.aws.catalogue import add_months
from runthrough.emulator.aws.control.bodies import choice, stamp, text, time_of
from runthrough.emulator.aws.control.pages import page_of
from runthrough.emulator.aws.control.patterns import PROVISIONED_ID, PROVISIONED_NAME
from runthrough.emulator.aws.replies import Refused, Reply, json_reply
from runthrough.emulator.aws.state import Aws, Call
from runthrough.emulator.world import ProvisionedModel

_STATUS = ("Creating", "InService", "Updating", "Failed")
_MONTHS = {"OneMonth": 1, "SixMonths": 6}


def list_provisioned(aws: Aws, call: Call) -> Reply:
    """Answer ListProvisionedModelThroughputs with all its filters.

    Raises:
        Refused: a filter, the page size or the token is none.
    """
    query = call.query
    if "statusEquals" in query:
        choice(query["statusEquals"], "statusEquals", _STATUS)
    if "nameContains" in query:
        text(query["nameContains"], "nameContains", most=63, pattern=PROVISIONED_NAME)
    choice(query.get("sortBy", "CreationTime"), "sortBy", ("CreationTime",))
    order = choice(query.get("sortOrder", "Descending"), "sortOrder", ("Ascending", "Descending"))
    after, before = time_of(query, "creationTimeAfter"), time_of(query, "creationTimeBefore")
    in_time = (after is None or aws.started > after) and (before is None or aws.started < before)
    found = [
        described
        for described in (_describe(aws, bought) for bought in _here(aws, call) if in_time)
        if query.get("statusEquals", described["status"]) == described["status"]
        and query.get("modelArnEquals", described["modelArn"]) == described["modelArn"]
        and query.get("nameContains", "") in described["provisionedModelName"]
    ]
    if order == "Descending":
        found.reverse()
    return json_reply(page_of(found, query, name="provisionedModelSummaries"))


def get_provisioned(aws: Aws, call: Call) -> Reply:
    """Answer GetProvisionedModelThroughput, by id, name or ARN.

    Raises:
        Refused: 400 this cannot be one; 404 there is no such throughput here.
    """
    named = text(
        call.parameters["provisionedModelId"],
        "provisionedModelId",
        most=2048,
        pattern=PROVISIONED_ID,
    )
    for bought in _here(aws, call):
        if named in (bought.id, bought.name, bought.arn(aws.account.account_id)):
            failure = {"failureMessage": bought.failure} if bought.failure else {}
            return json_reply(_describe(aws, bought) | failure)
    raise Refused(
        404,
        "ResourceNotFoundException",
        f"The provisioned model {named} was not found in {call.region}.",
    )


def _here(aws: Aws, call: Call) -> list[ProvisionedModel]:
    return [p for p in aws.account.provisioned_models if p.region == call.region]


def _describe(aws: Aws, bought: ProvisionedModel) -> dict[str, Any]:
    model_arn = f"arn:aws:bedrock:{bought.region}::foundation-model/{bought.model}"
    described: dict[str, Any] = {
        "provisionedModelName": bought.name,
        "provisionedModelArn": bought.arn(aws.account.account_id),
        "modelArn": model_arn,
        "desiredModelArn": model_arn,
        "foundationModelArn": model_arn,
        "modelUnits": bought.units,
        "desiredModelUnits": bought.units,
        "status": bought.status,
        "creationTime": stamp(aws.started),
        "lastModifiedTime": stamp(aws.started),
    }
    if bought.commitment is not None:
        ends = add_months(aws.started.date(), _MONTHS[bought.commitment])
        described["commitmentDuration"] = bought.commitment
        described["commitmentExpirationTime"] = f"{ends:%Y-%m-%d}T00:00:00Z"
    return described
