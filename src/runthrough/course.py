"""The order of the labs: `labs` in `labs/curriculum.yaml`, beside the folder of the features.

A run goes by it, and so do the agenda, the coverage and the glossary; the build of the site refuses
a navigation that has its pages in another order.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from runthrough.errors import LabError

FILE = Path("labs") / "curriculum.yaml"
"""Where the order stands, below the folder around the features."""


def read_course(features: Path) -> tuple[str, ...]:
    """Return the short names of the labs in the order of the course.

    Args:
        features: the folder of the feature files; the file lies below the folder around it.

    Returns:
        the names; none where there is no such file, or it has no list.

    Raises:
        LabError: the file is not YAML, or its `labs` is no list of names, each there once.
    """
    path = features.absolute().parent / FILE
    if not path.exists():
        return ()
    value = read_yaml(path)
    labs = value.get("labs", []) if isinstance(value, dict) else []
    if not isinstance(labs, list) or not all(isinstance(name, str) for name in labs):
        raise LabError("`labs` is a list of short names, like [lab1, lab2]", path=path, line=1)
    for name in labs:
        if labs.count(name) > 1:
            raise LabError(f"the lab {name!r} is there twice", path=path, line=1)
    return tuple(labs)


def disorder(course: Sequence[str], *, labs: Collection[str], pages: Sequence[str]) -> str | None:
    """Return what does not fit between the course, the labs and the navigation, or None.

    Args:
        course: the names in the order of the course; none = any order will do.
        labs: the short names of the labs there are.
        pages: the lab of each page of the navigation that belongs to one, in its order.
    """
    for name in course:
        if name not in labs:
            return f"the course names the lab {name!r}, which is not there"
    places = [course.index(name) for name in pages if name in course]
    for before, after in pairwise(places):
        if before > after:
            return (
                f"the navigation has {course[before]!r} before {course[after]!r}, the course has "
                "them the other way round"
            )
    return None


def read_yaml(path: Path) -> Any:
    """Return what a YAML file holds. Raises LabError, with the line, where it is not YAML."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except yaml.YAMLError as e:
        mark = getattr(e, "problem_mark", None)
        message = f"this is not YAML: {getattr(e, 'problem', None) or e}"
        raise LabError(message, path=path, line=mark.line + 1 if mark else 1) from e
    except UnicodeDecodeError as e:
        raise LabError("this file is not UTF-8", path=path, line=1) from e
