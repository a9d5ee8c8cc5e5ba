"""The operations of Bedrock's two planes: name, method, path, and whether they are emulated.

Source: facts amazon-bedrock 2.1, 3.1; the roots of what is not emulated are those of botocore's
description of the service, which a test walks through. A page of what the emulator does is made
from this table (design section 7).
"""

from __future__ import annotations

from runthrough.emulator.aws.control.routes import OPERATIONS as CONTROL
from runthrough.emulator.aws.operation import Operation
from runthrough.emulator.aws.runtime.routes import OPERATIONS as RUNTIME

OPERATIONS = (*RUNTIME, *CONTROL)

ROOTS_NOT_EMULATED = frozenset(
    {
        "advanced-prompt-optimization-job",
        "advanced-prompt-optimization-jobs",
        "automated-reasoning-policies",
        "custom-models",
        "data-retention",
        "enforcedGuardrailsConfiguration",
        "evaluation-job",
        "evaluation-jobs",
        "imported-models",
        "logging",
        "marketplace-model",
        "model-copy-jobs",
        "model-customization",
        "model-customization-jobs",
        "model-import-jobs",
        "model-invocation-job",
        "model-invocation-jobs",
        "prompt-routers",
        "provisioned-model-throughput",
        "provisioned-model-throughputs",
        "resource-policy",
    }
)
"""First path segments under which AWS has operations that this emulator has not."""


def root(raw_path: str) -> str:
    """Return the first segment of a path."""
    return raw_path.lstrip("/").partition("/")[0]


ROOTS = ROOTS_NOT_EMULATED | {root(operation.path) for operation in OPERATIONS}
"""First path segments that are Bedrock's."""


def find(method: str, raw_path: str) -> tuple[Operation, dict[str, str]] | None:
    """Return the operation a request names and its parameters, or None where AWS has none.

    Below the roots that are not emulated every path is taken for an operation.
    """
    for operation in OPERATIONS:
        parameters = operation.match(method, raw_path)
        if parameters is not None:
            return operation, parameters
    if root(raw_path) in ROOTS_NOT_EMULATED:
        return Operation(f"{method} {raw_path}", method, raw_path), {}
    return None
