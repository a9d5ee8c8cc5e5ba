"""How far the account has come with access to models: the form and the agreements.

Source: facts amazon-bedrock 2.11 (texts), 3.1, 3.2. Every serverless model is open by default;
what can stand in the way is the account's standing, Anthropic's form, and the Marketplace
agreement of vendors that sell there, which the first call begins by itself. Chosen here, where the
sheet leaves it open:

- while an agreement is PENDING calls are refused (AWS says that they may already succeed);
- the text of that refusal is ours: the sheet has only its name, MPAgreementBeingCreated;
- an agreement outlives the payment method and the rights it was made with.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from runthrough.emulator.aws.catalogue import Catalogue, Model
from runthrough.emulator.aws.gates.patterns import last_fit
from runthrough.emulator.aws.replies import Refused, invalid
from runthrough.emulator.world import Clock, ModelAccess

Status = Literal["AVAILABLE", "PENDING", "NOT_AVAILABLE", "ERROR"]

SUBMITTED_FORM = (
    b'{"companyName":"River Hotels","companyWebsite":"https://river-hotels.example",'
    b'"intendedUsers":"0","industryOption":"Hospitality","otherIndustryOption":"",'
    b'"useCases":"A workshop: summaries of hotel reviews."}'
)
"""The form of a world that says it has been submitted; all of it is invented."""

_FORM_MISSING = (
    "Model use case details have not been submitted for this account. Fill out the Anthropic use "
    "case details form before using the model. If you have already filled out the form, try again "
    "in 15 minutes."
)
_SUBSCRIPTION_FAILED = (
    "Your AWS Marketplace subscription for this model cannot be completed at this time."
)
_RIGHTS_MISSING = (
    "Model access is denied due to IAM user or service role is not authorized to perform the "
    "required AWS Marketplace actions (aws-marketplace:ViewSubscriptions, "
    "aws-marketplace:Subscribe) to enable access to this model. Refer to the Amazon Bedrock "
    f"documentation for further details. {_SUBSCRIPTION_FAILED} If you recently fixed this issue, "
    "try again after 2 minutes."
)
_NO_PAYMENT = "INVALID_PAYMENT_INSTRUMENT:A valid payment instrument must be provided."
_PAYMENT_INVALID = (
    f"Model access is denied due to {_NO_PAYMENT}. {_SUBSCRIPTION_FAILED} If you recently fixed "
    "this issue, try again after 2 minutes."
)
_BEING_CREATED = (
    "Your AWS Marketplace agreement for this model is being created. This can take up to 15 "
    "minutes. Try again later."
)


@dataclass
class _Agreement:
    """One agreement on its way."""

    began: datetime
    reads: int = 0


class Access:
    """The account's form and agreements; thread-safe.

    Args:
        start: what the world says of them.
        catalogue: the models, and which vendors want a form or an agreement.
        clock: the world's.
    """

    def __init__(self, start: ModelAccess, *, catalogue: Catalogue, clock: Clock) -> None:
        self._start, self._catalogue, self._clock = start, catalogue, clock
        self._lock = threading.Lock()
        self._form = SUBMITTED_FORM if start.use_case_form == "submitted" else None
        self._form_counts_from: datetime | None = None
        began = clock()
        self._agreed = {m.id for m in catalogue.models if self._at_first(m) == "available"}
        self._withdrawn = {m.id for m in catalogue.models if self._at_first(m) == "denied"}
        self._pending = {
            m.id: _Agreement(began) for m in catalogue.models if self._at_first(m) == "pending"
        }
        self._failed: set[str] = set()

    @property
    def form(self) -> bytes | None:
        """The form this account has handed in, or None."""
        return self._form

    def submit(self, form: bytes) -> None:
        """Take the form; it counts after the world's `form_takes`."""
        with self._lock:
            if not self._form_counts():
                self._form_counts_from = self._clock() + self._start.form_takes
            self._form = form

    def open(self, model: Model, *, may_subscribe: Callable[[], bool]) -> None:
        """Let a call to a model pass, or begin its agreement.

        Args:
            model: the model that is called.
            may_subscribe: whether the caller has the rights to make an agreement.

        Raises:
            Refused: the account's standing, the form or the agreement is in the way.
        """
        self._check_standing()
        if model.id in self._withdrawn:
            raise _refuse("You don't have access to the model with the specified model ID.")
        self._check_form(model)
        if model.id in self._agreed:
            return
        with self._lock:
            if model.id not in self._agreed and model.id not in self._pending:
                self._begin(model, may_subscribe)
            if self._look(model) != "AVAILABLE":
                raise _refuse(_BEING_CREATED)

    def agree(self, model: Model, *, may_subscribe: Callable[[], bool]) -> None:
        """Begin the agreement of a model, as CreateFoundationModelAgreement does.

        Raises:
            Refused: the standing, the form, the rights or the payment method is in the way; 400
                ConflictException where there is one already (the text is ours).
        """
        self._check_standing()
        with self._lock:
            self._check_form(model)
            if model.id in self._agreed or model.id in self._pending:
                raise Refused(400, "ConflictException", f"{model.id} has an agreement already.")
            self._begin(model, may_subscribe)

    def withdraw(self, model: Model) -> None:
        """End the agreement of a model.

        Raises:
            Refused: 404, there is none (the text is ours).
        """
        with self._lock:
            if not self.needs_agreement(model) or (
                model.id not in self._agreed and model.id not in self._pending
            ):
                raise Refused(
                    404, "ResourceNotFoundException", f"There is no agreement for {model.id}."
                )
            self._agreed.discard(model.id)
            self._pending.pop(model.id, None)

    def status(self, model: Model) -> tuple[Status, str]:
        """Return how far the agreement is, and what went wrong; this look counts."""
        with self._lock:
            if self._wants_form(model) and not self._form_counts():
                return "NOT_AVAILABLE", ""
            status = self._look(model)
            return status, _NO_PAYMENT if status == "ERROR" else ""

    @property
    def authorized(self) -> bool:
        """Whether AWS lets this account use models at all."""
        return self._start.standing == "good"

    def needs_agreement(self, model: Model) -> bool:
        """Whether the vendor of a model sells it through the Marketplace."""
        return model.vendor not in self._catalogue.vendors_without_agreement

    def entitled(self, model: Model) -> bool:
        """Whether AWS has not withdrawn a model from this account."""
        return model.id not in self._withdrawn

    def _check_standing(self) -> None:
        if self._start.standing == "hold":
            raise invalid("Operation not allowed")
        if self._start.standing == "barred":
            raise _refuse("Your account is not authorized to invoke this API operation.")

    def _check_form(self, model: Model) -> None:
        if self._wants_form(model) and not self._form_counts():
            raise Refused(404, "ResourceNotFoundException", _FORM_MISSING)

    def _wants_form(self, model: Model) -> bool:
        return model.vendor in self._catalogue.form_vendors

    def _form_counts(self) -> bool:
        if self._start.use_case_form != "missing":
            return True
        return self._form_counts_from is not None and self._clock() >= self._form_counts_from

    def _at_first(self, model: Model) -> str:
        state = last_fit(self._start.agreements.items(), model.id)
        if state == "denied":
            return state
        return (state or "available") if self.needs_agreement(model) else "available"

    def _look(self, model: Model) -> Status:
        """Return how far an agreement is, and let this look count. Call it under the lock."""
        if model.id in self._agreed:
            return "AVAILABLE"
        pending = self._pending.get(model.id)
        if pending is None:
            return "ERROR" if model.id in self._failed else "NOT_AVAILABLE"
        if self._is_over(pending):
            del self._pending[model.id]
            self._agreed.add(model.id)
            return "AVAILABLE"
        pending.reads += 1
        return "PENDING"

    def _is_over(self, pending: _Agreement) -> bool:
        if self._start.agreement_takes is None:
            return pending.reads >= self._start.agreement_reads
        return self._clock() >= pending.began + self._start.agreement_takes

    def _begin(self, model: Model, may_subscribe: Callable[[], bool]) -> None:
        if not may_subscribe():
            raise _refuse(_RIGHTS_MISSING)
        if self._start.payment == "invalid":
            self._failed.add(model.id)
            raise _refuse(_PAYMENT_INVALID)
        self._pending[model.id] = _Agreement(self._clock())


def _refuse(message: str) -> Refused:
    return Refused(403, "AccessDeniedException", message)
