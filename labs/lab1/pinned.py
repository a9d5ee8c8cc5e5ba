"""See what the module is pinned to, and that no secret stands in it."""

import re

from workshop.module import MODULE, blocks

for folder in (MODULE, MODULE / "storage"):
    (settings,) = blocks("terraform", folder).values()
    print(f"{folder.name}: terraform {settings['required_version']}")
    for providers in settings["required_providers"]:
        for name, pin in providers.items():
            if name != "__is_block__":
                print(f"  {pin['source']} {pin['version']}")

made = sorted(name.partition(".")[0] for name in blocks("resource"))
print(
    "it makes:",
    *(f"  {made.count(k)} {k}" for k in dict.fromkeys(made)),
    sep="\n",
)

text = "".join(file.read_text("utf-8") for file in MODULE.rglob("*.tf"))
written = re.findall(r'(?:secret|password|token)\w*\s*=\s*"[^"$]+"', text)
print("secrets written down:", *(written or ["none"]))
roles = [b["role_name"] for n, b in blocks("resource").items() if "role_" in n]
print("roles:", ", ".join(roles))
