"""Apply the module, plan again, read the outputs, take it down."""

import json

from workshop.practice import emulator
from workshop.terraform import terraform

YES = ("-auto-approve", "-input=false", "-no-color")

with emulator() as environ, terraform(environ) as run:
    run("init", "-input=false", "-no-color")
    done = run("apply", *YES, enable_bedrock="true")
    print(*[line for line in done.splitlines() if "complete!" in line])

    again = run.planned(enable_bedrock="true")
    print("a second plan changes:", len(again))

    for name, output in json.loads(run("output", "-json")).items():
        mark = "sensitive" if output["sensitive"] else "plain"
        print(f"{name}: {mark}")

    gone = run("destroy", *YES, enable_bedrock="true")
    print(*[line for line in gone.splitlines() if "complete!" in line])
