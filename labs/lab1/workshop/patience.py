"""Ask a model that the account may not call yet, again and again."""

import time
from collections.abc import Iterable
from typing import Any

from botocore.exceptions import ClientError

PAUSES = (5, 10, 20, 40, 80, 160, 240, 345)
"""Seconds between two calls: 15 minutes in all."""

WAITING = {
    "use case details": "fill in Anthropic's form: Bedrock console, Model"
    " catalog, a Claude model; it counts after 15 minutes",
    "agreement": "AWS is making the agreement with the model's vendor",
}
"""What a refusal says that goes away, and what to do meanwhile."""


def ask_patiently(
    runtime: Any, model_id: str, pauses: Iterable[float] = PAUSES
) -> str:
    """Return the model's answer, or raise TimeoutError with a hint.

    A refusal that no waiting mends is raised at once.
    """
    for pause in (*pauses, None):
        try:
            return _ask(runtime, model_id)
        except ClientError as e:
            code = e.response["Error"]["Code"]
            hint = _hint(e)
            print(f"{code}: {hint}")
        if pause is not None:
            time.sleep(pause)
    raise TimeoutError(hint)


def _ask(runtime: Any, model_id: str) -> str:
    answer = runtime.converse(
        modelId=model_id,
        messages=[{"role": "user", "content": [{"text": "What is 1+1?"}]}],
        inferenceConfig={"maxTokens": 16},
    )
    text: str = answer["output"]["message"]["content"][0]["text"]
    return f"{text} ({answer['usage']['totalTokens']} tokens)"


def _hint(error: ClientError) -> str:
    said = error.response["Error"]["Message"]
    for words, hint in WAITING.items():
        if words in said:
            return hint
    raise error
