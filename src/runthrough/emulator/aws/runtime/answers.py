"""From a prompt to an answer: the one way all operations that run a model take.

A prompt whose beginning is kept in the cache is answered like any other; only the token counts
tell (facts amazon-bedrock 2.5).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families.family import answers_wanted
from runthrough.emulator.aws.replies import Refused
from runthrough.emulator.aws.runtime.prompt_cache import CacheUse
from runthrough.emulator.aws.state import Aws, Call
from runthrough.emulator.standins import (
    Answer,
    Coming,
    NoAnswer,
    Prompt,
    Streamer,
    Telling,
    count_input,
)


def answer_prompt(aws: Aws, call: Call, model: Model, prompt: Prompt) -> Answer:
    """Return the model's answer, its token counts told apart by what the cache held.

    It settles what the call takes from the quotas: what is read from the cache takes nothing.

    Raises:
        Refused: the prompt has a cache point and the model has no cache; the text is the service's,
            as public issues quote it. Or the server behind `--llm` gave no answer (408 or 424).
    """
    _check_cache(model, prompt)
    with _refusing(model):
        answer = aws.respond(prompt)
    answer = _with_cache(_use_cache(aws, call, model, prompt), answer)
    _settle(call, prompt, answer)
    return answer


def tell_prompt(aws: Aws, call: Call, model: Model, prompt: Prompt) -> Telling:
    """Return the model's answer as it comes; as `answer_prompt` does where it comes whole.

    Where it breaks off the call takes nothing from the quotas.

    Raises:
        Refused: as `answer_prompt`, until the first piece is there; later it is NoAnswer.
    """
    if not isinstance(aws.respond, Streamer):
        return Telling.whole(answer_prompt(aws, call, model, prompt))
    _check_cache(model, prompt)
    with _refusing(model):
        coming = aws.respond.stream(prompt)
        use = _use_cache(aws, call, model, prompt)
        begun = _with_cache(use, Answer("", "end_turn", count_input(prompt), 0))
        return Telling(_settling(call, prompt, coming, use), begun=begun)


def _settling(call: Call, prompt: Prompt, coming: Coming, use: CacheUse) -> Coming:
    """Pass an answer on; at its end, say what the call took."""
    ended = False
    try:
        answer = _with_cache(use, (yield from coming))
        ended = True
    finally:
        if not ended:
            call.charge.give_back()
    _settle(call, prompt, answer)
    return answer


def _settle(call: Call, prompt: Prompt, answer: Answer) -> None:
    call.charge.settle(
        input_tokens=answer.input_tokens,
        output_tokens=answer.output_tokens * answers_wanted(prompt),
        cache_write=answer.cache_write_tokens,
    )


def _check_cache(model: Model, prompt: Prompt) -> None:
    if prompt.prefixes and not model.cache_minimum:
        raise Refused(
            403,
            "AccessDeniedException",
            "You invoked an unsupported model or your request did not allow prompt caching. See the"
            " documentation for more information.",
        )


def _use_cache(aws: Aws, call: Call, model: Model, prompt: Prompt) -> CacheUse:
    if not prompt.prefixes:
        return CacheUse()
    return aws.prompt_cache.use(
        call.region, model.id, prompt.prefixes, least=model.cache_minimum, at=call.now
    )


def _with_cache(use: CacheUse, answer: Answer) -> Answer:
    if not use.read and not use.writes:
        return answer
    counted = answer.input_tokens - use.read - sum(tokens for _, tokens in use.writes)
    # A model behind --llm counts by its own measure, which may come out below ours.
    return replace(
        answer,
        input_tokens=max(counted, 0),
        cache_read_tokens=use.read,
        cache_writes=use.writes,
    )


@contextmanager
def _refusing(model: Model) -> Iterator[None]:
    """Refuse a call whose model gives no answer."""
    try:
        yield
    except NoAnswer as e:
        raise _no_answer(e, model) from e


def _no_answer(problem: NoAnswer, model: Model) -> Refused:
    """Return the refusal of a call whose model gave no answer; what went wrong is said behind.

    The first sentence of a timeout is AWS's (facts 2.11), the other is ours.
    """
    if problem.timed_out:
        text = "Model has timed out in processing the request. Try your request again."
        return Refused(408, "ModelTimeoutException", f"{text} ({problem})")
    text = f"The model returned the following errors: {problem}"
    extra: dict[str, object] = {"resourceName": model.id}
    if problem.status is not None:
        extra["originalStatusCode"] = problem.status
    return Refused(424, "ModelErrorException", text, members=extra)
