"""Lines about tables as the catalog shows them."""

from __future__ import annotations

from pytest_bdd import parsers, then

from runthrough.clients.flink import Flink


@then(parsers.parse('the table "{name}" has the changelog mode "{mode}"'))
def see_mode(flink: Flink, name: str, mode: str) -> None:
    text = flink.query(f"SHOW CREATE TABLE `{name}`;").rows[0][0]
    line = next((line.strip() for line in text.splitlines() if "changelog.mode" in line), "none")
    assert f"'changelog.mode' = '{mode}'" in text, f"SHOW CREATE TABLE says {line}"


@then(
    parsers.re(
        r'every change of "(?P<source>[^"]+)"(?: where "(?P<condition>[^"]+)")?'
        r' has a row in "(?P<target>[^"]+)"'
    )
)
def follow_changes(flink: Flink, source: str, condition: str | None, target: str) -> None:
    changes, rows = flink.count(source, where=condition), flink.count(target)
    assert changes, f"{source} has no such change yet"
    assert rows == changes, f"{target} has {rows} rows for {changes} changes of {source}"
