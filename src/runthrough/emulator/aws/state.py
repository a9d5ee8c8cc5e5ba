"""What stands behind the AWS routes: one account, and a call to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from runthrough.emulator.aws.async_invokes.buckets import Buckets
from runthrough.emulator.aws.async_invokes.store import AsyncInvokes
from runthrough.emulator.aws.catalogue import Catalogue
from runthrough.emulator.aws.control.application_profiles import ApplicationProfiles
from runthrough.emulator.aws.control.tag_store import Tags
from runthrough.emulator.aws.credentials.bearer import ApiKeys
from runthrough.emulator.aws.credentials.canonical import SignedRequest
from runthrough.emulator.aws.credentials.keys import KeyRing
from runthrough.emulator.aws.credentials.signing import Signer
from runthrough.emulator.aws.gates.access import Access
from runthrough.emulator.aws.gates.iam import Permissions
from runthrough.emulator.aws.gates.model_ids import ModelIds
from runthrough.emulator.aws.guardrails.store import Guardrails
from runthrough.emulator.aws.quotas.increases import Increases
from runthrough.emulator.aws.quotas.meter import Charge, Meter
from runthrough.emulator.aws.quotas.table import QuotaTable
from runthrough.emulator.aws.runtime.prompt_cache import PromptCache
from runthrough.emulator.standins import Responder
from runthrough.emulator.world import AwsAccount, Clock


@dataclass(frozen=True)
class Aws:
    """One account and all that its services keep.

    Attributes:
        started: when the emulator did.
        clock: the world's, for the end of sessions and of models.
        respond: who answers prompts.
    """

    account: AwsAccount
    started: datetime
    clock: Clock
    keys: KeyRing
    api_keys: ApiKeys
    catalogue: Catalogue
    model_ids: ModelIds
    application_profiles: ApplicationProfiles
    tags: Tags
    permissions: Permissions
    access: Access
    quotas: QuotaTable
    meter: Meter
    prompt_cache: PromptCache
    increases: Increases
    guardrails: Guardrails
    async_invokes: AsyncInvokes
    buckets: Buckets
    respond: Responder


@dataclass(frozen=True)
class Call:
    """One request to Bedrock that is signed and has found its operation.

    Attributes:
        parameters: what stands in the path, decoded once.
        query: the query's parameters; of several of one name the last.
        began: the monotonic clock when it came in, in seconds.
        charge: what it takes from the quotas.
    """

    operation: str
    action: str
    parameters: Mapping[str, str]
    query: Mapping[str, str]
    request: SignedRequest
    signer: Signer
    now: datetime
    began: float
    charge: Charge = field(default_factory=Charge)

    @property
    def region(self) -> str:
        """The region it is signed for."""
        return self.signer.region
