"""The built page in a real browser: what the copy button copies, and what never runs."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config

from tests.waiting import LIMIT_SECONDS

CHROMIUM = Path("/usr/bin/chromium")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists() and shutil.which("chromium") is None,
    reason="there is no Chromium on this machine",
)

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


PROGRAM = "# ${AWS_REGION} <b> & 'quotes' \\n\n\nfor i in range(2):\n    print(i)\n"
"""Nothing of it may be filled in, escaped or trimmed on its way to the clipboard."""


LONG_PROGRAM = '"""Count."""\n\n' + "".join(f"print({i})\n" for i in range(40))
"""Folded away until the reader opens it."""


def add_programs(project: Any) -> None:
    """Give the workshop a lab whose steps run a short program and a long one."""
    step = '  Scenario: {}\n    When I run "{}"\n    Then it ends\n'
    lines = (
        "Feature: Programs\n" + step.format("Talk", "talk.py") + step.format("Count", "count.py")
    )
    (project.root / "features" / "lab9_programs.feature").write_text(lines, encoding="utf-8")
    (project.root / "labs" / "lab9").mkdir()
    (project.root / "labs" / "lab9" / "talk.py").write_bytes(PROGRAM.encode())
    (project.root / "labs" / "lab9" / "count.py").write_bytes(LONG_PROGRAM.encode())
    fences = "".join(f"```runthrough\n{title}\n```\n\n" for title in ("Talk", "Count"))
    project.page("lab9.md", f"# Programs\n\n{fences}")
    project.sample("lab9", "Talk", columns=["what talk.py prints"], rows=[["0\n1 <i>"]])
    project.sample("lab9", "Count", columns=["what count.py prints"], rows=[["0\n1"]])


@pytest.fixture
def site(project: Any) -> Iterator[str]:
    add_programs(project)
    evil = "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\">"
    project.sample("lab2", "Aggregate the reviews", columns=["T"], rows=[[evil], [evil * 9]])
    config = load_config(str(project.root / "mkdocs.yml"), strict=True)
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    handler = functools.partial(Quiet, directory=config.site_dir)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def page(site: str) -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=SWITCHES)
        context = browser.new_context(viewport={"width": 390, "height": 844})
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.rstrip("/"))
        page = context.new_page()
        page.set_default_timeout(LIMIT_SECONDS * 1000)
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(f"{site}lab2/")
        yield page
        browser.close()


def filled_in(project: Any) -> str:
    scenario = project.book().labs.find("lab2", "Aggregate the reviews")
    text: str = scenario.of_kind("When")[0].docstring
    return text.replace("${AWS_REGION}", "<us-east-1>").replace("${RUN_ID}", "<RUN_ID>")


def test_the_copy_button_copies_the_statement_to_the_byte(project: Any, page: Any) -> None:
    block = page.locator("#step-aggregate-the-reviews .highlight").first
    assert block.locator("code").last.text_content() == filled_in(project)
    block.hover()
    block.locator("button").first.click()
    page.wait_for_function("document.querySelector('.md-dialog')?.textContent.trim() !== ''")
    assert page.evaluate("navigator.clipboard.readText()") == filled_in(project)


def test_the_copy_button_copies_a_program_to_the_byte(page: Any, site: str) -> None:
    page.goto(f"{site}lab9/")
    block = page.locator("#step-talk .highlight").first
    assert block.locator("code").last.text_content() == PROGRAM
    block.hover()
    block.locator("button").first.click()
    page.wait_for_function("document.querySelector('.md-dialog')?.textContent.trim() !== ''")
    # The theme drops the newline that ends a file; whoever pastes ends the line themselves.
    assert page.evaluate("navigator.clipboard.readText()") == PROGRAM.removesuffix("\n")


def test_a_folded_program_is_copied_to_the_byte_once_opened(page: Any, site: str) -> None:
    page.goto(f"{site}lab9/")
    block = page.locator("#step-count .highlight").first
    assert not block.is_visible()
    page.locator("#step-count summary").click()
    block.hover()
    block.locator("button").first.click()
    page.wait_for_function("document.querySelector('.md-dialog')?.textContent.trim() !== ''")
    assert page.evaluate("navigator.clipboard.readText()") == LONG_PROGRAM.removesuffix("\n")


def test_the_output_of_a_program_is_text_without_a_copy_button(page: Any, site: str) -> None:
    page.goto(f"{site}lab9/")
    assert page.locator("#step-talk .rt-sample code").text_content() == "0\n1 <i>"
    assert page.locator("#step-talk .rt-sample button").count() == 0


def test_markup_in_a_sample_never_runs(page: Any, site: str) -> None:
    page.locator("#step-aggregate-the-reviews summary").click()
    assert page.locator(".rt-sample script, .rt-sample img").count() == 0
    assert page.title() == "Streams - Workshop"
    assert [url for url in page.asked if not url.startswith((site, "data:"))] == []


def test_a_phone_sees_no_sideways_scrolling(page: Any) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") == 390
