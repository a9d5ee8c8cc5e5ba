"""Write one answer of STS for two shells, and read it back from each."""

import re
import shutil
import subprocess

from workshop.session import bash, powershell

values = {
    "AWS_ACCESS_KEY_ID": "ASIAINVENTED00000001",
    "AWS_SECRET_ACCESS_KEY": "invented/secret+with=signs$and'a-quote-01",
    "AWS_SESSION_TOKEN": 'invented"token`with\\signs//+==',
}

lines = powershell(values)
print(lines)
read = dict(re.findall(r"^\$env:(\w+) = '(.*)'$", lines, re.MULTILINE))
read = {name: value.replace("''", "'") for name, value in read.items()}
print("PowerShell sets the same three:", read == values)

lines = bash(values)
print(lines)
shell = shutil.which("bash")
if shell:
    names = " ".join(values)
    show = f'{lines}\nfor n in {names}; do printf "%s\\n" "${{!n}}"; done'
    said = subprocess.run([shell, "-c", show], capture_output=True, text=True)
    read = dict(zip(values, said.stdout.splitlines(), strict=False))
else:
    read = dict(re.findall(r"^export (\w+)='(.*)'$", lines, re.MULTILINE))
    read = {n: v.replace("'\\''", "'") for n, v in read.items()}
print("bash sets the same three:", read == values)
