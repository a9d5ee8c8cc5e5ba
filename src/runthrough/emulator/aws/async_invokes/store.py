"""The jobs of an account, and how each of them ends.

A job is there as soon as it is started; its answer is written behind the caller's back. Which
requests are the same is judged by what they ask for, not by how it is written.
"""

from __future__ import annotations

import logging
import secrets
import string
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from runthrough.emulator.aws.async_invokes.buckets import BucketError, Buckets, Folder
from runthrough.emulator.aws.replies import Refused
from runthrough.emulator.world import Clock

log = logging.getLogger("runthrough.emulator")

Status = Literal["InProgress", "Completed", "Failed"]
_SIGNS = string.ascii_lowercase + string.digits
_MAX_MESSAGE = 2048


@dataclass(frozen=True)
class Job:
    """One job.

    Attributes:
        token: the caller's clientRequestToken; "" = none.
        asked: what was asked for, to tell the same request again from another one.
        folder: where its answer is written: the caller's, and in it one of the job's own.
        changed: when its status last did.
        failure: why it failed; "" otherwise.
    """

    arn: str
    region: str
    model_arn: str
    token: str
    asked: str
    folder: Folder
    submitted: datetime
    changed: datetime
    status: Status = "InProgress"
    failure: str = ""


class AsyncInvokes:
    """The jobs of one account; thread-safe.

    Args:
        account_id: whose they are.
        buckets: where their answers go.
        clock: the world's.
    """

    def __init__(self, *, account_id: str, buckets: Buckets, clock: Clock) -> None:
        self._account_id, self._buckets, self._clock = account_id, buckets, clock
        self._jobs: dict[str, Job] = {}
        self._by_token: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()

    def start(
        self,
        *,
        region: str,
        model_arn: str,
        token: str,
        asked: str,
        folder: Folder,
        answer: Callable[[], Mapping[str, bytes]],
    ) -> Job:
        """Return the job of a request: a new one, or that of the same request with this token.

        Args:
            region: where it runs.
            model_arn: what answers.
            token: the caller's name for the request; "" = none.
            asked: all that the request asks for.
            folder: where a folder of the job's own is made.
            answer: returns the files of the answer; called for a new job only.

        Raises:
            Refused: 400 ConflictException, the token stands for another request; or as `answer`.
        """
        files = answer() if self._same(region, token, asked) is None else {}
        with self._lock:
            again = self._find_same(region, token, asked)
            if again is not None:
                return again
            job = self._new_job(region, model_arn, token, asked, folder)
            self._jobs[job.arn] = job
            if token:
                self._by_token[region, token] = job.arn
        name = job.arn.rpartition("/")[2]
        threading.Thread(
            target=self._run, args=(job, files), name=f"job-{name}", daemon=True
        ).start()
        return job

    def get(self, arn: str, region: str) -> Job | None:
        """Return a job of a region, None where there is no such job."""
        with self._lock:
            job = self._jobs.get(arn)
        return job if job is not None and job.region == region else None

    def of(self, region: str) -> list[Job]:
        """Return the jobs of a region, the oldest first."""
        with self._lock:
            return [job for job in self._jobs.values() if job.region == region]

    def _same(self, region: str, token: str, asked: str) -> Job | None:
        with self._lock:
            return self._find_same(region, token, asked)

    def _find_same(self, region: str, token: str, asked: str) -> Job | None:
        arn = self._by_token.get((region, token)) if token else None
        if arn is None:
            return None
        if self._jobs[arn].asked != asked:
            raise Refused(
                400,
                "ConflictException",
                "The client request token was used before, for another request.",
            )
        return self._jobs[arn]

    def _new_job(self, region: str, model_arn: str, token: str, asked: str, folder: Folder) -> Job:
        name = "".join(secrets.choice(_SIGNS) for _ in range(12))
        now = self._clock()
        arn = f"arn:aws:bedrock:{region}:{self._account_id}:async-invoke/{name}"
        return Job(arn, region, model_arn, token, asked, folder.inside(name), now, now)

    def _run(self, job: Job, files: Mapping[str, bytes]) -> None:
        try:
            self._buckets.write(job.folder, files, region=job.region)
        except BucketError as e:
            self._end(job, "Failed", str(e))
        except Exception:
            log.exception("the job %s failed inside the emulator", job.arn)
            self._end(job, "Failed", "The job failed inside the emulator; see its log.")
        else:
            self._end(job, "Completed", "")

    def _end(self, job: Job, status: Status, failure: str) -> None:
        with self._lock:
            self._jobs[job.arn] = replace(
                job, status=status, failure=failure[:_MAX_MESSAGE], changed=self._clock()
            )
