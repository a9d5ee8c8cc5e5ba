"""The MkDocs plugin: finds the labs, refuses what is wrong, and lets the extension render.

Thin on purpose: what a page shows is decided in `pages` and `render`, which know no MkDocs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from mkdocs.config import config_options as opt
from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import BasePlugin
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from runthrough.course import FILE, disorder, read_course
from runthrough.errors import LabError
from runthrough.lab import read_labs
from runthrough.site.curriculum import mistakes as unmatched
from runthrough.site.curriculum import read_curriculum
from runthrough.site.emulated import emulated_page, read_emulated
from runthrough.site.extension import RunthroughExtension
from runthrough.site.generated import Place, generated_pages
from runthrough.site.pages import Book, Show, not_shown, page_lab, read_page
from runthrough.site.render import SAMPLE_ROWS
from runthrough.site.samples import read_samples

_HEADING = re.compile(r"^# (?P<title>.+?)[ \t]*(?:\{[^}]*\})?$", re.MULTILINE)
_MINUTES = re.compile(r"^It takes about (?P<minutes>\d+) minutes\b", re.MULTILINE)
STYLESHEET = "assets/runthrough.css"


class RunthroughConfig(Config):  # type: ignore[no-untyped-call]
    """Options of the plugin, under `plugins: - runthrough:` in mkdocs.yml."""

    features = opt.Dir(exists=True, default="features")
    """Folder of the feature files, relative to mkdocs.yml; watched by `mkdocs serve`."""

    samples = opt.Dir(exists=False, default="build/runthrough/samples")
    """Folder in which a run leaves what it saw, relative to mkdocs.yml."""

    curriculum = opt.File(exists=False, default="labs/curriculum.yaml")
    """The steps the labs should teach, relative to mkdocs.yml; without the file, none."""

    rows = opt.Type(int, default=SAMPLE_ROWS)
    """How many rows of a sample a page shows."""

    emulated = opt.File(exists=False, default="build/runthrough/emulated.json")
    """File in which a run leaves what the emulator does, relative to mkdocs.yml."""

    generated = opt.Type(bool, default=True)
    """Whether to add agenda.md, coverage.md, glossary.md and what-is-emulated.md."""


class RunthroughPlugin(BasePlugin[RunthroughConfig]):  # type: ignore[no-untyped-call]
    """Publishes the labs: one instance per build of a site."""

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Read the labs and the last run, and hand them to the extension of this build."""
        self._root = Path(config.config_file_path or "mkdocs.yml").parent
        try:
            self._course = read_course(Path(self.config.features))
            labs = read_labs(Path(self.config.features))
            curriculum = read_curriculum(Path(self.config.curriculum))
            self._book = Book(labs, read_samples(Path(self.config.samples)), curriculum)
            listed = Path(self.config.emulated)
            self._emulated = read_emulated(listed) if self.config.generated else ()
        except LabError as e:
            raise PluginError(str(self._located(e))) from e
        self._extension = RunthroughExtension(book=self._book, rows=self.config.rows)
        config.markdown_extensions.append(self._extension)  # type: ignore[arg-type]
        config.extra_css.append(STYLESHEET)
        return config

    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Refuse every mistake of every page at once, then add what nobody writes."""
        mistakes: list[LabError] = []
        shows: list[tuple[File, Show]] = []
        for file in files.documentation_pages():
            read = read_page(
                file.content_string, book=self._book, path=self._path(file), page=file.src_uri
            )
            mistakes += read.mistakes
            shows += [(file, show) for show in read.shows]
        if not mistakes:
            mistakes += not_shown(self._book.labs, (show for _, show in shows))
            mistakes += unmatched(self._book.curriculum, self._book.labs)
        self._refuse(mistakes)
        stylesheet = str(Path(__file__).with_name("runthrough.css"))
        files.append(File.generated(config, STYLESHEET, abs_src_path=stylesheet))
        if self.config.generated:
            pages = generated_pages(self._book, _places(shows))
            pages["what-is-emulated.md"] = emulated_page(self._emulated)
            for name, text in pages.items():
                files.append(File.generated(config, name, content=text))
        return files

    def on_nav(self, nav: Navigation, *, config: MkDocsConfig, files: Files) -> Navigation:
        """Refuse a navigation that has the labs in another order than the course."""
        labs = {lab.name for lab in self._book.labs}
        found = (page_lab(page.file.src_uri, self._book.labs) for page in nav.pages)
        message = disorder(self._course, labs=labs, pages=[lab for lab in found if lab])
        if message is not None:
            self._refuse([LabError(message, path=self._root / FILE, line=1)])
        return nav

    def on_page_markdown(
        self, markdown: str, *, page: Page, config: MkDocsConfig, files: Files
    ) -> str:
        """Tell the extension which page comes next, and where its text begins in the file."""
        source = page.file.content_string
        before = source.removesuffix(markdown) if source.endswith(markdown) else ""
        self._extension.turn_to(
            page.file.src_uri, path=self._path(page.file), first_line=before.count("\n") + 1
        )
        return markdown

    def on_build_error(self, *, error: Exception) -> None:
        """End the build with the sentence alone where only rendering could find the mistake."""
        if isinstance(error, LabError):
            raise PluginError(str(error)) from error

    def on_serve(
        self, server: LiveReloadServer, *, config: MkDocsConfig, builder: Callable[..., Any]
    ) -> LiveReloadServer:
        """Build again when a feature changes, or when a run has left new samples."""
        watched = (self.config.features, self.config.samples, self.config.emulated)
        for path in (*watched, self.config.curriculum):
            if Path(path).exists():
                server.watch(path)
        return server

    def _refuse(self, mistakes: Iterable[LabError]) -> None:
        found = [str(self._located(mistake)) for mistake in mistakes]
        if len(found) == 1:
            raise PluginError(found[0])
        if found:
            raise PluginError("\n  ".join([f"{len(found)} mistakes:", *found]))

    def _path(self, file: File) -> Path:
        return self._short(Path(file.abs_src_path or file.src_uri))

    def _short(self, path: Path) -> Path:
        return path.relative_to(self._root) if path.is_relative_to(self._root) else path

    def _located(self, error: LabError) -> LabError:
        """Return an error whose path is short: relative to mkdocs.yml."""
        return LabError(error.message, path=self._short(error.path), line=error.line)


def _places(shows: Iterable[tuple[File, Show]]) -> dict[tuple[str, str], list[Place]]:
    places: dict[tuple[str, str], list[Place]] = {}
    for file, show in shows:
        key = (show.scenario.lab, show.scenario.title)
        place = Place(file.src_uri, _title(file), show.anchor, _minutes(file))
        places.setdefault(key, []).append(place)
    return places


def _title(file: File) -> str:
    """Return the first heading of a page; MkDocs knows its title only after rendering it."""
    heading = _HEADING.search(file.content_string)
    return heading["title"] if heading else file.name


def _minutes(file: File) -> int:
    """Return how long a page says it takes (`It takes about 35 minutes`), 0 if it does not say."""
    said = _MINUTES.search(file.content_string)
    return int(said["minutes"]) if said else 0
