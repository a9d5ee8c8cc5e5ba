"""Apache Flink as a referee: answers what it plans, refuses or computes for a statement.

Runs inside the virtual environment that holds Flink's jars (`apache-flink-libraries`) and nothing
of ours. It compiles
our connector (`connector/`) against the installed jars, once a source text, and becomes the Java
process that reads questions on stdin and answers on stdout, one line of JSON each. The planner is
put on the class path itself, in place of the loader that hides it, so that modes and upsert keys
can be read from the plan.

A question:
    tables: [{name, columns: [[name, type], …], mode: append|upsert|retract, pk: [name, …],
        watermark: "col AS expr", rows: [[op, [value, …], place?], …]}, …]; values as JSON,
        TIMESTAMP as '2024-01-01 00:00:00.000' (LTZ with a trailing Z), BYTES in base64
    ddl: statements to carry out first
    sql: the statement
    sink: none|append|upsert|retract, and pk: the key of the sink
    what: explain|run|both;  explain: true adds the text of the plan;  batch: true
    pause: ms to wait after every row, so that the rows of all tables pass in the order of `place`
    config: {option: value};  zone;  timeout: seconds;  catalog;  database
An answer: columns [[name, type]], mode and keys of the root below the sink, nodes [{depth, text,
    mode, keys}], explain, rows [[op, values]] as the statements gateway encodes them, or error
    (the innermost message) and errors (the whole chain).
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).parent / "connector"
OPEN = ("lang", "lang.invoke", "util", "util.concurrent", "time", "net", "nio", "math", "text")
QUIET = "status = ERROR\nrootLogger.level = OFF\n"


def jars() -> list[Path]:
    """Return the jars of the installed Flink."""
    spec = importlib.util.find_spec("pyflink")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("apache-flink is not installed here")
    return sorted((Path(spec.submodule_search_locations[0]) / "lib").glob("*.jar"))


def build(directory: Path) -> str:
    """Compile the connector into a directory of its own; return the class path to run it."""
    found = jars()
    loader = next(jar for jar in found if "planner-loader" in jar.name)
    planner = directory / f"planner-{loader.stat().st_size}.jar"
    if not planner.exists():
        directory.mkdir(parents=True, exist_ok=True)
        part = planner.with_suffix(f".{os.getpid()}")
        with zipfile.ZipFile(loader) as archive, part.open("wb") as out:
            shutil.copyfileobj(archive.open("flink-table-planner.jar"), out)
        part.replace(planner)
    sources = sorted(HERE.rglob("*.java"))
    digest = hashlib.sha256(b"".join(s.read_bytes() for s in sources)).hexdigest()[:16]
    classes = directory / digest
    libraries = [str(planner), *(str(jar) for jar in found if jar != loader)]
    if not classes.exists():
        part = directory / f"{digest}.{os.getpid()}"
        shutil.copytree(HERE / "META-INF", part / "META-INF")
        (part / "log4j2.properties").write_text(QUIET)
        command = ["javac", "-nowarn", "-Xlint:none", "-d", part, "-cp", os.pathsep.join(libraries)]
        subprocess.run([*command, *sources], check=True, stdout=sys.stderr)
        try:
            part.rename(classes)
        except OSError:  # somebody else was faster
            shutil.rmtree(part)
    return os.pathsep.join([str(classes), *libraries])


def main() -> None:
    """Become the Java process."""
    default = Path(sys.prefix) / "referee"
    path = build(Path(os.environ.get("RUNTHROUGH_ORACLE_BUILD", default)))
    opened = [f"--add-opens=java.base/java.{name}=ALL-UNNAMED" for name in OPEN]
    options = ["-Xmx1500m", "-XX:+UseSerialGC", *opened]
    os.execvp("java", ["java", *options, "-cp", path, "oracle.Referee"])


if __name__ == "__main__":
    main()
