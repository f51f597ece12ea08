"""Digests: the same for what decides alike, another one for anything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from entitlements import Catalog, load_catalog
from tests.small_catalog import FILES, Files, edited, write


def catalog_of(folder: Path, files: Files = FILES) -> Catalog:
    return load_catalog(write(folder, files))


def test_the_digest_knows_neither_order_nor_comments_nor_texts_nor_spelling(tmp_path: Path) -> None:
    same = {name: f"# a comment\n{text}" for name, text in FILES.items()}
    same["pro.yaml"] = """\
features: [security, reports]
caps: {users: {extra: 2.0, included: 50}}
baa: offered
support: email
price: {annual_total: 1000, monthly: 100}
extends: community
sold: self_service
title: Professional
version: 1
plan: pro
"""
    same["zz.yaml"] = same.pop("community.yaml")
    same["lang/fr.yaml"] = same["lang/fr.yaml"].replace("Rapports", "Comptes rendus")
    assert catalog_of(tmp_path / "b", same).digest == catalog_of(tmp_path / "a").digest


def test_the_digest_knows_not_into_which_files_features_are_split(tmp_path: Path) -> None:
    head, _, security = FILES["features/core.yaml"].partition("  security:")
    files = {**FILES, "features/core.yaml": head}
    files["features/a.yaml"] = f"group: {{key: safe, title: Safe}}\nfeatures:\n  security:{security}"
    assert catalog_of(tmp_path / "b", files).digest == catalog_of(tmp_path / "a").digest


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("pro.yaml", "included: 50", "included: 51"),
        ("pro.yaml", '"100.00"', '"100.01"'),
        ("pro.yaml", "sold: self_service", "sold: by_sales"),
        ("pro.yaml", "[reports, security]", "[security]"),
        ("features/core.yaml", "effect: deactivated", "effect: read_only"),
        ("catalog.yaml", "after_end: community", "after_end: pro"),
        ("catalog.yaml", "{free: community}", "{gratis: community}"),
        ("add_ons/more.yaml", "add: 100", "add: 101"),
    ],
)
def test_the_digest_knows_what_decides(name: str, old: str, new: str, tmp_path: Path) -> None:
    assert catalog_of(tmp_path / "b", edited(name, old, new)).digest != catalog_of(tmp_path / "a").digest
