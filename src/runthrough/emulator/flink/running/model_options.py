"""Which options a model may have: those of every model, and those of its provider.

Source: facts/flink-sql-ai.md 2.1 and 2.2. That an unknown key is refused, and in which words, is
our choice, after what tables do (facts 1.4): a misspelt prompt would be a prompt that nobody sends.
"""

from __future__ import annotations

from collections.abc import Mapping

from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.running.model_formats import MAX_PARAMS

PROVIDERS: Mapping[str, tuple[str, ...]] = {
    "anthropic": ("model_version",),
    "azureml": ("deployment_name",),
    "azureopenai": ("model_version",),
    "bedrock": (),
    "confluent": ("model",),
    "fireworksai": ("model_version",),
    "googleai": (),
    "openai": ("model_version",),
    "sagemaker": (
        "custom_attributes",
        "enable_explanations",
        "inference_component_name",
        "inference_id",
        "target_container_hostname",
        "target_model",
        "target_variant",
    ),
    "vertexai": ("service_key",),
}
"""The options that a provider has beyond those of all, without its name in front."""

NOT_EMULATED_PROVIDERS = ("confluent",)
"""Models that Confluent manages have no endpoint that a provider here could stand behind."""

TASKS = ("classification", "clustering", "embedding", "regression", "text_generation")

_OF_MODELS = ("mcp.connection", "provider", "task")
_OF_PROVIDERS = (
    "client_timeout",
    "connection",
    "input_content_type",
    "input_format",
    "output_content_type",
    "output_format",
    "system_prompt",
)


def check_options(options: Mapping[str, str]) -> None:
    """Check a model's options, keys in lower case.

    Raises:
        SqlError: provider or task is missing or unknown, the provider is not emulated, there are
            too many params, or there is an option that no model of the provider has.
    """
    for option, known in (("provider", tuple(PROVIDERS)), ("task", TASKS)):
        given = options.get(option)
        if not given:
            raise SqlError(f"Model option '{option}' is required.")
        if given.lower() not in known:
            raise SqlError(
                f"Unsupported value '{given}' of model option '{option}'; supported are: "
                f"{', '.join(known)}."
            )
    provider = options["provider"].lower()
    if provider in NOT_EMULATED_PROVIDERS:
        raise not_emulated(f"the model provider '{provider}'")
    params = f"{provider}.params."
    if len([key for key in options if key.startswith(params)]) > MAX_PARAMS:
        raise SqlError(f"A model has at most {MAX_PARAMS} options '{params}…'.")
    _refuse_unknown(provider, [key for key in options if not key.startswith(params)])


def _refuse_unknown(provider: str, keys: list[str]) -> None:
    of_provider = (f"{provider}.{name}" for name in (*_OF_PROVIDERS, *PROVIDERS[provider]))
    known = {*_OF_MODELS, *of_provider}
    if unknown := sorted(key for key in keys if key not in known):
        raise SqlError(
            f"Unsupported options found for the model provider '{provider}'.\n\n"
            "Unsupported options:\n\n"
            + "\n".join(unknown)
            + "\n\nSupported options:\n\n"
            + "\n".join([*sorted(known), f"{provider}.params.…"])
        )
