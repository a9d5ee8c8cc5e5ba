"""The patterns of the control plane's members, which its refusals quote.

A test compares each with botocore's description of the service.
"""

from __future__ import annotations

import re

_NAME = "[a-z0-9-]{1,63}"
_PROFILE_ARN = "arn:aws(|-us-gov|-cn|-iso|-iso-b):bedrock:(|[0-9a-z-]{0,20}):(|[0-9]{12}):"
_ALPHANUMERIC = "[0-9a-zA-Z]"
_BOUGHT_ARN = r"arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:provisioned-model/[a-z0-9]{12}"

BASE_MODEL_ID = re.compile(
    rf"{_NAME}[.]{{1}}{_NAME}({_NAME}[.]){{0,2}}{_NAME}([:]{_NAME}){{0,2}}(/[a-z0-9]{{12}}|)"
)
PROVIDER = re.compile("[A-Za-z0-9- ]{1,63}")
PROFILE_ID = re.compile(
    rf"({_PROFILE_ARN}(inference-profile|application-inference-profile)/)?[a-zA-Z0-9-:.]+"
)
PROFILE_SOURCE = re.compile(rf"{_PROFILE_ARN}(inference-profile|foundation-model)/[a-zA-Z0-9-:.]+")
PROFILE_NAME = re.compile(f"({_ALPHANUMERIC}[ _-]?)+")
PROFILE_DESCRIPTION = re.compile("([0-9a-zA-Z:.][ _-]?)+")
REQUEST_TOKEN = re.compile("[a-zA-Z0-9]([-a-zA-Z0-9]{0,254}[a-zA-Z0-9])?")
TAG = re.compile(r"[a-zA-Z0-9\s._:/=+@-]*")
GUARDRAIL_NAME = re.compile("[0-9a-zA-Z-_]+")
PROVISIONED_ID = re.compile(rf"((({_ALPHANUMERIC}[_-]?)+)|({_BOUGHT_ARN}))")
PROVISIONED_NAME = re.compile(f"({_ALPHANUMERIC}[_-]?)+")
