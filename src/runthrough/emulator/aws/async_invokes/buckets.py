"""Reading from S3 and writing to it, through an S3 service that has to be named.

The emulator has none of its own and must not send made-up keys to AWS, as with Tableflow.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from runthrough.emulator.world import AwsAccount

ENDPOINT = "AWS_ENDPOINT_URL_S3"
S3_URI = re.compile(r"s3://([a-z0-9][.\-a-z0-9]{1,61}[a-z0-9])(/.*)?")
_PATIENCE_SECONDS = 10
_MOST_READ = 25_000_000


class BucketError(Exception):
    """The bucket cannot be written to or read from; the text says why."""


class NoS3Error(BucketError):
    """No S3 service is named."""


@dataclass(frozen=True)
class Folder:
    """Where in S3 a job writes.

    Attributes:
        uri: `s3://`, a bucket, and a prefix without a slash at its end.
        kms_key: the key that encrypts it; "" = the bucket's own way.
        owner: the account the bucket has to belong to; "" = any.
    """

    uri: str
    kms_key: str = ""
    owner: str = ""

    def inside(self, name: str) -> Folder:
        """Return a folder in this one."""
        return Folder(f"{self.uri}/{name}", self.kms_key, self.owner)


@dataclass(frozen=True)
class Buckets:
    """The S3 service that an account's buckets are in."""

    aws: AwsAccount = field(repr=False)

    def write(self, folder: Folder, files: Mapping[str, bytes], *, region: str) -> None:
        """Write files into a folder. Raises BucketError where that cannot be."""
        bucket, prefix = _split(folder.uri)
        try:
            with closing(self._client(region)) as client:
                for name, data in files.items():
                    key = f"{prefix}/{name}" if prefix else name
                    client.put_object(Bucket=bucket, Key=key, Body=data, **_options(folder))
        except (BotoCoreError, ClientError) as e:
            raise BucketError(f"{folder.uri} cannot be written to: {e}") from e

    def read(self, uri: str, *, owner: str = "", region: str) -> bytes:
        """Return an object.

        Args:
            uri: `s3://`, a bucket, and the object's key.
            owner: the account the bucket has to belong to; "" = any.
            region: the bucket's.

        Raises:
            BucketError: it cannot be read, or has more than 25 MB.
            NoS3Error: no S3 service is named.
        """
        bucket, key = _split(uri)
        try:
            options = {"ExpectedBucketOwner": owner} if owner else {}
            with closing(self._client(region)) as client:
                found = client.get_object(Bucket=bucket, Key=key, **options)
                with closing(found["Body"]) as data:
                    if found["ContentLength"] > _MOST_READ:
                        raise BucketError(f"{uri} has more than {_MOST_READ} bytes")
                    return bytes(data.read())
        except (BotoCoreError, ClientError) as e:
            raise BucketError(f"{uri}: {e}") from e

    def _client(self, region: str) -> Any:
        endpoint = self.aws.s3_endpoint or os.environ.get(ENDPOINT)
        if not endpoint:
            raise NoS3Error(
                f"not emulated: the emulator has no S3. Set {ENDPOINT}, or `s3_endpoint` below "
                "`aws` in the world file, to an S3 service that takes the world's AWS keys"
            )
        key = self.aws.keys[0]
        token = key.session_token
        import boto3  # costs a start more than all routes do, and few worlds name an S3 service

        # A session of its own: jobs run side by side, and the default session is not for threads.
        return boto3.session.Session().client(
            "s3",
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=key.access_key_id,
            aws_secret_access_key=key.secret_access_key.get_secret_value(),
            aws_session_token=None if token is None else token.get_secret_value(),
            config=Config(
                connect_timeout=_PATIENCE_SECONDS,
                read_timeout=_PATIENCE_SECONDS,
                retries={"total_max_attempts": 2, "mode": "standard"},
                s3={"addressing_style": "path"},
            ),
        )


def _split(uri: str) -> tuple[str, str]:
    """Return the bucket and what follows it. Raises BucketError."""
    match = S3_URI.fullmatch(uri)
    if match is None:
        raise BucketError(f"{uri} names no bucket")
    return match[1], (match[2] or "").strip("/")


def _options(folder: Folder) -> dict[str, str]:
    kms = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": folder.kms_key}
    owner = {"ExpectedBucketOwner": folder.owner}
    return (kms if folder.kms_key else {}) | (owner if folder.owner else {})
