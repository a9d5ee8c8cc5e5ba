"""The board in a real browser: it moves, it speaks, it comes back, and runs nobody's markup."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from runthrough.race.board import Board, Source
from runthrough.race.rows import Position
from runthrough.race.server import Page, serve_page
from tests.race.items import anomaly, comment, second_of
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
EVIL = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        path = str(CHROMIUM) if CHROMIUM.exists() else shutil.which("chromium")
        browser = started.chromium.launch(executable_path=path, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def board() -> Board:
    found = Board(race_id="race-1", total=60)
    found.take(second_of(0, "A", "B", "C") + second_of(1, "A", "B", "C"))
    return found


@pytest.fixture
def url(board: Board) -> Iterator[str]:
    with serve_page(Page(board)) as url:
        yield url


@pytest.fixture
def page(browser: Any, url: str) -> Iterator[Any]:
    yield from opened(browser, url)


def opened(browser: Any, url: str, **options: Any) -> Iterator[Any]:
    """Open the board; whatever goes wrong in it, or is asked for elsewhere, fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
    page = context.new_page()
    page.set_default_timeout(LIMIT_SECONDS * 1000)
    page.wrong, page.asked = [], []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(url)
    page.wait_for_selector("#link[data-state=live]")
    yield page
    context.close()
    assert page.wrong == []
    assert [address for address in page.asked if not address.startswith(url)] == []


def see_order(page: Any, *racers: str) -> None:
    page.wait_for_function(
        "names => JSON.stringify([...document.querySelectorAll('#standings .who b')]"
        ".map(e => e.textContent)) === JSON.stringify(names)",
        arg=list(racers),
    )


def see(page: Any, selector: str, text: str) -> None:
    page.wait_for_function(
        "([s, t]) => document.querySelector(s)?.textContent.includes(t)", arg=[selector, text]
    )


def test_an_overtaking_moves_the_lines(page: Any, board: Board) -> None:
    see_order(page, "A", "B", "C")
    page.evaluate("window.first = document.querySelector('#standings li')")
    board.take(second_of(2, "B", "A", "C"))
    see_order(page, "B", "A", "C")
    assert page.locator("#standings .place").all_text_contents() == ["1", "2", "3"]
    assert page.evaluate("window.first.querySelector('.who b').textContent") == "A"
    assert (
        page.evaluate("[...document.querySelectorAll('#standings li')].indexOf(window.first)") == 1
    )
    assert page.locator("#standings .gap b").all_text_contents() == ["▲ 1", "▼ 1", "\u2013"]
    assert page.locator("#clock").text_content() == "0:02"


def test_who_wants_no_motion_sees_none(browser: Any, url: str, board: Board) -> None:
    for page in opened(browser, url, reduced_motion="reduce"):
        see_order(page, "A", "B", "C")
        board.take(second_of(2, "C", "B", "A"))
        see_order(page, "C", "B", "A")
        assert page.evaluate("document.getAnimations().length") == 0


def test_a_comment_is_seen_at_its_racer_and_in_the_feed_and_is_heard(
    page: Any, board: Board
) -> None:
    board.take([comment("B", "B is closing in!", "highlight", second=1)])
    see(page, "#comments .comment.highlight", "B is closing in!")
    see(page, "#standings li:nth-child(2) .says .highlight", "B is closing in!")
    see(page, "#spoken[aria-live=polite]", "B: B is closing in!")
    assert page.locator("#comments time").text_content() == "0:01"


def test_an_anomaly_appears_with_what_was_expected(page: Any, board: Board) -> None:
    assert page.locator("#no-anomalies").is_visible()
    board.take([anomaly("Cirrus", 131.46, lower=86.2, upper=93.4, second=31)])
    see(page, "#anomalies .anomaly.hot", "Cirrus131.5 °Ctoo hot, 86\u201393 expectedat 0:31")
    assert not page.locator("#no-anomalies").is_visible()


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("waiting", "There is no topic race-x yet. It comes with the table of that name"),
        ("unknown", "Is there a topic race-x? No broker answers"),
        ("reading", "so far. race-x is read, and holds none of this race."),
    ],
)
@pytest.mark.parametrize("kind", ["comments", "anomalies"])
def test_an_empty_section_says_why_it_is_empty(
    page: Any, board: Board, kind: str, state: str, words: str
) -> None:
    see(page, f"#no-{kind}", "Looking for the topic.")
    board.tell_topics({"race-x": Source(kind, state)}, {})
    see(page, f"#no-{kind}", words)
    assert page.locator(f"#topic-{kind}[data-state={state}]").text_content() == "race-x"
    assert page.locator("#notices").is_hidden()
    board.take([comment("A", "ahead"), anomaly("Cirrus", 131.5)])
    see(page, f"#{kind} li", "ahead" if kind == "comments" else "Cirrus")
    assert page.locator(f"#no-{kind}").is_hidden()


def test_a_board_without_a_race_says_so(browser: Any) -> None:
    empty = Board()
    empty.tell_topics({"race-x": Source("positions", "reading")}, {})
    with serve_page(Page(empty)) as url:
        for page in opened(browser, url):
            see(page, "#no-positions", "No race so far. race-x is read, and holds none.")
            empty.tell_topics({"race-x": Source("positions", "waiting")}, {})
            see(page, "#no-positions", "There is no topic race-x yet. The first race makes it.")
            assert page.locator("#clock").text_content() == "0:00"


def test_a_topic_that_goes_is_noticed(page: Any, board: Board) -> None:
    board.take([comment("A", "ahead")])
    board.tell_topics({"race-x": Source("comments", "waiting")}, {})
    see(page, "#notice-list", "The topic race-x is gone.")


def test_a_long_feed_makes_the_page_no_longer(page: Any, board: Board) -> None:
    short = page.evaluate("document.documentElement.scrollHeight")
    board.take([comment("A", f"comment {n} " + "x" * 150) for n in range(40)])
    see(page, "#comments", "comment 39")
    assert page.locator("#comments li").count() == 30
    assert page.evaluate("document.documentElement.scrollHeight") == short
    assert page.evaluate("(e => e.scrollHeight > e.clientHeight)(document.all.comments)")


def test_an_old_comment_is_shown_as_one(page: Any, board: Board) -> None:
    board.take([comment("A", "at the start", second=0), comment("B", "in time", second=10)])
    board.take(second_of(12, "A", "B", "C"))
    see(page, "#standings li:nth-child(1) .says .past", "at the start")
    see(page, "#standings li:nth-child(2) .says p:not(.past)", "in time")


def test_hostile_text_stays_text(page: Any, board: Board) -> None:
    board.take([comment("A", EVIL, EVIL), comment("", EVIL)])
    board.take([anomaly(EVIL, 140.0)])
    board.take([Position("race-1", EVIL, EVIL, place, 2, 0) for place in (1,)])
    board.take(second_of(2, "B", "C", "A"))
    board.tell_topics({EVIL: Source("comments", "waiting")}, {EVIL: EVIL})
    see(page, "#notice-list", EVIL)
    see(page, "#comments p", EVIL)
    see(page, "#anomalies b", EVIL)
    see(page, "#standings li:first-child .who b", EVIL)
    see(page, "#standings li:last-child .says p", EVIL)
    assert page.locator("main img, main script").count() == 0
    assert page.title() == "Race board"


def test_a_server_that_starts_again_is_found_again(browser: Any, board: Board) -> None:
    with serve_page(Page(board)) as url:
        port = int(url.rstrip("/").rpartition(":")[2])
        pages = opened(browser, url)
        page = next(pages)
        see_order(page, "A", "B", "C")
    page.wait_for_selector("#link[data-state=lost]")
    other = Board(race_id="race-2", total=60)
    other.take(second_of(0, "X", "Y", race_id="race-2") + second_of(1, "X", "Y", race_id="race-2"))
    with serve_page(Page(other), port=port):
        page.wait_for_selector("#link[data-state=live]")
        see_order(page, "X", "Y")
        see(page, "#race", "race-2")
    assert next(pages, None) is None


NOTE_STATES = """() => {
  window.states = [];
  const link = document.getElementById("link");
  new MutationObserver(() => window.states.push(link.dataset.state))
    .observe(link, { attributes: true });
}"""


class Relay:
    """Hands bytes on to a server, until the line is cut.

    Cutting shuts sockets down: closing one that another thread still reads tells its peer nothing.
    """

    def __init__(self, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)

    def cut(self) -> None:
        """Break every connection; new ones are taken as before."""
        for end in tuple(self._sockets):
            shut(end)

    def close(self) -> None:
        shut(self._listener)
        self._threads[0].join()  # from here on nobody is added
        self.cut()
        for thread in self._threads:
            thread.join()
        for end in (self._listener, *self._sockets):
            end.close()

    def _start(self, work: Callable[..., None], *args: socket.socket) -> None:
        self._threads.append(threading.Thread(target=work, args=args, daemon=True))
        self._threads[-1].start()

    def _accept(self) -> None:
        with suppress(OSError):  # the listener was shut
            while True:
                near, _ = self._listener.accept()
                self._sockets.append(near)
                far = socket.create_connection(self._target)
                self._sockets.append(far)
                self._start(self._hand_on, near, far)
                self._start(self._hand_on, far, near)

    def _hand_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):  # the line was cut
            while data := one.recv(65536):
                other.sendall(data)
        shut(one)
        shut(other)


def shut(end: socket.socket) -> None:
    with suppress(OSError):  # its other end may be gone already
        end.shutdown(socket.SHUT_RDWR)


def test_a_stream_that_broke_off_goes_on_where_it_was(browser: Any, url: str, board: Board) -> None:
    relay = Relay(int(url.rstrip("/").rpartition(":")[2]))
    for page in opened(browser, f"http://127.0.0.1:{relay.port}/"):
        board.take([comment("A", "before")])
        see(page, "#comments", "before")
        page.evaluate("window.kept = document.querySelector('#comments li')")
        # The loss lasts a second, which a busy machine may look away for: the page notes it down.
        page.evaluate(NOTE_STATES)
        relay.cut()
        page.wait_for_function("() => window.states.includes('lost')")
        board.take([comment("A", "meanwhile")])
        see(page, "#comments li", "meanwhile")
        page.wait_for_selector("#link[data-state=live]")
        # Its line is the same element: the page was told the difference, not the whole board.
        assert page.evaluate("window.kept.isConnected")
        assert page.locator("#comments li").count() == 2
    relay.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_sees_no_sideways_scrolling(
    browser: Any, url: str, board: Board, scheme: str
) -> None:
    board.take([comment("A", "x" * 200), anomaly("T" * 60, 140.0, lower=1.0, upper=2.0)])
    for page in opened(browser, url, color_scheme=scheme):
        page.set_viewport_size({"width": 390, "height": 844})
        see(page, "#comments", "xxx")
        assert page.evaluate("document.documentElement.scrollWidth") == 390


CONTRASTS = """() => {
  const parts = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = (c) => parts(c).slice(0, 3).map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if (parts(c)[3] !== 0) return c;
    }
    return "rgb(255, 255, 255)";
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !e.checkVisibility()) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    found.push([walker.currentNode.data.trim().slice(0, 30), Math.round(ratio * 100) / 100]);
  }
  return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_stands_out_from_what_lies_behind_it(
    browser: Any, url: str, board: Board, scheme: str
) -> None:
    board.take(second_of(2, "B", "A", "C"))
    board.take(
        [
            comment(r, f"of {c}", c)
            for r, c in zip("BAC", ("highlight", "warning", "info"), strict=True)
        ]
    )
    board.take([anomaly("Hot", 140.0)])
    board.tell_topics({"t": Source("comments", "waiting")}, {"u": "a note"})
    for page in opened(browser, url, color_scheme=scheme, reduced_motion="reduce"):
        see(page, "#comments", "of info")
        see(page, "#notice-list", "a note")
        found = page.evaluate(CONTRASTS)
    assert len(found) > 20
    assert [pair for pair in found if pair[1] < 4.5] == []
