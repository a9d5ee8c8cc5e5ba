"""Whatever JSON a family is sent, it answers or refuses it: nothing else ever leaves it.

Bodies are drawn from the family's own schema, each member right or wrong, so that most of them get
far; the judge is JSON itself and the refusals the rest of the house understands.
"""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runthrough.emulator.aws.catalogue import Model, read_catalogue
from runthrough.emulator.aws.families import (
    FAMILIES,
    cohere_chat,
    cohere_command,
    cohere_embed,
    deepseek,
    jamba,
    jurassic,
    llama,
    marengo,
    mistral,
    nova,
    openai_chat,
    stability,
    titan_embeddings,
    titan_image,
    titan_text,
)
from runthrough.emulator.aws.families.family import TextFamily
from runthrough.emulator.aws.families.pictures import draw
from runthrough.emulator.aws.families.schema import (
    Either,
    Flag,
    Items,
    Kind,
    Members,
    Number,
    Text,
    Whole,
)
from runthrough.emulator.aws.replies import Refused
from runthrough.emulator.standins import Telling, respond
from runthrough.emulator.world import utc_now
from tests.emulator.aws.conftest import FakeAws
from tests.emulator.aws.families.conftest import ALIVE

MODELS = {model.api: model for model in read_catalogue().models}
PICTURE = draw("a", 1, 64, 64)
TEXTS = st.sampled_from(["", "hi", "What is 1+1?", PICTURE, f"data:image/png;base64,{PICTURE}"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


SAID = {"messages": [{"role": "user", "content": "hi"}]}
PROMPT = {"prompt": "hi"}
RIGHT: dict[str, dict[str, Any]] = {
    "ai21-j2": PROMPT,
    "ai21-jamba": SAID,
    "amazon-nova": {"messages": [{"role": "user", "content": [{"text": "hi"}]}]},
    "cohere-chat": {"message": "hi"},
    "cohere-command": PROMPT,
    "deepseek-r1": PROMPT,
    "cohere-embed": {"texts": ["hi"], "input_type": "search_query"},
    "meta-llama": PROMPT,
    "meta-llama4": PROMPT,
    "mistral-chat": SAID,
    "mistral-text": PROMPT,
    "openai-chat": SAID,
    "stability-image": PROMPT,
    "stability-xl": {"text_prompts": [{"text": "hi"}]},
    "titan-embeddings": {"inputText": "hi"},
    "titan-image-embeddings": {"inputText": "hi"},
    "titan-text": {"inputText": "hi"},
    "twelvelabs-marengo": {"inputType": "text", "inputText": "hi"},
    "TEXT_IMAGE": {"taskType": "TEXT_IMAGE", "textToImageParams": {"text": "hi"}},
    "INPAINTING": {
        "taskType": "INPAINTING",
        "inPaintingParams": {"image": PICTURE, "maskPrompt": "hi"},
    },
    "OUTPAINTING": {
        "taskType": "OUTPAINTING",
        "outPaintingParams": {"image": PICTURE, "maskImage": PICTURE, "text": "hi"},
    },
    "IMAGE_VARIATION": {
        "taskType": "IMAGE_VARIATION",
        "imageVariationParams": {"images": [PICTURE]},
    },
    "COLOR_GUIDED_GENERATION": {
        "taskType": "COLOR_GUIDED_GENERATION",
        "colorGuidedGenerationParams": {"text": "hi", "colors": ["#00ff00"]},
    },
    "BACKGROUND_REMOVAL": {
        "taskType": "BACKGROUND_REMOVAL",
        "backgroundRemovalParams": {"image": PICTURE},
    },
}
"""A body that fits, of every case."""


def schema_cases() -> dict[str, tuple[str, Members]]:
    """Return what the bodies of every family may hold, by the name of the case."""
    made = {
        "ai21-j2": jurassic.schema,
        "ai21-jamba": jamba.schema,
        "amazon-nova": nova.schema,
        "cohere-chat": cohere_chat.schema,
        "cohere-command": cohere_command.schema,
        "deepseek-r1": lambda _: deepseek.SCHEMA,
        "meta-llama": llama.schema,
        "meta-llama4": llama.schema,
        "mistral-chat": mistral.chat_schema,
        "mistral-text": mistral.schema,
        "openai-chat": openai_chat.schema,
        "stability-image": stability.schema,
        "titan-text": titan_text.schema,
    }
    cases = {api: (api, schema(MODELS[api])) for api, schema in made.items()}
    cases |= {
        "cohere-embed": ("cohere-embed", cohere_embed._V4),
        "stability-xl": ("stability-xl", stability._SDXL),
        "titan-embeddings": ("titan-embeddings", titan_embeddings._SECOND),
        "titan-image-embeddings": ("titan-image-embeddings", titan_embeddings._IMAGE),
        "twelvelabs-marengo": ("twelvelabs-marengo", marengo._VERSION_2),
    }
    for task in titan_image._TASKS:
        schema = titan_image.schema(task, MODELS["titan-image"])
        cases[task] = ("titan-image", schema.extended(taskType=Text(choices=(task,))))
    return cases


def values(kind: Kind) -> st.SearchStrategy[Any]:
    """Return values that a kind takes, most of them."""
    match kind:
        case Whole(choices=choices) if choices:
            return st.sampled_from([*choices, 7])
        case Whole(low=low, high=high, step=step):
            least = int(low or 0) // step
            most = least + 50 if high is None else min(least + 50, int(high) // step)
            return st.integers(least, most).map(lambda number: number * step)
        case Number(low=low, high=high):
            return st.floats(low or 0, high or 10)
        case Text(choices=choices, pattern=pattern):
            if choices or pattern:
                return st.sampled_from(choices or ("#00ff00", "tool"))
            return TEXTS | st.text(max_size=5)
        case Flag():
            return st.booleans()
        case Items(of=of):
            return st.lists(values(of), max_size=3)
        case Either(kinds=kinds):
            return st.one_of([values(one) for one in kinds])
        case Members():
            return objects(kind)
    return ANYTHING


def bodies(case: str, schema: Members) -> st.SearchStrategy[dict[str, Any]]:
    """Return a body that fits, one member of it drawn anew, and bodies that are all drawn."""
    right = RIGHT[case]
    changed = [
        values(kind).map(lambda value, name=name: right | {name: value})  # type: ignore[misc]
        for name, kind in schema.known.items()
    ]
    return st.one_of(*changed, objects(schema))


def objects(kind: Members) -> st.SearchStrategy[dict[str, Any]]:
    """Return objects with the required members and some others; now and then one is wrong."""
    right = {name: values(one) for name, one in kind.known.items()}
    known = {name: right[name] for name in right if name in kind.required}
    whole = st.fixed_dictionaries(
        known, optional={n: v for n, v in right.items() if n not in known}
    )
    wrong = st.fixed_dictionaries({}, optional={name: v | ANYTHING for name, v in right.items()})
    return st.one_of(whole, whole, whole, wrong)


CASES = schema_cases()
OWN = sorted({api for api, _ in CASES.values()})


def test_every_family_has_a_case() -> None:
    assert set(OWN) == {api for api in FAMILIES if not api.startswith("anthropic")}


@pytest.mark.parametrize("case", CASES)
def test_a_family_answers_or_refuses(case: str) -> None:
    api, schema = CASES[case]
    seen: set[int] = set()

    @settings(max_examples=120, deadline=None, derandomize=True)
    @given(body=bodies(case, schema) | st.dictionaries(st.text(max_size=5), ANYTHING, max_size=4))
    def answers(body: dict[str, Any]) -> None:
        status = 200
        try:
            json.loads(json.dumps(ask(FAMILIES[api], body, MODELS[api]), allow_nan=False))
        except Refused as refused:
            status = refused.status
        seen.add(status)

    answers()
    assert {200, 400} <= seen <= {200, 400, 501}


def ask(family: Any, body: dict[str, Any], model: Model) -> Any:
    if not isinstance(family, TextFamily):
        return family.invoke(body, model).body
    prompt = family.read(body, model)
    answer = respond(prompt)
    pieces = (
        [] if family.chunks is None else list(family.chunks(prompt, Telling.whole(answer), model))
    )
    return [family.write(prompt, answer, model), pieces]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    body=ANYTHING,
    model=st.sampled_from(
        [m for m in MODELS.values() if m.api in OWN and "us-east-1" in m.on_demand]
    ),
    operation=st.sampled_from(["invoke", "invoke-with-response-stream", "converse"]),
)
def test_the_routes_answer_or_refuse_any_json(
    aws: FakeAws, body: Any, model: Model, operation: str
) -> None:

    aws.ahead = ALIVE - utc_now()
    response: httpx.Response = aws.send(
        "POST", f"/model/{model.id}/{operation}", body=json.dumps(body).encode()
    )
    assert response.status_code in (200, 400, 501), response.text
