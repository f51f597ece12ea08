"""The command line as a person meets it: the real entry point, from an empty folder, on the shipped plans."""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from entitlements.cli.main import run
from tests.postgres import postgres, postgres_server

__all__ = ["postgres", "postgres_server"]

SCHEMAS = importlib.resources.files("entitlements.schemas") / "output"


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def words(self) -> str:
        """All that was printed, with the breaks of lines taken out."""
        return " ".join(self.out.split())

    @property
    def document(self) -> dict[str, Any]:
        """The JSON document on stdout, which must follow the schema that it names."""
        document: dict[str, Any] = json.loads(self.out)
        name = document["schema"].split("/")[1]
        schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
        wrong = [
            f"{error.json_path}: {error.message}"
            for error in Draft202012Validator(schema).iter_errors(document)
        ]
        assert not wrong, wrong
        return document


Cli = Callable[..., Ran]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Cli:
    """`cli("check", "demo-community", "api_access")` runs that command line, 80 columns wide."""
    for name in ("CATALOG", "SOURCE", "PLUGINS"):
        monkeypatch.delenv(f"ENTITLEMENTS_{name}", raising=False)
    for name in ("NO_COLOR", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)

    def called(*arguments: str) -> Ran:
        capsysbinary.readouterr()
        with pytest.raises(SystemExit) as left:
            run(list(arguments))
        printed = capsysbinary.readouterr()
        code = left.value.code
        assert isinstance(code, int)
        return Ran(code, printed.out.decode(), printed.err.decode())

    return called


@pytest.fixture
def small_catalog(tmp_path: Path) -> Callable[..., str]:
    """`small_catalog(low="[a]", high="[a, b]")` writes a catalog of two plans and the features a, b and c."""

    def written(*, low: str, high: str, more: str = "") -> str:
        return _small(tmp_path / "small", {"low": low, "high": high}, more)

    return written


def _small(plans: Path, given: dict[str, str], more: str) -> str:
    (plans / "features").mkdir(parents=True)
    (plans / "catalog.yaml").write_text(
        "catalog: small\ntitle: Small\nsubject: {one: team, other: teams}\ncurrency: USD\ntime_zone: UTC\n"
        "ladder: [low, high]\ndefault_plan: low\nafter_end: low\n"
        "support_levels: [{key: none_at_all, title: None at all, includes: [nothing]}]\n"
    )
    features = "".join(
        f'  {key}: {{title: "{title}", description: It does., on_loss: {{effect: closed}}{more}}}\n'
        for key, title in (("a", "A"), ("b", "=B|2"), ("c", "C"))
    )
    (plans / "features" / "all.yaml").write_text(f"group: {{key: all, title: All}}\nfeatures:\n{features}")
    for key, included in given.items():
        (plans / f"{key}.yaml").write_text(
            f"plan: {key}\nversion: 0\ntitle: {key.title()}\nsold: self_service\nprice: free\n"
            f"support: none_at_all\nbaa: not_offered\nfeatures: {included}\n"
        )
    return str(plans)
