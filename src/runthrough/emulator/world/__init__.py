"""The world: everything the emulator pretends exists before the first request.

A world is a YAML file (shipped ones live in `worlds/`), read safely and checked whole, so that a
misspelt key is an error with its place and not a surprise at the third request.
"""

from __future__ import annotations

from runthrough.emulator.world.access import (
    IamStatement,
    ModelAccess,
    QuotaValue,
)
from runthrough.emulator.world.aws import (
    AwsAccount,
    AwsKey,
    AwsRole,
    BedrockKey,
    Guardrail,
    GuardrailVersion,
    ProvisionedModel,
    WordPolicy,
)
from runthrough.emulator.world.confluent import (
    Cluster,
    ComputePool,
    ConfluentKey,
    Environment,
    Organization,
    Principal,
    Propagation,
    RoleBinding,
    SchemaRegistry,
)
from runthrough.emulator.world.openai import (
    OPENAI_KEY,
    OpenAiAccount,
    OpenAiKey,
)
from runthrough.emulator.world.parts import (
    Clock,
    Duration,
    utc_now,
)
from runthrough.emulator.world.world import (
    World,
    read_world,
)

__all__ = [
    "OPENAI_KEY",
    "AwsAccount",
    "AwsKey",
    "AwsRole",
    "BedrockKey",
    "Clock",
    "Cluster",
    "ComputePool",
    "ConfluentKey",
    "Duration",
    "Environment",
    "Guardrail",
    "GuardrailVersion",
    "IamStatement",
    "ModelAccess",
    "OpenAiAccount",
    "OpenAiKey",
    "Organization",
    "Principal",
    "Propagation",
    "ProvisionedModel",
    "QuotaValue",
    "RoleBinding",
    "SchemaRegistry",
    "WordPolicy",
    "World",
    "read_world",
    "utc_now",
]
