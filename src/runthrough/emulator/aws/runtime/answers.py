"""From a prompt to an answer: the one way all four operations that run a model take.

A prompt whose beginning is kept in the cache is answered like any other; only the token counts
tell (facts amazon-bedrock 2.5).
"""

from __future__ import annotations

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.replies import not_emulated
from runthrough.emulator.aws.state import Aws, Call
from runthrough.emulator.standins import Answer, Prompt


def answer_prompt(aws: Aws, call: Call, model: Model, prompt: Prompt) -> Answer:
    """Return the model's answer, its token counts told apart by what the cache held.

    It settles what the call takes from the quotas.
    """
    if prompt.prefixes:
        raise not_emulated("Prompt caching")
    answer = aws.respond(prompt)
    call.charge.settle(input_tokens=answer.input_tokens, output_tokens=answer.output_tokens)
    return answer
