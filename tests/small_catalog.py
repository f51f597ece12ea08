"""A small catalog in which nothing is wrong, as files to write, edit and read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

Files = Mapping[str, str]

FILES: Files = {
    "catalog.yaml": """\
catalog: small
title: Small
subject: {one: space, other: spaces}
currency: USD
time_zone: UTC
ladder: [community, pro]
default_plan: community
after_end: community
aliases: {free: community}
baa: {needs: [security]}
support_levels:
  - {key: forum, title: Forum, includes: [Help pages]}
  - {key: email, title: E-mail, includes: [An answer]}
clients:
  export-tool: {title: Export tool}
caps:
  users:
    title: Users
    unit: {one: user, other: users}
    counted_by: seats
""",
    "features/core.yaml": """\
group: {key: core, title: Core}
features:
  exports:
    title: Exports
    description: Data can be downloaded.
    on_loss: {effect: closed}
  reports:
    title: Reports
    description: Data can be summed up.
    counts: {one: report, other: reports}
    on_loss: {effect: deactivated}
    exempt: [{client: export-tool, because: It needs them.}]
  security:
    title: Security
    description: A second factor at sign-in.
    on_loss: {effect: closed}
""",
    "community.yaml": """\
plan: community
version: 0
title: Community
sold: self_service
price: free
support: forum
baa: not_offered
caps:
  users: {included: 10, extra: "2.00"}
features: [exports]
""",
    "pro.yaml": """\
plan: pro
version: 1
title: Pro
sold: self_service
extends: community
price: {monthly: "100.00", annual_total: "1000.00"}
support: email
baa: offered
caps:
  users: {included: 50, extra: "2.00"}
features: [reports, security]
""",
    "published/pro@0.yaml": """\
plan: pro
version: 0
digest: "sha256:c323fabdf36e4e479c75a68cc0a891e19ac12d57f7239cc92d9d48305a38432c"
price: {monthly: "100.00", annual_total: "1000.00"}
support: email
baa: offered
caps:
  users: {included: 50, extra: "2.00"}
features: [exports, reports, security]
""",
    "add_ons/more.yaml": """\
add_ons:
  more_users:
    title: More users
    price: on_request
    sold_with: [pro]
    caps: {users: {add: 100}}
""",
    "lang/fr.yaml": """\
lang: fr
texts:
  plan.pro.title: Pro
  feature.reports.title: Rapports
""",
    "tests/plans.yaml": """\
tests:
  - name: Pro has reports
    given: {plan: pro}
    expect: {reports: allowed, cap.users: 50, support: email, baa: offered}
""",
    "samples/spaces.yaml": """\
- now: 2026-03-01
- subject: demo
  plan: pro
  start: 2026-01-01
  add_ons: [more_users]
  usage: {reports: 3, users: 12}
""",
}


def write(folder: Path, files: Files = FILES) -> Path:
    """`folder` with all of `files` in it."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return folder


def edited(name: str, old: str, new: str, files: Files = FILES) -> dict[str, str]:
    """The files with `old` replaced by `new` in one of them; `old` must stand there once."""
    assert files[name].count(old) == 1, f"{old!r} stands {files[name].count(old)} times in {name}"
    return {**files, name: files[name].replace(old, new)}


def overlaid(text: str, part: str) -> str:
    """A file of keys with `part` in place of what it says of the same keys."""
    keys = {line.partition(":")[0] for line in part.splitlines() if re.match(r"\w+:", line)}
    kept, keep = [], True
    for line in text.splitlines(keepends=True):
        if not line.startswith((" ", "-", "#")):
            keep = line.partition(":")[0] not in keys
        if keep:
            kept.append(line)
    return "".join(kept) + part
