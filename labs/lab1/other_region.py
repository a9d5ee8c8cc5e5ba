"""Ask for a connection to another region than the compute pool's."""

import os
import sys

from workshop.calls import control_plane
from workshop.regions import region_problem

with control_plane(os.environ) as confluent:
    pool = confluent.get(
        f"/fcpm/v2/compute-pools/{os.environ['FLINK_COMPUTE_POOL_ID']}",
        environment=os.environ["CONFLUENT_ENVIRONMENT_ID"],
    )["spec"]

for region in (pool["region"], "ap-south-1"):
    endpoint = f"https://bedrock-runtime.{region}.amazonaws.com/model/m/invoke"
    problem = region_problem(endpoint, pool["region"])
    if problem:
        sys.exit(f"not created: {problem}")
    print("the endpoint fits the compute pool")
