"""Make terraform.tfvars from the sample, unless you have one already."""

import shutil
from pathlib import Path

from workshop.module import MODULE, blocks, read_hcl

sample, own = MODULE / "sample.tfvars", MODULE / "terraform.tfvars"

if own.exists():
    print("terraform.tfvars is there already; it stays as it is")
else:
    shutil.copyfile(sample, own)
    print("terraform.tfvars is made from the sample")

wanted, declared = read_hcl(sample.read_text("utf-8")), blocks("variable")
required = {name for name, rule in declared.items() if "default" not in rule}
ignored = Path("../../.gitignore").read_text("utf-8").split()

print("it has:", ", ".join(wanted))
print(
    "required, but not in the sample:", *(required - set(wanted) or ["none"])
)
print("git ignores it:", own.name in ignored)
