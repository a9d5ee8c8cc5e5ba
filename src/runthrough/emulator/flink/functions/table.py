"""The one table of functions: what the emulator calculates, and what it knows it does not.

`SCALARS` and `AGGREGATES` are what a list of functions is published from. A name in
`ELSEWHERE` exists on Confluent Cloud (facts/flink-sql-ai.md 4.1-4.5, 6.2) and is refused as not
emulated; any other name is refused in Flink's words.
"""

from __future__ import annotations

from runthrough.emulator.flink.functions.aggregates import AGGREGATES
from runthrough.emulator.flink.functions.base import Function
from runthrough.emulator.flink.functions.collection_functions import COLLECTION_FUNCTIONS
from runthrough.emulator.flink.functions.json_functions import JSON_FUNCTIONS
from runthrough.emulator.flink.functions.ml_functions import ML_FUNCTIONS
from runthrough.emulator.flink.functions.number_functions import NUMBER_FUNCTIONS
from runthrough.emulator.flink.functions.regex_functions import REGEX_FUNCTIONS
from runthrough.emulator.flink.functions.text_functions import TEXT_FUNCTIONS
from runthrough.emulator.flink.functions.time_functions import TIME_FUNCTIONS

SCALARS: dict[str, Function] = (
    TEXT_FUNCTIONS
    | REGEX_FUNCTIONS
    | NUMBER_FUNCTIONS
    | TIME_FUNCTIONS
    | JSON_FUNCTIONS
    | COLLECTION_FUNCTIONS
    | ML_FUNCTIONS
)

MODEL_FUNCTIONS = ("ML_PREDICT", "AI_COMPLETE", "AI_EMBEDDING")
"""Table functions that call a model and are emulated."""

SEARCH_FUNCTIONS = ("KEY_SEARCH_AGG", "TEXT_SEARCH_AGG", "VECTOR_SEARCH_AGG")
"""Table functions that search external tables."""

MANAGED_FUNCTIONS = ("AI_SENTIMENT", "ML_EVALUATE")
"""Functions of SELECT that call a model; where they may stand is in `bind/scalar_calls.py` and
`bind/evaluate.py`."""

_ELSEWHERE = """
AI_DETECT_PII AI_RUN_AGENT AI_TOOL_INVOKE CURRENT_DATABASE
GROUP_ID ML_BUCKETIZE ML_CHARACTER_TEXT_SPLITTER ML_FILE_FORMAT_TEXT_SPLITTER
ML_LABEL_ENCODER ML_MAX_ABS_SCALER ML_MIN_MAX_SCALER ML_NGRAMS ML_NORMALIZER ML_ONE_HOT_ENCODER
ML_RECURSIVE_TEXT_SPLITTER ML_ROBUST_SCALER ML_STANDARD_SCALER PARSE_JSON PERCENTILE_CONT
PERCENTILE_DISC TRY_PARSE_JSON
"""
ELSEWHERE = frozenset(_ELSEWHERE.split()) - set(SCALARS)
"""Functions that Confluent Cloud has and the emulator does not calculate yet."""

_NULLS_WELCOME = """
ARRAY_APPEND ARRAY_CONCAT ARRAY_CONTAINS ARRAY_DISTINCT ARRAY_EXCEPT ARRAY_INTERSECT ARRAY_JOIN
ARRAY_MAX ARRAY_MIN ARRAY_POSITION ARRAY_PREPEND ARRAY_REMOVE ARRAY_REVERSE ARRAY_SLICE ARRAY_SORT
ARRAY_UNION BTRIM COALESCE ELT ENDSWITH GREATEST IFNULL IS_JSON JSON JSON_ARRAY
JSON_OBJECT JSON_QUOTE JSON_STRING JSON_UNQUOTE LEAST MAP_ENTRIES
MAP_FROM_ARRAYS MAP_KEYS MAP_UNION MAP_VALUES NULLIF PRINTF REGEXP_COUNT REGEXP_EXTRACT_ALL
REGEXP_INSTR REGEXP_SUBSTR SPLIT STARTSWITH TO_TIMESTAMP_LTZ TYPEOF UNHEX URL_DECODE URL_ENCODE
"""
NULLS_WELCOME = frozenset(_NULLS_WELCOME.split())
"""Functions that take a bare NULL; to all others it has no type, and is refused."""

FORMS = ("CURRENT_WATERMARK", "CUMULATE", "HOP", "SESSION", "TUMBLE")
"""Functions that are emulated and are more than a name and its arguments: bound elsewhere."""

_OLD_WINDOWS = ("TUMBLE", "HOP", "SESSION")
REFUSED_ON_CLOUD = frozenset({"PROCTIME"}).union(
    _OLD_WINDOWS,
    *({f"{w}_START", f"{w}_END", f"{w}_ROWTIME", f"{w}_PROCTIME"} for w in _OLD_WINDOWS),
)
"""Functions that Flink has and Confluent Cloud refuses, among them the old windows of GROUP BY
(facts 6.4). The wording is known of PROCTIME alone; that the others have it too is ours."""

__all__ = [
    "AGGREGATES",
    "ELSEWHERE",
    "FORMS",
    "MANAGED_FUNCTIONS",
    "MODEL_FUNCTIONS",
    "REFUSED_ON_CLOUD",
    "SCALARS",
    "SEARCH_FUNCTIONS",
]
