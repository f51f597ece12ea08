"""Pages in a real browser, and axe to judge them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser import browser

AXE = Path(__file__).resolve().parents[2] / ".venv/node/node_modules/axe-core/axe.min.js"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.fixture(scope="session")
def axe() -> str:
    return AXE.read_text(encoding="utf-8")


@pytest.fixture
def open_page(chromium: Browser, tmp_path: Path) -> Iterator[Any]:
    """`open_page(html, width=320, dark=True)` opens `html` as a file; `seen` is what it asks for and says."""
    contexts = []

    def opened(html: str, *, width: int = 1280, dark: bool = False, **more: Any) -> Any:
        path = tmp_path / "page.html"
        path.write_bytes(html.encode())
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", **more
        )
        contexts.append(context)
        page: Any = context.new_page()
        page.seen = seen = []
        page.on("request", lambda request: seen.append(request.url))
        page.on("console", lambda message: seen.append(message.text))
        page.on("pageerror", lambda error: seen.append(str(error)))
        page.on("dialog", lambda dialog: seen.append(dialog.message))
        page.goto(path.as_uri())
        page.address = path.as_uri()
        return page

    yield opened
    for context in contexts:
        context.close()
