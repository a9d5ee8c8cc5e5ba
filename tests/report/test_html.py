"""The record read back, and the page made of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runthrough.errors import RunthroughError
from runthrough.report.html import MOST_ROWS, clip, render_page, render_report, verdict
from runthrough.report.reading import Run, read_record
from runthrough.report.words import say_failure
from runthrough.run.record import Record

CHROMIUM = Path("/usr/bin/chromium")
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
EVIL = "<script>document.title='run'</script>"
RECORD = Path("build/messages.ndjson")

Stage = Callable[..., Any]


def ticking() -> Callable[[], datetime]:
    """Return a clock on which every look is a second later."""
    moments = (datetime(2026, 1, 15, 10, tzinfo=UTC) + timedelta(seconds=n) for n in range(10_000))
    return lambda: next(moments)


@pytest.fixture
def show(stage: Stage) -> Any:
    return stage(Record(Path("build"), clock=ticking()))


@pytest.fixture
def run(show: Any) -> Run:
    show.whole_run()
    return read_record(RECORD)


# -- reading -------------------------------------------------------------------------------------


def test_a_record_says_again_what_the_run_told(run: Run) -> None:
    assert (run.run_id, run.target, run.mode) == ("r1", "emulator", "run")
    assert run.started_at == datetime(2026, 1, 15, 10, tzinfo=UTC)
    assert run.seconds is not None
    assert run.leftovers == ("topic 'a': the key was refused",)
    assert [(lab.name, lab.title, lab.path) for lab in run.labs] == [
        ("lab1", "LAB 1 · Start", "features/lab1_start.feature"),
        ("lab2", "LAB 2 · Go <on>", "features/lab2_go.feature"),
    ]
    assert [(s.title, s.number, s.status, s.seconds) for s in run.scenarios] == [
        ("Make it", 3, "passed", 0.5),
        ("Only live", 11, "skipped", 0.0),
        ("Show it", 2, "passed", 125.0),
        ("Break it", 7, "failed", 60.0),
    ]
    assert {s: run.count(s) for s in ("passed", "failed", "skipped", "unfinished")} == {
        "passed": 2,
        "failed": 1,
        "skipped": 1,
        "unfinished": 0,
    }


def test_a_scenario_keeps_its_lines_as_written_and_how_they_ended(run: Run) -> None:
    make, _, show, broken = run.scenarios
    assert (make.lines[0].docstring, make.lines[0].media_type) == ("SELECT '<b>&';", "sql")
    assert [(x.keyword, x.text, x.number, x.status, x.seconds) for x in broken.lines] == [
        ("When", "I break it", 8, "passed", 0.25),
        ("Then", "it holds within 1 minute", 9, "failed", 0.25),
        ("And", "it still holds", 10, "skipped", 0.0),
    ]
    assert broken.lines[1].message == "not within 1 minute; last seen: 3 < 4"
    assert show.prerequisites == ("Make it (lab1): already complete, 1.000 s",)
    assert (show.columns, len(show.rows), show.rows[0]) == (("<ID>", "AT"), 22, (EVIL, None))


def test_a_run_that_was_killed_is_read_as_far_as_it_came(show: Any) -> None:
    show.start()
    make = show.begin("Make it")
    show.line(make, make.lines[0])
    with RECORD.open("a", encoding="utf-8") as file:
        file.write('{"testStepSta')
    run = read_record(RECORD)
    assert run.seconds is None
    assert [s.status for s in run.scenarios] == ["unfinished"] * 4
    assert [x.status for x in run.scenarios[0].lines] == ["passed", "unfinished"]
    assert verdict(run) == "The run did not come to its end"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "ends before its run starts"),
        ("{}\n", ":1: this is no message"),
        ('{"meta": {}}\nnot json\n', ":2: this is no message"),
        ('{"pickle": {}}\n{"testCase": {}}\n', ":2: this is no message"),
        ("[]\n", ":1: this is no message"),
    ],
)
def test_what_is_no_record_is_refused_with_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "messages.ndjson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RunthroughError, match=message) as caught:
        read_record(path)
    assert str(path) in str(caught.value)


def test_without_a_record_there_is_no_report(tmp_path: Path) -> None:
    with pytest.raises(RunthroughError, match="there is no record of a run"):
        render_report(tmp_path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(part=st.floats(0, 1))
def test_a_record_cut_anywhere_is_read_or_refused_in_words(show: Any, part: float) -> None:
    if not RECORD.exists():
        show.whole_run()
    whole = RECORD.read_bytes()
    cut = RECORD.with_name("cut.ndjson")
    cut.write_bytes(whole[: int(len(whole) * part)])
    if b'"testRunStarted": ' not in cut.read_bytes().rpartition(b"\n")[0]:
        with pytest.raises(RunthroughError, match="ends before its run starts"):
            read_record(cut)
    else:
        assert "</html>" in render_page(read_record(cut))


# -- the page ------------------------------------------------------------------------------------

VOID = {"meta", "link", "img", "br", "hr", "input"}


class Page(HTMLParser):
    """Reads a page strictly: every tag is closed, every id is used once."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_the_page_is_written_beside_the_record(run: Run) -> None:
    path = render_report(Path("build"))
    assert path == Path("build/report.html")
    assert path.read_text(encoding="utf-8") == render_page(run)


def test_the_page_says_what_ran_where_and_how_it_ended(run: Run) -> None:
    text = re.sub(r"\s+", " ", Page(render_page(run)).text)
    for words in (
        "1 of 4 scenarios failed",
        "Ran on the emulator, 15 January 2026, 10:00 UTC, in",
        "2 passed 1 failed 1 skipped",
        "LAB 2 · Go <on>",
        "1 of 2 passed",
        "2 min 5 s",
        "Only live is for the target live only",
        "Make it (lab1): already complete, 1.000 s",
        "topic 'a': the key was refused",
        f"22 rows, the first {MOST_ROWS}",
        "NULL",
    ):
        assert words in text


def test_a_failure_is_told_first_with_its_place_and_what_was_seen(run: Run) -> None:
    page = render_page(run)
    failures = page[page.index("What failed") : page.index("LAB 1")]
    assert "features/lab2_go.feature:9  Then it holds within 1 minute" in failures
    assert "last seen: 3 &lt; 4" in failures
    assert failures.count("Break it") == 1, "the title is its heading, and not said twice"


def test_only_what_failed_is_open(run: Run) -> None:
    scenarios = [d for d in Page(render_page(run)).of("details") if "id" in d]
    assert [d["class"] for d in scenarios if "open" in d] == ["scenario is-failed"]


def test_the_page_needs_nothing_but_itself(run: Run) -> None:
    page = Page(render_page(run))
    assert {"script", "link", "img", "iframe"}.isdisjoint(name for name, _ in page.tags)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [a["href"] for a in page.of("a")]
    assert links
    assert all(link and link.startswith("#") and link[1:] in ids for link in links)
    assert "url(" not in render_page(run)
    assert "@import" not in render_page(run)


def test_nothing_from_a_run_becomes_markup(run: Run) -> None:
    text = render_page(run)
    assert EVIL not in text
    assert EVIL in Page(text).text
    assert "SELECT '<b>&';" in Page(text).text


def test_status_is_said_in_words_too(run: Run) -> None:
    hidden = re.findall(r'<span class="hidden">(\w+):</span>', render_page(run))
    assert {"passed", "failed", "skipped"} <= set(hidden)


def test_long_cells_are_cut_and_whole_in_their_tooltip(run: Run) -> None:
    [whole] = [a["title"] for a in Page(render_page(run)).of("td") if "title" in a]
    assert whole == "x" * 500
    assert clip("x" * 500, 160) == "x" * 159 + "…"
    assert clip("x" * 160, 160) == "x" * 160


def test_what_a_program_printed_keeps_its_lines_and_all_of_them(show: Any) -> None:
    show.start()
    scenario = show.begin("Show it")
    printed = "first\n  second\n" + "x" * 500
    show.tell("shown", scenario=scenario, columns=["what talk.py prints"], rows=[[printed]])
    show.end("Show it", "passed", 1.0)
    show.finish()
    assert f'<td class="text">{printed}</td>' in render_page(read_record(RECORD))


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        (("passed", "passed"), "Every scenario passed"),
        (("passed", "skipped"), "1 scenarios passed, 1 were skipped"),
        (("skipped", "skipped"), "No scenario was carried out"),
        (("failed", "skipped"), "1 of 2 scenarios failed"),
    ],
)
def test_a_run_is_summed_up_in_a_sentence(show: Any, ends: tuple[str, str], words: str) -> None:
    show.start("Make it", "Only live")
    for title, status in zip(("Make it", "Only live"), ends, strict=True):
        show.begin(title)
        show.end(title, status)
    show.finish()
    run = read_record(RECORD)
    assert verdict(run) == words
    assert (
        "What failed" in render_page(run)
        if "failed" in ends
        else "What failed" not in (render_page(run))
    )
    assert "What is still there" not in render_page(run)


def test_a_check_says_it_only_looked(show: Any) -> None:
    show.start("Make it", mode="check")
    show.begin("Make it")
    show.end("Make it", "passed")
    show.finish()
    assert "Looked at the emulator" in render_page(read_record(RECORD))


def test_a_message_without_the_title_is_told_whole() -> None:
    assert say_failure("A", "A\n  here\n    there") == "here\n  there"
    assert say_failure("A", "KeyError: 'x'\nmore") == "KeyError: 'x'\nmore"
    assert say_failure("A", "A") == "A"
    assert say_failure("A", "") == "broken off"


# -- in a browser --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip("there is no Chromium on this machine")
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=str(CHROMIUM), args=SWITCHES)
        yield browser
        browser.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_its_window_and_its_text_stands_out(
    run: Run, browser: Any, width: int, scheme: str
) -> None:
    path = render_report(Path("build"))
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.resolve().as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert requests == [path.resolve().as_uri()]
    assert page.title() == "1 of 4 scenarios failed · runthrough"
    dim = page.evaluate(CONTRASTS)
    assert dim == [], "text needs a contrast of 4.5 with what lies behind it"
    page.close()


CONTRASTS = """() => {
  const channels = c => c.match(/[\\d.]+/g).map(Number);
  const light = c => {
    const [r, g, b] = channels(c).map(v => v / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if (channels(c)[3] !== 0) return c;
    }
    return 'rgb(255, 255, 255)';
  };
  const found = [];
  for (const e of document.body.querySelectorAll('*')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) found.push(e.className + ': ' + e.textContent.trim());
  }
  return found;
}"""
