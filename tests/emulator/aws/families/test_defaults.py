"""What stands for a parameter that a body leaves out (facts amazon-bedrock 4.3-4.11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from runthrough.emulator.aws.catalogue import Model, read_catalogue
from runthrough.emulator.aws.families import (
    cohere_chat,
    cohere_command,
    jamba,
    jurassic,
    llama,
    mistral,
    nova,
    stability,
    titan_embeddings,
    titan_image,
    titan_text,
)
from runthrough.emulator.aws.families.schema import Members, read

MODELS: dict[str, Model] = {model.id: model for model in read_catalogue().models}
SAID = {"messages": [{"role": "user", "content": "a"}]}
NOVA = {"messages": [{"role": "user", "content": [{"text": "a"}]}]}
DRAW: dict[str, Any] = {"taskType": "TEXT_IMAGE", "textToImageParams": {"text": "a"}}
EVERY = {"Whitespaces", "Punctuations", "Numbers", "Stopwords", "Emojis"}
SECOND = MODELS["amazon.titan-image-generator-v2:0"]


@pytest.mark.parametrize(
    ("schema", "body", "defaults"),
    [
        (titan_text.schema(MODELS["amazon.titan-text-lite-v1"]), {"inputText": "a"},
         {"textGenerationConfig": {"temperature": 0.7, "topP": 0.9, "maxTokenCount": 512}}),
        (titan_embeddings._SECOND, {"inputText": "a"}, {"dimensions": 1024, "normalize": True}),
        (titan_image.schema("TEXT_IMAGE", SECOND), DRAW,
         {"imageGenerationConfig": {"numberOfImages": 1, "cfgScale": 8.0, "seed": 42}}),
        (titan_image.schema("TEXT_IMAGE", SECOND), DRAW,
         {"textToImageParams": {"controlMode": "CANNY_EDGE", "controlStrength": 0.7}}),
        (nova.schema(MODELS["amazon.nova-lite-v1:0"]), NOVA,
         {"inferenceConfig": {"temperature": 0.7, "topP": 0.9, "topK": 50}}),
        (llama.SCHEMA, {"prompt": "a"}, {"temperature": 0.5, "top_p": 0.9, "max_gen_len": 512}),
        (mistral.schema(MODELS["mistral.mistral-7b-instruct-v0:2"]), {"prompt": "a"},
         {"max_tokens": 512, "temperature": 0.5, "top_p": 0.9, "top_k": 50}),
        (mistral.schema(MODELS["mistral.mistral-small-2402-v1:0"]), {"prompt": "a"},
         {"max_tokens": 8192, "temperature": 0.7, "top_p": 1}),
        (cohere_command.schema(MODELS["cohere.command-text-v14"]), {"prompt": "a"},
         {"temperature": 0.9, "p": 0.75, "k": 0, "max_tokens": 20, "truncate": "END"}),
        (cohere_chat.schema(MODELS["cohere.command-r-v1:0"]), {"message": "a"},
         {"temperature": 0.3, "p": 0.75}),
        (jurassic.schema(MODELS["ai21.j2-mid-v1"]), {"prompt": "a", "countPenalty": {}},
         {"temperature": 0.5, "topP": 0.5, "maxTokens": 200,
          "countPenalty": {"scale": 0, **{f"applyTo{part}": True for part in EVERY}}}),
        (jamba.schema(MODELS["ai21.jamba-1-5-mini-v1:0"]), SAID,
         {"temperature": 1.0, "top_p": 1.0, "max_tokens": 4096}),
        (stability._SDXL, {"text_prompts": [{"text": "a"}]},
         {"cfg_scale": 7, "steps": 30, "seed": 0, "text_prompts": [{"text": "a", "weight": 1}]}),
        (stability.schema(MODELS["stability.sd3-5-large-v1:0"]), {"prompt": "a"},
         {"seed": 0, "output_format": "png"}),
    ],
)  # fmt: skip
def test_defaults(schema: Members, body: Mapping[str, Any], defaults: Mapping[str, Any]) -> None:
    filled = read(schema, body)
    for name, value in defaults.items():
        found = filled[name]
        if isinstance(value, dict):
            found = {inner: found[inner] for inner in value}
        assert found == value, name
