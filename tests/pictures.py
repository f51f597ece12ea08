"""The pictures in docs/pictures/, made anew from the shipped catalog and commands: `make pictures`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from entitlements.catalog.load import load_catalog
from entitlements.report.pricing_table import pricing_table
from entitlements.report.render.html_page import pricing_page
from tests.browser import browser
from tests.terminal import SCREENS, picture, printed

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
#: Name → width and height in pixels, and the colours the reader prefers.
PICTURES = {
    "pricing-light": (1280, 900, "light"),
    "pricing-dark": (1280, 900, "dark"),
    "pricing-narrow": (320, 1100, "light"),
}


def screens(folder: Path = FOLDER) -> None:
    """Draw what commands print on a terminal."""
    for name, command in SCREENS.items():
        with tempfile.TemporaryDirectory() as empty:
            drawn = picture(command, printed(command, Path(empty)))
        (folder / f"{name}.svg").write_text(drawn, encoding="utf-8")


def main(folder: Path = FOLDER, *, whole: bool = False) -> None:
    """Draw each picture into `folder`; the `whole` page, or as much of it as one sees at first."""
    folder.mkdir(parents=True, exist_ok=True)
    screens(folder)
    html = pricing_page(pricing_table(load_catalog()))
    with browser() as opened:
        for name, (width, height, scheme) in PICTURES.items():
            page = opened.new_page(
                viewport={"width": width, "height": height},
                color_scheme="dark" if scheme == "dark" else "light",
            )
            page.set_content(html)
            page.screenshot(path=folder / f"{name}.png", full_page=whole)
            page.close()


if __name__ == "__main__":
    main()
