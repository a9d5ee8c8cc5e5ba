"""From a prompt to an answer: the one way all operations that run a model take.

A prompt whose beginning is kept in the cache is answered like any other; only the token counts
tell (facts amazon-bedrock 2.5).
"""

from __future__ import annotations

from dataclasses import replace

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.replies import Refused
from runthrough.emulator.aws.state import Aws, Call
from runthrough.emulator.standins import Answer, Prompt


def answer_prompt(aws: Aws, call: Call, model: Model, prompt: Prompt) -> Answer:
    """Return the model's answer, its token counts told apart by what the cache held.

    It settles what the call takes from the quotas: what is read from the cache takes nothing.

    Raises:
        Refused: the prompt has a cache point and the model has no cache; the text is the service's,
            as public issues quote it.
    """
    if prompt.prefixes and not model.cache_minimum:
        raise Refused(
            403,
            "AccessDeniedException",
            "You invoked an unsupported model or your request did not allow prompt caching. See the"
            " documentation for more information.",
        )
    answer = aws.respond(prompt)
    if prompt.prefixes:
        answer = _with_cache(aws, call, model, prompt, answer)
    call.charge.settle(
        input_tokens=answer.input_tokens,
        output_tokens=answer.output_tokens,
        cache_write=answer.cache_write_tokens,
    )
    return answer


def _with_cache(aws: Aws, call: Call, model: Model, prompt: Prompt, answer: Answer) -> Answer:
    use = aws.prompt_cache.use(
        call.region, model.id, prompt.prefixes, least=model.cache_minimum, at=call.now
    )
    counted = answer.input_tokens - use.read - sum(tokens for _, tokens in use.writes)
    # A model behind --llm counts by its own measure, which may come out below ours.
    return replace(
        answer,
        input_tokens=max(counted, 0),
        cache_read_tokens=use.read,
        cache_writes=use.writes,
    )
