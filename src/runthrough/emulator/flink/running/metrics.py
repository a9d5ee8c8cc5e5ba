"""The metrics of ML_EVALUATE, each computed from right answers and a model's answers.

Source: facts/flink-sql-ai.md 4.1 (the keys of each task). How Confluent Cloud averages is not
documented; ours: classes count alike (macro), BLEU up to four words with smoothing, ROUGE-L as F1,
MAPE in percent, Jaccard over the places where vectors are positive, semantic similarity by the
stand-in's vectors. Rows without label or answer do not count.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runthrough.emulator.standins.embeddings import embed

R_SQUARED = "R²"
"""As facts/flink-sql-ai.md writes it; workshop-labs.md D.3 has R2."""

_DIMENSIONS = 512
_LONGEST = 4
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Sample:
    """One row: the right answer, what the model was given, what it answered."""

    label: Any
    given: tuple[Any, ...]
    answer: Any


Measure = Callable[[Sequence[Sample]], dict[str, float]]


def evaluate(task: str, samples: Sequence[Sample]) -> dict[str, float]:
    """Return the metrics of a task, none if no row counts."""
    known = [s for s in samples if s.answer is not None]
    if task != "clustering":
        known = [s for s in known if s.label is not None]
    return MEASURES[task](known) if known else {}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _classification(samples: Sequence[Sample]) -> dict[str, float]:
    pairs = [(str(s.label).strip(), str(s.answer).strip()) for s in samples]
    right = Counter(label for label, answer in pairs if label == answer)
    labelled = Counter(label for label, _ in pairs)
    answered = Counter(answer for _, answer in pairs)
    precisions, recalls, scores = [], [], []
    for name in sorted({*labelled, *answered}):
        precision = right[name] / answered[name] if answered[name] else 0.0
        recall = right[name] / labelled[name] if labelled[name] else 0.0
        both = precision + recall
        precisions.append(precision)
        recalls.append(recall)
        scores.append(2 * precision * recall / both if both else 0.0)
    return {
        "Accuracy": sum(right.values()) / len(pairs),
        "Precision": _mean(precisions),
        "Recall": _mean(recalls),
        "F1": _mean(scores),
    }


def _clustering(samples: Sequence[Sample]) -> dict[str, float]:
    """Davies-Bouldin: how wide neighbouring clusters are for their distance; less is better."""
    clusters: dict[str, list[list[float]]] = defaultdict(list)
    for sample in samples:
        place = [x for value in sample.given for x in _numbers(value)]
        clusters[str(sample.answer)].append(place)
    middles = {name: [_mean(c) for c in zip(*rows, strict=True)] for name, rows in clusters.items()}
    widths = {
        name: _mean([math.dist(row, middles[name]) for row in rows])
        for name, rows in clusters.items()
    }
    worst = [
        max(
            (_ratio(widths[a] + widths[b], math.dist(middles[a], middles[b])))
            for b in clusters
            if b != a
        )
        for a in clusters
        if len(clusters) > 1
    ]
    return {"Mean Davies-Bouldin Index": _mean(worst)}


def _ratio(above: float, below: float) -> float:
    return above / below if below else math.inf if above else 0.0


def _embedding(samples: Sequence[Sample]) -> dict[str, float]:
    pairs = [(_numbers(s.label), _numbers(s.answer)) for s in samples]
    pairs = [(a, b) for a, b in pairs if len(a) == len(b) and a]
    return {
        "Mean Cosine Similarity": _mean([cosine(a, b) for a, b in pairs]),
        "Mean Jaccard Similarity": _mean([_jaccard(a, b) for a, b in pairs]),
        "Mean Euclidean Distance": _mean([math.dist(a, b) for a, b in pairs]),
    }


def _numbers(value: Any) -> list[float]:
    items = value if isinstance(value, list | tuple) else [value]
    return [0.0 if item is None else float(item) for item in items]


def cosine(a: Sequence[float], b: Sequence[float]) -> float:
    """Return the cosine of the angle between two vectors; 0 if one has no length."""
    lengths = math.hypot(*a) * math.hypot(*b)
    return sum(x * y for x, y in zip(a, b, strict=True)) / lengths if lengths else 0.0


def _jaccard(a: Sequence[float], b: Sequence[float]) -> float:
    ones = {n for n, x in enumerate(a) if x > 0}
    others = {n for n, x in enumerate(b) if x > 0}
    return len(ones & others) / len(ones | others) if ones | others else 1.0


def _regression(samples: Sequence[Sample]) -> dict[str, float]:
    pairs = [(float(s.label), float(s.answer)) for s in samples]
    errors = [answer - label for label, answer in pairs]
    squared = _mean([e * e for e in errors])
    middle = _mean([label for label, _ in pairs])
    spread = _mean([(label - middle) ** 2 for label, _ in pairs])
    shares = [abs(e / label) for (label, _), e in zip(pairs, errors, strict=True) if label]
    return {
        "MAE": _mean([abs(e) for e in errors]),
        "MSE": squared,
        "RMSE": math.sqrt(squared),
        "MAPE": 100 * _mean(shares),
        R_SQUARED: 1 - squared / spread if spread else (0.0 if squared else 1.0),
    }


def _text_generation(samples: Sequence[Sample]) -> dict[str, float]:
    pairs = [(str(s.label), str(s.answer)) for s in samples]
    words = [(_words(label), _words(answer)) for label, answer in pairs]
    return {
        "Mean BLEU": _mean([_bleu(a, b) for a, b in words]),
        "Mean ROUGE": _mean([_rouge(a, b) for a, b in words]),
        "Mean Semantic Similarity": _mean(
            [cosine(embed(a, _DIMENSIONS), embed(b, _DIMENSIONS)) for a, b in pairs]
        ),
    }


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _bleu(reference: list[str], candidate: list[str]) -> float:
    if not reference or not candidate:
        return float(reference == candidate)
    logs = []
    for size in range(1, min(_LONGEST, len(candidate)) + 1):
        wanted, given = _grams(reference, size), _grams(candidate, size)
        hits, total = sum((wanted & given).values()), sum(given.values())
        if size == 1 and hits == 0:
            return 0.0
        smooth = 0 if size == 1 else 1
        logs.append(math.log((hits + smooth) / (total + smooth)))
    brevity = min(0.0, 1 - len(reference) / len(candidate))
    return math.exp(brevity + _mean(logs))


def _grams(words: list[str], size: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[n : n + size]) for n in range(len(words) - size + 1))


def _rouge(reference: list[str], candidate: list[str]) -> float:
    if not reference or not candidate:
        return float(reference == candidate)
    row = [0] * (len(candidate) + 1)
    for word in reference:
        before = 0
        for n, other in enumerate(candidate, 1):
            here = row[n]
            row[n] = before + 1 if word == other else max(row[n], row[n - 1])
            before = here
    common = row[-1]
    precision, recall = common / len(candidate), common / len(reference)
    return 2 * precision * recall / (precision + recall) if common else 0.0


MEASURES: Mapping[str, Measure] = {
    "classification": _classification,
    "clustering": _clustering,
    "embedding": _embedding,
    "regression": _regression,
    "text_generation": _text_generation,
}
"""What is measured, by task."""
