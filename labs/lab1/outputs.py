"""See what Terraform tells after an apply, and what of it is marked."""

import re

from workshop.module import blocks

secrets = {
    f"var.{name}"
    for name, rule in blocks("variable").items()
    if rule.get("sensitive")
}
secrets |= {
    f"{name}.secret"
    for name in blocks("resource")
    if name.startswith("confluent_api_key.")
}

for name, output in blocks("output").items():
    shows = str(output["value"])
    told = [s for s in secrets if re.search(rf"{re.escape(s)}\b", shows)]
    mark = "sensitive" if output.get("sensitive") else "plain"
    print(f"{name}: {mark}, {len(told)} secrets in it")
    if told and mark == "plain":
        raise SystemExit(f"{name} shows {told[0]} to everybody")
