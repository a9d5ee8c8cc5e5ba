from __future__ import annotations

import httpx
import pytest

from ..conftest import Emulated
from .iam_client import Iam


@pytest.fixture
def iam(emulated: Emulated, cloud: httpx.Client) -> Iam:
    return Iam(emulated, cloud)
