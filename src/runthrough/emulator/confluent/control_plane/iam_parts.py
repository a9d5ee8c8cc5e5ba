"""What the three kinds of iam/v2 share.

Source: facts/confluent-cloud-api.md 3.4 and 3.9.
"""

from __future__ import annotations

from datetime import datetime

from runthrough.emulator.confluent.envelope import Json
from runthrough.emulator.confluent.http import Call, timestamp


def stamped(
    call: Call, path: str, resource_name: str, created: datetime, updated: datetime
) -> Json:
    """Return the metadata of an object."""
    return {
        "self": call.base_url + path,
        "resource_name": resource_name,
        "created_at": timestamp(created),
        "updated_at": timestamp(updated),
    }
