"""Where Tableflow's tables lie: in a folder of this machine, or in an S3 bucket.

`Managed` storage is the world's folder. `ByobAws` is a bucket of an S3 service that has to be
named: the emulator has none, and must not send made-up keys to AWS. The layout below the folder or
bucket is ours: environment, cluster, topic, and a name of its own each time Tableflow is enabled.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from runthrough.emulator.confluent.ids import new_id
from runthrough.emulator.confluent.tableflow.bodies import ByobAws, Managed, Storage
from runthrough.emulator.confluent.tableflow.delta import Location
from runthrough.emulator.world import AwsAccount

ENDPOINT = "AWS_ENDPOINT_URL_S3"


class StorageError(Exception):
    """The storage cannot be written to from here; the text says why."""


@dataclass(frozen=True)
class Storages:
    """The storage this emulator can reach.

    Attributes:
        folder: of `Managed` tables.
        aws: whose keys open the buckets.
        region: of the buckets.
    """

    folder: Path
    aws: AwsAccount = field(repr=False)
    region: str

    def locate(self, storage: Storage, *, environment: str, cluster: str, topic: str) -> Location:
        """Return where a topic's table is to lie. Raises StorageError where it cannot be."""
        place = f"{environment}/{cluster}/{topic}/{new_id('v1')}"
        match storage:
            case Managed():
                return Location(str(self.folder.resolve() / place))
            case ByobAws():
                return Location(f"s3://{storage.bucket_name}/{place}", self._s3())
            case _:
                raise StorageError(
                    f"not emulated: storage of kind {storage.kind}; the live target has it"
                )

    def _s3(self) -> dict[str, str]:
        endpoint = self.aws.s3_endpoint or os.environ.get(ENDPOINT)
        if not endpoint:
            raise StorageError(
                f"not emulated: the emulator has no S3. Set {ENDPOINT}, or `s3_endpoint` below "
                "`aws` in the world file, to an S3 service that takes the world's AWS keys"
            )
        key = self.aws.keys[0]
        options = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": self.region,
            "AWS_ACCESS_KEY_ID": key.access_key_id,
            "AWS_SECRET_ACCESS_KEY": key.secret_access_key.get_secret_value(),
            "max_retries": "3",
            "retry_timeout": "10s",
        }
        if key.session_token is not None:
            options["AWS_SESSION_TOKEN"] = key.session_token.get_secret_value()
        return options
