"""The status of a catalog as a document."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_document_says_whether_the_catalog_can_be_used(cli: Any, tmp_path: Path) -> None:
    cli("init")
    good = cli("status", "--json")
    assert (good.code, good.document["state"], good.document["problems"]) == (0, "READY", [])
    assert set(good.document["checkers"].values()) == {"ok"}
    (tmp_path / "plans" / "plus.yaml").write_text("plan: [\n")
    bad = cli("status", "--json")
    assert (bad.code, bad.document["state"]) == (1, "ERROR")
    assert bad.document["problems"][0]["file"] == "plans/plus.yaml"
