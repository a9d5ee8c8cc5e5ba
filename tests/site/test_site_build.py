"""Real builds with MkDocs, strict, in a folder of their own."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort, PluginError

from runthrough.site.plugin import RunthroughPlugin


def build_strictly(project: Any) -> Path:
    config = load_config(str(project.root / "mkdocs.yml"), strict=True)
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    return Path(config.site_dir)


def text_of(page: Path) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8")))


def refused(project: Any, caplog: pytest.LogCaptureFixture) -> str:
    with pytest.raises(Abort):
        build_strictly(project)
    return caplog.text


def test_a_strict_build_shows_each_statement_exactly_once(project: Any) -> None:
    site = build_strictly(project)
    text = text_of(site / "lab2" / "index.html")
    assert text.count("FROM bookings WHERE a <> '<us-east-1>' AND b <> '<RUN_ID>';") == 1
    page = (site / "lab2" / "index.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in page
    assert '<link rel="stylesheet" href="../assets/runthrough.css">' in page
    assert (site / "assets" / "runthrough.css").stat().st_size > 0


def test_the_generated_pages_are_there_and_link_to_the_steps(project: Any) -> None:
    site = build_strictly(project)
    for name in ("agenda", "coverage", "glossary"):
        page = (site / name / "index.html").read_text(encoding="utf-8")
        assert 'href="../lab2/#step-aggregate-the-reviews"' in page
    assert "LAB 2: Streams" in text_of(site / "coverage" / "index.html")


def test_what_is_emulated_is_a_page_with_working_links(project: Any) -> None:
    page = build_strictly(project) / "what-is-emulated" / "index.html"
    assert "1 of 3 things" in text_of(page)
    assert '<a href="#statements">Statements</a>' in page.read_text(encoding="utf-8")
    assert 'id="statements"' in page.read_text(encoding="utf-8")


def test_a_missing_list_of_what_is_emulated_fails_the_build(
    project: Any, caplog: pytest.LogCaptureFixture
) -> None:
    project.list.unlink()
    text = refused(project, caplog)
    assert "build/runthrough/emulated.json:1: the list of what is emulated is missing" in text
    assert "make it with: runthrough run" in text


def test_generated_pages_can_be_left_out(project: Any) -> None:
    project.list.unlink()
    config = project.root / "mkdocs.yml"
    text = config.read_text(encoding="utf-8")
    config.write_text(
        text.replace("[search, runthrough]", "[{runthrough: {generated: false, rows: 1}}]"),
        encoding="utf-8",
    )
    site = build_strictly(project)
    assert not (site / "agenda").exists()
    assert "1 of 2 rows" in text_of(site / "lab2" / "index.html")


def test_the_agenda_goes_by_the_course_and_so_must_the_navigation(
    project: Any, caplog: pytest.LogCaptureFixture
) -> None:
    course = project.root / "labs" / "curriculum.yaml"
    course.write_text("labs: [lab2, lab1]\n", encoding="utf-8")
    config = project.root / "mkdocs.yml"
    nav = "\nexclude_docs: curriculum.yaml\nnav: [index.md, {}, {}, {}]\n"
    rest = "agenda.md, coverage.md, glossary.md, what-is-emulated.md"
    before = config.read_text(encoding="utf-8")
    config.write_text(before + nav.format("lab1.md", "lab2.md", rest), encoding="utf-8")
    message = "labs/curriculum.yaml:1: the navigation has 'lab1' before 'lab2'"
    assert message in refused(project, caplog)
    config.write_text(before + nav.format("lab2.md", "lab1.md", rest), encoding="utf-8")
    agenda = text_of(build_strictly(project) / "agenda" / "index.html")
    assert agenda.index("Stream processing") < agenda.index("Infrastructure")


def test_nothing_on_the_pages_comes_from_elsewhere(project: Any) -> None:
    site = build_strictly(project)
    for page in site.rglob("*.html"):
        sources = re.findall(r'(?:src|<link[^>]*href)="([^"]+)"', page.read_text(encoding="utf-8"))
        assert [s for s in sources if s.startswith(("http:", "https:", "//"))] == []


def test_unknown_titles_fail_with_page_and_line_of_the_file(
    project: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Front matter counts: the line is the one an editor shows."""
    project.page("lab2.md", "---\ntitle: T\n---\n\n# T\n\n```runthrough\nNope\n```\n")
    assert "labs/lab2.md:7: no scenario named 'Nope' in lab2" in refused(project, caplog)


def test_all_mistakes_are_told_at_once(project: Any, caplog: pytest.LogCaptureFixture) -> None:
    project.page("lab1.md", "```sql\nSELECT 1\n```\n\n```runthrough\nNope\n```\n")
    project.page("index.md", "```sql\nSELECT 1\n```\n")
    text = refused(project, caplog)
    assert "3 mistakes:" in text
    assert "labs/index.md:1: this SQL is typed by hand" in text
    assert "labs/lab1.md:5: no scenario named 'Nope'" in text


def test_scenarios_no_page_shows_fail_the_build(
    project: Any, caplog: pytest.LogCaptureFixture
) -> None:
    project.page("lab1.md", "# LAB 1\n\n```runthrough\nLook around\n```\n")
    text = refused(project, caplog)
    assert "features/lab1_infrastructure.feature:7: no page shows the scenario 'Clean up'" in text


def test_a_missing_sample_fails_the_build(project: Any, caplog: pytest.LogCaptureFixture) -> None:
    (project.samples / "lab1" / "look-around.json").unlink()
    text = refused(project, caplog)
    assert "labs/lab1.md:3: 'Look around' has no sample" in text
    assert "runthrough run lab1" in text


def test_a_broken_sample_fails_the_build(project: Any, caplog: pytest.LogCaptureFixture) -> None:
    (project.samples / "lab1" / "look-around.json").write_text("{", encoding="utf-8")
    assert "build/runthrough/samples/lab1/look-around.json:1:" in refused(project, caplog)


def test_a_feature_that_is_not_gherkin_fails_the_build(
    project: Any, caplog: pytest.LogCaptureFixture
) -> None:
    (project.root / "features" / "lab1_infrastructure.feature").write_text("Nope", encoding="utf-8")
    assert "features/lab1_infrastructure.feature:1:" in refused(project, caplog)


@pytest.mark.parametrize("link", ["nowhere.md", "lab1.md#step-nowhere", "#nowhere"])
def test_a_dead_link_fails_a_strict_build(
    link: str, project: Any, caplog: pytest.LogCaptureFixture
) -> None:
    project.page("index.md", f"# Start\n\n[Go]({link})\n")
    assert link in refused(project, caplog)


def test_what_only_rendering_finds_ends_without_a_traceback(project: Any) -> None:
    project.page(
        "lab1.md",
        "# A\n\nText.\n\n    ```runthrough\n    Look around\n    ```\n"
        "\n```runthrough\nClean up\n```\n",
    )
    with pytest.raises(PluginError, match=r"labs/lab1\.md:5: the fence of 'Look around'"):
        build_strictly(project)


def test_features_and_samples_are_watched(project: Any) -> None:
    class Server:
        def __init__(self) -> None:
            self.watched: list[str] = []

        def watch(self, path: str) -> None:
            self.watched.append(path)

    config = load_config(str(project.root / "mkdocs.yml"))
    plugin = config.plugins["runthrough"]
    assert isinstance(plugin, RunthroughPlugin)
    server = Server()
    plugin.on_serve(server, config=config, builder=lambda: None)
    assert server.watched == [
        str(project.root / "features"),
        str(project.samples),
        str(project.list),
    ]
