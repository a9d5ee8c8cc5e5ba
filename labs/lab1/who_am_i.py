"""See whose keys these are, and whether they work in the pool's region."""

import os

import boto3
from workshop.calls import control_plane

caller = boto3.client(
    "sts", region_name=os.environ["AWS_REGION"]
).get_caller_identity()
print("account:", caller["Account"])
print("you are:", caller["Arn"].rpartition(":")[2])

with control_plane(os.environ) as confluent:
    pool = confluent.get(
        f"/fcpm/v2/compute-pools/{os.environ['FLINK_COMPUTE_POOL_ID']}",
        environment=os.environ["CONFLUENT_ENVIRONMENT_ID"],
    )
here, there = os.environ["AWS_REGION"], pool["spec"]["region"]
print("AWS and the compute pool share one region:", here == there)
