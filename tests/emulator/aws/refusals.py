"""How tests read what AWS refuses: through botocore's own error."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError


def refused(call: Any, *arguments: Any, **named: Any) -> tuple[int, str, str]:
    """Return status, code and message of the error that a call of boto3 raises."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **named)
    error = caught.value.response
    status: int = error["ResponseMetadata"]["HTTPStatusCode"]
    return status, error["Error"]["Code"], error["Error"]["Message"]
