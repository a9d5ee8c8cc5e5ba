"""Have Terraform check the module and plan it, with and without Bedrock."""

from workshop.practice import emulator
from workshop.terraform import terraform

with emulator() as environ, terraform(environ) as run:
    run("init", "-input=false", "-no-color")
    print(run("validate", "-no-color").strip())
    for wanted in ("false", "true"):
        planned = run.planned(enable_bedrock=wanted)
        found = [name for name in planned if "flink_connection" in name]
        print(
            f"enable_bedrock={wanted}: {len(planned)} resources,",
            f"{len(found)} connections to Bedrock",
        )
