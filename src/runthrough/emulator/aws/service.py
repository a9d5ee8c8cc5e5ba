"""From a request as it came in to the operation that answers it.

All hosts are one here, so the region of a call is the one it is signed for; where the request
names an AWS host, that host's region is the only valid one.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl

from runthrough.emulator.aws import operations
from runthrough.emulator.aws.async_invokes.buckets import Buckets
from runthrough.emulator.aws.async_invokes.store import AsyncInvokes
from runthrough.emulator.aws.catalogue import Catalogue, read_catalogue
from runthrough.emulator.aws.control.application_profiles import ApplicationProfiles
from runthrough.emulator.aws.control.tag_store import Tags
from runthrough.emulator.aws.credentials import sts
from runthrough.emulator.aws.credentials.bearer import ApiKeys, BadApiKey
from runthrough.emulator.aws.credentials.callers import caller_of_bedrock, signer_of
from runthrough.emulator.aws.credentials.canonical import SignedRequest
from runthrough.emulator.aws.credentials.keys import KeyRing
from runthrough.emulator.aws.credentials.signing import scope_service
from runthrough.emulator.aws.gates.access import Access
from runthrough.emulator.aws.gates.chain import check_caller
from runthrough.emulator.aws.gates.iam import Permissions
from runthrough.emulator.aws.gates.model_ids import ModelIds
from runthrough.emulator.aws.gates.patterns import wildcard
from runthrough.emulator.aws.guardrails.store import Guardrails
from runthrough.emulator.aws.operation import Operation
from runthrough.emulator.aws.quotas import service as quotas_api
from runthrough.emulator.aws.quotas.increases import Increases
from runthrough.emulator.aws.quotas.meter import Meter
from runthrough.emulator.aws.quotas.table import QuotaTable
from runthrough.emulator.aws.replies import (
    EventStream,
    Refused,
    Reply,
    bearer_refusal,
    json_refusal,
    not_emulated,
    target_refusal,
    unknown_operation,
)
from runthrough.emulator.aws.runtime.prompt_cache import PromptCache
from runthrough.emulator.aws.state import Aws, Call
from runthrough.emulator.standins import Responder, respond
from runthrough.emulator.world import AwsAccount, Clock
from runthrough.errors import EmulatorError


def open_account(
    account: AwsAccount, *, started: datetime, clock: Clock, responder: Responder = respond
) -> Aws:
    """Return an account with all its services; see `AwsApp`."""
    catalogue = read_catalogue()
    keys = KeyRing(account.keys, started=started)
    check_account(account, catalogue)
    application = ApplicationProfiles(account_id=account.account_id)
    tags = Tags()
    for bought in account.provisioned_models:
        tags.begin(bought.arn(account.account_id))
    buckets = Buckets(account)
    quotas = QuotaTable(catalogue, account.quotas, on_hold=account.access.standing == "hold")
    return Aws(
        account=account,
        started=started,
        clock=clock,
        keys=keys,
        api_keys=ApiKeys.of(
            account.bedrock_keys,
            ring=keys,
            region=account.bedrock_regions[0],
            started=started,
            clock=clock,
        ),
        catalogue=catalogue,
        model_ids=ModelIds(
            catalogue,
            account_id=account.account_id,
            application=application,
            provisioned=account.provisioned_models,
            inactive=account.access.inactive_models,
        ),
        application_profiles=application,
        tags=tags,
        permissions=Permissions(account.iam),
        access=Access(account.access, catalogue=catalogue, clock=clock),
        quotas=quotas,
        meter=Meter(quotas),
        prompt_cache=PromptCache(),
        increases=Increases(),
        guardrails=Guardrails(account.guardrails, account_id=account.account_id, started=started),
        async_invokes=AsyncInvokes(account_id=account.account_id, buckets=buckets, clock=clock),
        buckets=buckets,
        respond=responder,
    )


def check_account(account: AwsAccount, catalogue: Catalogue) -> None:
    """Judge what only the catalogue can tell of a world's account.

    Raises:
        EmulatorError: a region or model that Bedrock does not have, by its place in the world.
    """
    for place in ("bedrock_regions", "closed_regions"):
        for region in getattr(account, place):
            if region not in catalogue.regions:
                raise EmulatorError(f"aws.{place}: Bedrock has no region {region!r}")
    models = {model.id for model in catalogue.models}
    patterns = {
        "access.agreements": account.access.agreements,
        "access.inactive_models": account.access.inactive_models,
        "provisioned_models": [bought.model for bought in account.provisioned_models],
    }
    for place, names in patterns.items():
        for name in names:
            if not any(wildcard((name,)).fullmatch(model) for model in models):
                raise EmulatorError(f"aws.{place}: Bedrock has no model {name!r}")


def answer(aws: Aws, request: SignedRequest) -> Reply | EventStream:
    """Answer one request, whichever service it is for."""
    if request.raw_path == "/":
        return _answer_service(aws, request)
    found = operations.find(request.method, request.raw_path)
    if found is None:
        return unknown_operation()
    try:
        return _answer_bedrock(aws, request, *found)
    except BadApiKey:
        return bearer_refusal()
    except Refused as refused:
        return json_refusal(refused)


def _answer_service(aws: Aws, request: SignedRequest) -> Reply:
    """Answer what is told apart by its body or a header: STS, Service Quotas, and others."""
    target = request.header("x-amz-target")
    service = scope_service(request)
    if target is not None:
        try:
            signer = signer_of(aws, request, service=service or quotas_api.SERVICE)
            return quotas_api.call(aws, target, request.body, signer=signer, now=aws.clock())
        except Refused as refused:
            return target_refusal(refused)
    form = request.body.decode("utf-8", "replace") if request.method == "POST" else ""
    parameters = dict(parse_qsl(request.query) + parse_qsl(form))
    if "Action" not in parameters:
        return unknown_operation()
    try:
        signer = signer_of(aws, request, service=service or sts.SERVICE)
        if service != sts.SERVICE:
            raise not_emulated(f"The AWS service {service!r}")
        return sts.call(aws, parameters, signer)
    except Refused as refused:
        return sts.refuse(refused)


def _answer_bedrock(
    aws: Aws, request: SignedRequest, operation: Operation, parameters: Mapping[str, str]
) -> Reply | EventStream:
    began = time.monotonic()
    signer = caller_of_bedrock(aws, request)
    call = Call(
        operation=operation.name,
        action=operation.iam_action,
        parameters=parameters,
        query=dict(parse_qsl(request.query)),
        request=request,
        signer=signer,
        now=aws.clock(),
        began=began,
    )
    check_caller(aws, call)
    if operation.handler is None:
        raise not_emulated(operation.name)
    try:
        return operation.handler(aws, call)
    except Exception:
        call.charge.give_back()
        raise
