"""The doctor's look at the AWS account: credentials, model, access, quotas; nothing is changed.

Source: facts amazon-bedrock 6.5 (what to look at, and what to say), 2.11 (the texts of refusals).
"""

from __future__ import annotations

from contextlib import closing

from runthrough.clients.aws import Identity
from runthrough.clients.bedrock import Bedrock, ModelStatus
from runthrough.clients.quotas import Quota, Quotas
from runthrough.doctor.findings import Finding, Verdict
from runthrough.errors import RunthroughError, ServiceError
from runthrough.settings import Settings

_FORM = "fill in Anthropic's use-case form, once per account (Bedrock console, model catalogue)"
_ANSWERS = (
    ("use case details", f"{_FORM}; it counts after 15 minutes"),
    ("too many tokens per day", "ask AWS Support for daily tokens: this takes days"),
    ("too many", "wait a minute; lower max_tokens, which is reserved as a whole"),
    ("agreement for this model is being created", "wait up to 15 minutes and ask again"),
    ("aws-marketplace:", "let somebody with aws-marketplace:Subscribe call the model once"),
    ("invalid_payment_instrument", "give the account a valid payment method; ask in 2 minutes"),
    ("operation not allowed", "the account is on hold: open a support case"),
    ("end of its life", "set BEDROCK_MODEL_ID to a model that lives"),
    ("legacy", "set BEDROCK_MODEL_ID to an active model: new accounts cannot use legacy ones"),
    ("inference profile", "call the model by the id of an inference profile, such as us.…"),
    ("service control policy", "ask the organization's administrator to open the region"),
    ("not authorized to perform", "allow the action in the IAM policy of these credentials"),
    ("security token included in the request is expired", "export fresh credentials"),
)
"""A part of what the model's refusal says (in lower case), and what to do then."""

_CREDENTIALS = (
    ("expired", "the session is over: fetch fresh credentials and export them in this shell"),
    ("signature", "check the secret key, and that this machine's clock is right"),
    ("invalid", "wrong key, or the session token that belongs to it is missing"),
)


def credentials(settings: Settings) -> str | Finding:
    """Say whose credentials these are."""
    try:
        with closing(Identity.from_settings(settings)) as identity:
            caller = identity.caller()
    except ServiceError as e:
        fresh = "fetch fresh credentials and export them in this shell"
        return Finding(Verdict.FAIL, str(e), _advice(_CREDENTIALS, str(e), fresh))
    lifetime = "temporary, their end cannot be read" if identity.temporary else "long-term"
    return f"account {caller.account}, {caller.arn} ({lifetime})"


def model(settings: Settings) -> str | Finding:
    """Say whether the model lives, and for how long."""
    named = settings.text("BEDROCK_MODEL_ID")
    status = _status(settings)
    end = f", ends {status.end_of_life:%Y-%m-%d}" if status.end_of_life else ""
    seen = f"{named} is {status.lifecycle}{end}"
    if status.lifecycle == "LEGACY":
        return Finding(
            Verdict.WARN, seen, "choose an active model: accounts that have not used it lose it"
        )
    if status.lifecycle != "ACTIVE":
        raise RunthroughError(seen)
    return seen


def access(settings: Settings) -> str | Finding:
    """Say whether the account may call the model."""
    status = _status(settings)
    with closing(Bedrock.from_settings(settings)) as bedrock:
        try:
            found = bedrock.model_access(status.base_id)
        except ServiceError as e:
            return _unreadable(e, "bedrock:GetFoundationModelAvailability")
    if found.authorization != "AUTHORIZED":
        hold = "open a support case: the account is on hold"
        return Finding(Verdict.FAIL, f"the account is {found.authorization}", hold)
    if found.region != "AVAILABLE":
        return Finding(
            Verdict.FAIL, f"{status.name} is not in this region", "choose another region or model"
        )
    if found.entitlement != "AVAILABLE":
        seen = f"AWS has withdrawn {status.name}"
        return Finding(Verdict.FAIL, seen, "choose another model")
    if found.agreement == "PENDING":
        return Finding(
            Verdict.WARN, "the agreement is PENDING", "wait up to 15 minutes and ask again"
        )
    if found.agreement != "AVAILABLE":
        seen = f"the agreement is {found.agreement}"
        seen += f": {found.problem}" if found.problem else ""
        todo = f"{_FORM}; then call the model once" if _is_claude(status) else "call it once"
        return Finding(Verdict.FAIL, seen, todo)
    return f"{status.name} is open to this account"


def form(settings: Settings) -> str | Finding:
    """Say whether Anthropic's form has been handed in, where the model is Anthropic's."""
    if not _is_claude(_status(settings)):
        return "not needed for this model"
    with closing(Bedrock.from_settings(settings)) as bedrock:
        try:
            if bedrock.has_use_case_form():
                return "filled in"
        except ServiceError as e:
            return _unreadable(e, "bedrock:GetUseCaseForModelAccess")
    return Finding(
        Verdict.WARN,
        "this account has sent none",
        f"{_FORM}, unless the organization's management account has: --probe decides",
    )


def quotas(settings: Settings) -> str | Finding:
    """Say how much of the model the account may use."""
    named, status = settings.text("BEDROCK_MODEL_ID"), _status(settings)
    with closing(Quotas.from_settings(settings)) as client:
        try:
            found = client.of_model(status.name, named)
            defaults = client.defaults()
        except ServiceError as e:
            return _unreadable(e, "servicequotas:List*")
    if not found:
        return Finding(Verdict.WARN, f"no quota names {status.name}", "look them up in the console")
    zero = [quota.name for quota in found if quota.value == 0]
    if zero:
        seen = f"zero: {'; '.join(zero)}"
        return Finding(Verdict.FAIL, seen, "ask AWS Support to raise it: this takes days")
    below = [quota for quota in found if quota.value < defaults.get(quota.code, 0)]
    if below:
        return Finding(
            Verdict.WARN,
            f"below AWS's default: {'; '.join(map(_told, below))}",
            "a new account: check that it is enough for the class",
        )
    return "; ".join(map(_told, found))


def answers(settings: Settings) -> str | Finding:
    """Ask the model for one token."""
    with closing(Bedrock.from_settings(settings)) as bedrock:
        try:
            reply = bedrock.converse("Say yes.", max_tokens=1)
        except ServiceError as e:
            other = "look the refusal up in Amazon Bedrock's troubleshooting page"
            return Finding(Verdict.FAIL, str(e), _advice(_ANSWERS, str(e), other))
    return f"{reply.output_tokens} token(s) out, {reply.input_tokens} in"


def _status(settings: Settings) -> ModelStatus:
    named = settings.text("BEDROCK_MODEL_ID")
    with closing(Bedrock.from_settings(settings)) as bedrock:
        try:
            return bedrock.model_status(named)
        except ServiceError as e:  # Bedrock does not repeat the id
            raise RunthroughError(f"{named}: {e}") from e


def _unreadable(error: ServiceError, action: str) -> Finding:
    """Say that a right to look is missing, which a workshop can do without.

    Raises:
        ServiceError: it is something else.
    """
    if error.status != 403 or error.code != "AccessDeniedException":
        raise error
    todo = f"allow {action} to see it here; without it only --probe can tell"
    return Finding(Verdict.WARN, str(error), todo)


def _is_claude(status: ModelStatus) -> bool:
    return status.base_id.startswith("anthropic.")


def _advice(table: tuple[tuple[str, str], ...], said: str, otherwise: str) -> str:
    return next((todo for part, todo in table if part in said.lower()), otherwise)


def _told(quota: Quota) -> str:
    return f"{quota.name}: {quota.value:,.0f}"
