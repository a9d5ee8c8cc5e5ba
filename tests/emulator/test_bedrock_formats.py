"""Flink's body formats meet the vendors' bodies: ML_PREDICT over a model of every family.

The format's body leaves Flink (facts flink-sql-ai 2.3), passes the vendor's schema in our Bedrock
(facts amazon-bedrock 4) and its answer is read back. Dead models are alive on the day chosen here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from runthrough.clients.flink import Flink, Phase
from runthrough.emulator.server import serve
from runthrough.errors import RunthroughError
from runthrough.settings import Settings

BACK = datetime.now(UTC) - datetime(2024, 6, 1, tzinfo=UTC)
STOP = {"stop": "zzz, yyy"}
COMMON = {"temperature": "0.5", "top_p": "0.9", "max_tokens": "50"}
LLAMA, TITAN = "meta.llama3-8b-instruct-v1:0", "amazon.titan-text-express-v1"
NEWER = "mistral.mistral-large-3-675b-instruct"


@pytest.fixture(scope="module")
def exports() -> Iterator[dict[str, str]]:
    with serve(clock=lambda: datetime.now(UTC) - BACK) as running:
        yield running.exports


@pytest.fixture(scope="module")
def flink(exports: dict[str, str]) -> Iterator[Flink]:
    with closing(Flink.from_settings(Settings.read(exports))) as made:
        yield made


def ask(
    flink: Flink,
    exports: dict[str, str],
    model_id: str,
    *,
    name: str,
    output: str = "STRING",
    options: dict[str, str] | None = None,
    question: str = "What is 1+1?",
) -> str:
    """Make a connection and a model, call it once, and return the answer as text."""
    region = "us-west-2" if model_id.startswith("mistral.mistral-large-2407") else "us-east-1"
    task = "text_generation" if output == "STRING" else "embedding"
    given = {"provider": "bedrock", "task": task, "bedrock.connection": f"c_{name}"}
    written = ", ".join(f"'{key}' = '{value}'" for key, value in (given | (options or {})).items())
    shown = "answer" if output == "STRING" else "CARDINALITY(answer)"
    for sql in (
        f"CREATE CONNECTION c_{name} WITH ('type' = 'bedrock', 'endpoint' ="
        f" 'https://bedrock-runtime.{region}.amazonaws.com/model/{model_id}/invoke',"
        f" 'aws-access-key' = '{exports['AWS_ACCESS_KEY_ID']}',"
        f" 'aws-secret-key' = '{exports['AWS_SECRET_ACCESS_KEY']}',"
        f" 'aws-session-token' = '{exports['AWS_SESSION_TOKEN']}')",
        f"CREATE MODEL m_{name} INPUT (q STRING) OUTPUT (answer {output}) WITH ({written})",
    ):
        statement = flink.submit(sql)
        assert statement.phase is Phase.COMPLETED, statement.detail
    rows = flink.query(
        f"SELECT {shown} FROM (VALUES ('{question}')) AS t(q),"
        f" LATERAL TABLE(ML_PREDICT('m_{name}', q))"
    ).rows
    [[answer]] = [list(row) for row in rows]
    return str(answer)


@pytest.mark.parametrize(
    ("model_id", "format_", "params"),
    [
        (TITAN, "", COMMON | STOP),
        (LLAMA, "", COMMON),
        ("us.anthropic.claude-3-7-sonnet-20250219-v1:0", "", COMMON | STOP | {"top_k": "50"}),
        ("cohere.command-text-v14", "", COMMON | STOP | {"top_k": "50"}),
        ("cohere.command-r-v1:0", "COHERE-CHAT", COMMON | STOP | {"top_k": "50"}),
        ("mistral.mistral-7b-instruct-v0:2", "", COMMON | STOP | {"top_k": "50"}),
        (NEWER, "MISTRAL-CHAT", COMMON | STOP | {"top_k": "50"}),
        ("ai21.j2-mid-v1", "", COMMON | STOP),
        ("qwen.qwen3-32b-v1:0", "OPENAI-CHAT", COMMON | STOP),
        ("ai21.jamba-1-5-mini-v1:0", "MISTRAL-CHAT", COMMON | STOP),
    ],
)
def test_a_format_of_texts_fits_its_vendor(
    flink: Flink, exports: dict[str, str], model_id: str, format_: str, params: dict[str, str]
) -> None:
    options = {f"bedrock.params.{name}": value for name, value in params.items()}
    if format_:
        options["bedrock.input_format"] = format_
    name = "".join(sign if sign.isalnum() else "_" for sign in model_id)
    assert ask(flink, exports, model_id, name=name, options=options) == "1 + 1 = 2."


@pytest.mark.parametrize(
    ("model_id", "size"),
    [
        ("amazon.titan-embed-text-v1", 1536),
        ("amazon.titan-embed-text-v2:0", 1024),
        ("amazon.titan-embed-image-v1", 1024),
        ("cohere.embed-english-v3", 1024),
        ("us.cohere.embed-v4:0", 1536),
    ],
)
def test_a_format_of_vectors_fits_its_vendor(
    flink: Flink, exports: dict[str, str], model_id: str, size: int
) -> None:
    name = "".join(sign if sign.isalnum() else "_" for sign in model_id)
    answer = ask(flink, exports, model_id, name=name, output="ARRAY<FLOAT>", question="a pool")
    assert answer == str(size)


@pytest.mark.parametrize(
    ("model_id", "format_"),
    [("cohere.command-r-v1:0", "COHERE-CHAT"), (NEWER, "MISTRAL-CHAT"),
     ("qwen.qwen3-32b-v1:0", "OPENAI-CHAT")],
)  # fmt: skip
def test_a_system_prompt_reaches_the_model(
    flink: Flink, exports: dict[str, str], model_id: str, format_: str
) -> None:
    options = {"bedrock.system_prompt": "Answer in French.", "bedrock.input_format": format_}
    name = f"french_{format_.replace('-', '_')}"
    answer = ask(flink, exports, model_id, name=name, options=options, question="Hello!")
    assert answer.startswith("Bonjour")


def test_parameters_out_of_range_fail_the_statement_in_the_vendors_words(
    flink: Flink, exports: dict[str, str]
) -> None:
    with pytest.raises(RunthroughError, match=r"#/temperature: 1\.5 is not less or equal to 1"):
        ask(flink, exports, LLAMA, name="hot", options={"bedrock.params.temperature": "1.5"})
