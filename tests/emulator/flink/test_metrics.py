"""The metrics of ML_EVALUATE, by hand (facts/flink-sql-ai.md 4.1)."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.flink.bind.evaluate import TASKS
from runthrough.emulator.flink.running.metrics import MEASURES, Sample, evaluate


def measured(task: str, *pairs: tuple[Any, Any], given: tuple[Any, ...] = ()) -> dict[str, float]:
    return evaluate(task, [Sample(label, given, answer) for label, answer in pairs])


def test_classification_counts_classes_alike() -> None:
    found = measured("classification", ("a", "a"), ("a", "b"), ("b", " b"), ("c", "a"))
    assert found == {
        "Accuracy": 0.5,
        "Precision": pytest.approx((1 / 2 + 1 / 2 + 0) / 3),
        "Recall": pytest.approx((1 / 2 + 1 + 0) / 3),
        "F1": pytest.approx((1 / 2 + 2 / 3 + 0) / 3),
    }


def test_regression() -> None:
    found = measured("regression", (1, 2.0), (3, 3.0), (5, 3.0))
    assert found == {
        "MAE": pytest.approx(1.0),
        "MSE": pytest.approx(5 / 3),
        "RMSE": pytest.approx(math.sqrt(5 / 3)),
        "MAPE": pytest.approx(100 * (1 + 0 + 0.4) / 3),
        "R²": pytest.approx(1 - 5 / 8),
    }
    assert measured("regression", (0, 0), (0, 0))["MAPE"] == 0
    assert measured("regression", (2, 2), (2, 2))["R²"] == 1


def test_embedding() -> None:
    found = measured("embedding", ([1.0, 0.0], [1.0, 0.0]), ([1.0, 0.0], [0.0, 2.0]))
    assert found == {
        "Mean Cosine Similarity": 0.5,
        "Mean Jaccard Similarity": 0.5,
        "Mean Euclidean Distance": pytest.approx(math.sqrt(5) / 2),
    }


def test_clustering_prefers_clusters_that_are_apart() -> None:
    near = [Sample(None, (float(x), [0.0]), "ab"[x > 2]) for x in range(6)]
    far = [Sample(None, (float(x * (9 if x > 2 else 1)), [0.0]), "ab"[x > 2]) for x in range(6)]
    key = "Mean Davies-Bouldin Index"
    assert evaluate("clustering", near)[key] == pytest.approx((2 / 3 + 2 / 3) / 3)
    assert evaluate("clustering", far)[key] < evaluate("clustering", near)[key]
    assert evaluate("clustering", near[:3])[key] == 0


def test_text_generation() -> None:
    same = measured("text_generation", ("The cat sat on the mat", "the cat sat on the mat"))
    assert same == {name: pytest.approx(1.0) for name in same}
    other = measured("text_generation", ("the cat sat on the mat", "dogs bark"))
    assert (other["Mean BLEU"], other["Mean ROUGE"]) == (0, 0)
    half = measured("text_generation", ("the cat sat", "the cat ran"))
    assert 0 < half["Mean BLEU"] < 1
    assert half["Mean ROUGE"] == pytest.approx(2 / 3)
    assert sorted(half) == ["Mean BLEU", "Mean ROUGE", "Mean Semantic Similarity"]


def test_rows_without_label_or_answer_do_not_count() -> None:
    assert measured("classification", ("a", "a"), (None, "a"), ("a", None))["Accuracy"] == 1
    assert measured("regression", (None, None)) == {}
    assert set(MEASURES) == set(TASKS)


@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=30)), min_size=1, max_size=5))
def test_texts_of_any_kind_have_metrics_between_nothing_and_one(
    pairs: list[tuple[str, str]],
) -> None:
    for name, value in measured("text_generation", *pairs).items():
        low = -1.0001 if "Semantic" in name else 0
        assert low <= value <= 1.0001
