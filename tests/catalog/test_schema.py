"""Breaches of each schema: one problem per mistake, at its place, in words that help."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from entitlements.catalog.reading.document import Document, Map, Seq, read_bytes
from entitlements.catalog.shape.schema import KINDS, schema_for, violations
from entitlements.problems import Problem

PLAN = """\
plan: pro
version: 1
title: Pro
sold: self_service
extends: standard
price: {monthly: "600.00", annual_total: "6000.00"}
"""
ACCEPT = """\
accept:
  - {rule: L403, because: A promotion., until: 2027-01-01}
  - {rule: L404, because: It costs money., until: never, about: sms}
  - {rule: CLINIC-1, because: So it was agreed., until: never, about: [sms, reports]}
"""
FULL_PLAN = """\
plan: pro
version: 0
title: Pro
description: |
  For programs at scale.
  Second line.
sold: by_sales
suspends: false
extends: standard
price: on_request
support: application
baa: offered
caps:
  mobile_users: {included: 250, extra: 2.00}
  sms: {included: 50, extra: by_rate}
  builder_reports: {included: 5, hard: true}
  web_users: unlimited
  other: none
  soft: {included: 1, extra: 2, hard: false}
features: [api_access, custom_reports]
without: [user_case]
"""
FEATURES = """\
group: {key: messaging, title: Messaging}
features:
  api_access:
    title: API access
    description: Lets programs in.
    on_loss: {effect: closed}
"""
FULL_FEATURES = """\
group: {key: messaging, title: Messaging, description: By SMS.}
features:
  api_access:
    title: API access
    description: Lets programs in.
    counts: {one: call, other: calls, few: calls}
    on_loss: {effect: deactivated, restores: by_hand, advice: Note them.}
    exempt: [{client: commcare-export, because: It is part of every plan.}]
    requires: [outbound_sms]
    checks: {office_hours: {from: "08:00", days: [1, 2]}, other_check: {}}
    when_stale: keep
    listed: no
"""
CATALOG = """\
catalog: commcare
title: CommCare
subject: {one: project space, other: project spaces}
currency: USD
time_zone: UTC
ladder: [community, pro]
default_plan: community
after_end: community
support_levels:
  - {key: community, title: Community, includes: []}
"""
FULL_CATALOG = (
    CATALOG
    + """\
description: Everything.
aliases: {free: community, free-plan: community}
minimum_term: {monthly: {days: 30}, annual: {until: term_end}, exempt: [trial, pro_bono]}
baa: {needs: [hipaa_compliance_assurance]}
clients: {commcare-export: {title: Export, description: Reads all.}}
contacts:
  sales: {title: Sales, ask: Ask for an offer., email: sales@example.org, url: "https://example.org/sales"}
terms:
  payment: {timing: [prepaid, postpaid], methods: [credit_card], autopay: Charged monthly.}
  invoice_day: 1
  invoice_recipients: {first: billing_contacts, otherwise: web_admins}
  credits: {expire: never, kept_on: [downgrade, end]}
  annual: {paid: in_advance, due_days: 30, refund_days: 90, note: Billed apart.}
  trial: {days: 30, plan: advanced_trial}
caps:
  mobile_users:
    title: Mobile users
    description: People with a phone.
    unit: {one: user, other: users}
    counted_by: usage
    period: calendar_month
    feature: outbound_sms
    to_reduce: [{do: delete, reversible: false, data: gone}]
"""
)
ADD_ONS = "add_ons:\n  more: {title: More, price: free, sold_with: [pro]}\n"
FULL_ADD_ONS = """\
add_ons:
  more:
    title: More
    description: Even more.
    price: {monthly: 5, annual_total: 50.5}
    sold_with: [pro, advanced]
    features: [reports]
    caps: {reports: {at_least: 15}, sms: {add: 100}, users: {at_least: unlimited}}
"""
PUBLISHED = """\
plan: pro
version: 0
digest: "sha256:0123456789abcdef"
price: free
support: email
baa: not_offered
caps: {}
features: []
"""
FULL_PUBLISHED = PUBLISHED.replace("{}", "{sms: none}").replace("[]", "[a, b]") + "suspends: true\n"
LANG = "lang: fr\ntexts: {plan.pro.title: Pro}\n"
FULL_LANG = "lang: pt-BR\ntexts:\n  plan.pro.title: Pro\n  feature.api_access.description: Deixa entrar.\n"
SUBJECTS = "- subject: demo\n"
FULL_SUBJECTS = """\
- now: 2026-03-01T12:00:00Z
- subject: demo-health
  plan: pro@0
  start: 2026-01-15
  end: never
  cadence: annual
  kind: product
  add_ons: [reports, {add_on: more, start: 2026-01-15, end: 2026-02-01}]
  overrides:
    - {kind: pro_bono, give: x, because: Poor., by: ops, start: 2026-01-01, end: never}
    - {kind: legacy, remove: x, because: Old., by: ops, start: 2026-01-01, end: 2026-02-01}
    - {kind: agreement, cap: sms, set: unlimited, because: Big., by: ops, start: 2026-01-01, end: never}
    - {kind: agreement, cap: sms, at_least: 5, because: Big., by: ops, start: 2026-01-01, end: never}
    - {kind: agreement, support: email, because: Big., by: ops, start: 2026-01-01, end: never}
  baa_signed_on: 2026-02-01
  baa_ended_on: 2026-02-28T10:00:00+03:00
  time_zone: Africa/Nairobi
  contacts: {billing: [a@example.org], admins: []}
  credits: "120.00"
  usage:
    mobile_users: 212
    cloudcare: unknown
    sms:
      {count: 6, exempt: 0, examples: [{label: ANC, url: /a}], last_used: 2026-01-01, measured_at: 2026-01-01}
- subject: several
  subscriptions: [{plan: pro, start: 2025-01-01, end: 2026-01-01}, {plan: standard, kind: bundle}]
"""
TESTS = "tests:\n  - {name: It works, given: {plan: pro}, expect: {api_access: allowed}}\n"
FULL_TESTS = """\
tests:
  - name: It works
    given:
      plan: pro@1
      add_ons: [more]
      overrides: [{cap: sms, set: 5}, {give: x}]
      usage: {sms: 6}
      date: 2026-01-01
      client: commcare-export
      action: read
      kind: trial
      baa_signed_on: 2026-01-01
    change_to: community
    expect:
      api_access: denied
      cap.sms: 5
      cap.users: unlimited
      baa: offered
      support: email
      lost: [a]
      gained: [b]
      effect.sms: charged
      direction: switch
"""
DATES = "effective_from: 2027-01-01T08:00:00Z\nexisting_subscribers: keep\n"
NEXT = PLAN + "effective_from: 2027-01-01\nexisting_subscribers: at_once\n"
MINIMAL = {
    "plan": PLAN,
    "features": FEATURES,
    "catalog": CATALOG,
    "add-ons": ADD_ONS,
    "next": NEXT,
    "published": PUBLISHED,
    "lang": LANG,
    "subjects": SUBJECTS,
    "plan-tests": TESTS,
}
FULL = {
    "plan": FULL_PLAN + DATES + ACCEPT,
    "features": FULL_FEATURES + ACCEPT,
    "catalog": FULL_CATALOG + ACCEPT,
    "add-ons": FULL_ADD_ONS + ACCEPT,
    "next": FULL_PLAN + DATES + ACCEPT,
    "published": FULL_PUBLISHED + DATES + "currency: USD\n",
    "lang": FULL_LANG + ACCEPT,
    "subjects": FULL_SUBJECTS + textwrap.indent(ACCEPT, "  "),
    "plan-tests": FULL_TESTS,
}


def document(text: str) -> Document:
    read = read_bytes(text.encode(), "plans/f.yaml")
    assert not read.problems, read.problems
    return read


def found(kind: str, text: str) -> tuple[Problem, ...]:
    return violations(document(text), kind)


def only(kind: str, text: str) -> Problem:
    problems = found(kind, text)
    assert len(problems) == 1, [str(problem) for problem in problems]
    return problems[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_minimal_and_a_full_file_are_right(kind: str) -> None:
    assert found(kind, MINIMAL[kind]) == ()
    assert found(kind, FULL[kind]) == ()


@pytest.mark.parametrize("kind", KINDS)
def test_the_full_files_show_every_field(kind: str) -> None:
    schema = schema_for(kind)
    for key in schema.get("properties", {}):
        assert f"{key}:" in FULL[kind]


# kind, text, code, (line, column), words in the message or hint
MISTAKES = [
    # keys
    ("plan", PLAN.replace("title:", "titel:"), "S201", (3, 1), 'did you mean "title"?'),
    ("plan", PLAN.replace("extends:", "extend:"), "S201", (5, 1), 'did you mean "extends"?'),
    ("plan", PLAN + "favourite_colour: red\n", "S201", (7, 1), "allowed: description, suspends, support"),
    ("plan", PLAN + "monthly: 5\n", "S201", (7, 1), 'it belongs inside "price"'),
    ("plan", PLAN.replace("annual_total", "anual_total"), "S201", (6, 28), "annual_total"),
    (
        "plan",
        PLAN.replace("title: Pro\n", ""),
        "S202",
        (1, 1),
        '"title" is missing; for example `title: Pro`',
    ),
    (
        "features",
        FEATURES.replace("    on_loss: {effect: closed}\n", ""),
        "S202",
        (4, 5),
        "closed, deactivated",
    ),
    (
        "features",
        FEATURES.replace("on_loss: {effect: closed}", "effect: closed"),
        "S201",
        (6, 5),
        '"on_loss"',
    ),
    (
        "features",
        FEATURES + "    requires: [x]\n    counts: {one: x}\n",
        "S202",
        (8, 14),
        '"other" is missing',
    ),
    ("features", FEATURES + "    group: x\n", "S201", (7, 5), "top level"),
    ("features", FEATURES.replace("api_access", "API-Access"), "S205", (3, 3), "such as api_access"),
    (
        "add-ons",
        "add_ons: {m: {title: M, price: free, sold_with: [p], caps: {s: {}}}}",
        "S208",
        (1, 64),
        "add: 100",
    ),
    ("lang", "lang: fr\ntexts: {plan: Pro}\n", "S205", (2, 9), "plan.pro.title"),
    ("plan-tests", TESTS.replace("api_access: allowed", "directon: upgrade"), "S201", (2, 51), "direction"),
    ("plan-tests", TESTS.replace("api_access: allowed", "lsot: [a]"), "S201", (2, 51), '"lost"'),
    ("plan-tests", TESTS.replace("api_access: allowed", "caps.sms: 3"), "S205", (2, 51), "cap.KEY"),
    ("subjects", SUBJECTS + "- now: 2026-01-01\n", "S201", (2, 3), "only the first item"),
    ("subjects", "- nwo: 2026-01-01\n", "S201", (1, 3), 'did you mean "now"?'),
    ("subjects", "- now: 2026-01-01\n  subject: x\n", "S201", (2, 3), "a record of its own"),
    # rules between keys
    ("plan", PLAN + "caps: {sms: {included: 5}}\n", "S202", (7, 14), "hard: true"),
    ("plan", PLAN + "caps: {sms: {included: 5, hard: false}}\n", "S202", (7, 14), "hard: true"),
    ("plan", PLAN + "caps: {sms: {included: 5, hrd: true}}\n", "S201", (7, 27), '"hard"'),
    ("plan", PLAN + "caps: {sms: {included: 5, hard: true, extra: 2}}\n", "S201", (7, 39), "past a hard cap"),
    (
        "catalog",
        CATALOG + "minimum_term: {monthly: {days: 3, until: term_end}}\n",
        "S201",
        (11, 35),
        "together",
    ),
    (
        "subjects",
        SUBJECTS + "  plan: pro\n  subscriptions: [{plan: pro}]\n",
        "S201",
        (2, 3),
        "in one of them",
    ),
    # types
    ("plan", "- a\n", "S203", (1, 1), "the file must be a block"),
    ("plan", PLAN.replace("title: Pro", "title: 2024"), "S203", (3, 8), 'in quotes: "2024"'),
    ("plan", PLAN.replace("title: Pro", "title: 2.50"), "S203", (3, 8), 'in quotes: "2.50"'),
    ("plan", PLAN.replace("version: 1", 'version: "1"'), "S203", (2, 10), "write 1 without quotes"),
    ("plan", PLAN.replace("version: 1", "version: 1.0"), "S203", (2, 10), "without decimals"),
    (
        "plan",
        PLAN.replace("version: 1", "version: true"),
        "S203",
        (2, 10),
        "must be a whole number, found true",
    ),
    ("plan", PLAN + "suspends: yes\n", "S203", (7, 11), "write true or false"),
    ("plan", PLAN + 'suspends: "on"\n', "S203", (7, 11), "write true or false"),
    ("plan", PLAN + "features: api_access\n", "S203", (7, 11), "write a list: [api_access]"),
    ("plan", PLAN + "features:\n  api_access: true\n", "S203", (8, 3), 'begin each line of a list with "- "'),
    ("plan", PLAN + "caps:\n  - sms: none\n", "S203", (8, 3), 'without "- " in front'),
    ("plan", PLAN + "caps: {sms: 250}\n", "S203", (7, 13), "write {included: 250, extra:"),
    ("plan", PLAN.replace("sold: self_service", "sold: false"), "S203", (4, 7), 'did you mean "no"?'),
    (
        "features",
        FEATURES.replace("{effect: closed}", "closed"),
        "S203",
        (6, 14),
        "write on_loss: {effect: closed}",
    ),
    # values
    (
        "plan",
        PLAN.replace("self_service", "self-service"),
        "S204",
        (4, 7),
        'did you mean "self_service"? (allowed',
    ),
    (
        "plan",
        PLAN.replace("self_service", "everyone"),
        "S204",
        (4, 7),
        "allowed: self_service, by_sales, trial",
    ),
    ("plan", PLAN.replace('{monthly: "600.00", annual_total: "6000.00"}', "fre"), "S204", (6, 8), '"free"'),
    ("plan", PLAN + "caps: {sms: unlimted}\n", "S204", (7, 13), 'did you mean "unlimited"?'),
    ("plan", PLAN + "caps: {sms: {included: 1, extra: by_rat}}\n", "S204", (7, 34), '"by_rate"'),
    ("plan", PLAN.replace("plan: pro", "plan: Pro Plan"), "S205", (1, 7), "lower-case letters"),
    ("plan", PLAN.replace("plan: pro", 'plan: "pro\\n"'), "S205", (1, 7), "lower-case letters"),
    ("plan", PLAN.replace('"600.00"', "$600"), "S205", (6, 18), "without currency sign"),
    ("plan", PLAN.replace('"600.00"', "-5"), "S206", (6, 18), "the least is 0"),
    ("plan", PLAN.replace("version: 1", "version: -1"), "S206", (2, 10), "cannot be -1; the least is 0"),
    ("catalog", CATALOG + "terms: {invoice_day: 29}\n", "S206", (11, 22), "the most is 28"),
    ("subjects", SUBJECTS + "  start: 2026-02-30\n", "S206", (2, 10), "there is no such day"),
    ("subjects", SUBJECTS + "  start: 2026-01-01T10:00:00\n", "S205", (2, 10), "with offset"),
    ("subjects", SUBJECTS + "  end: nevr\n", "S204", (2, 8), 'did you mean "never"?'),
    ("subjects", SUBJECTS + "  usage: {sms: {count: '5'}}\n", "S203", (2, 24), "write 5 without quotes"),
    ("plan-tests", TESTS.replace("allowed", "allow"), "S204", (2, 63), 'did you mean "allowed"?'),
    ("plan", PLAN + "features: [aa, bb, aa]\n", "S207", (7, 20), '"aa" is listed twice in features'),
    # nothing
    ("plan", "{}\n", "S208", (1, 1), "it needs plan, version, title, sold, price"),
    ("plan", PLAN.replace("title: Pro", "title:"), "S208", (3, 1), "nothing is written after `title:`"),
    ("plan", PLAN.replace("title: Pro", "title: ~"), "S208", (3, 8), "title is empty"),
    ("plan", PLAN.replace("title: Pro", 'title: " "'), "S208", (3, 8), "title is empty"),
    ("plan", PLAN + "features:\n  - aa\n  -\n", "S208", (9, 4), "features, item 2 is empty"),
    ("features", "group: {key: g, title: G}\nfeatures: {}\n", "S208", (2, 11), "put at least one in"),
    ("add-ons", ADD_ONS.replace("[pro]", "[]"), "S208", (2, 47), "put at least one in"),
]


@pytest.mark.parametrize(("kind", "text", "code", "place", "words"), MISTAKES)
def test_one_mistake_gives_one_problem_at_its_place(
    kind: str, text: str, code: str, place: tuple[int, int], words: str
) -> None:
    problem = only(kind, text)
    assert (problem.code, (problem.mark.line, problem.mark.column)) == (code, place), str(problem)
    assert words in str(problem)
    assert problem.mark.file == "plans/f.yaml"


OVERRIDE = "kind: k, because: b, by: c, start: 2026-01-01, end: never"


@pytest.mark.parametrize(
    ("rest", "code", "words"),
    [
        ("", "S202", "an exception does one thing"),
        (", give: x, remove: y", "S201", '"give" and "remove" cannot be given together'),
        (", cap: x", "S202", "either set or at_least"),
        (", cap: x, set: 1, at_least: 2", "S201", '"set" and "at_least" cannot be given together'),
        (", set: 1", "S202", '"set" is given without "cap"'),
        (", gve: x", "S201", 'did you mean "give"?'),
    ],
)
def test_an_override_does_exactly_one_thing(rest: str, code: str, words: str) -> None:
    problem = only("subjects", f"{SUBJECTS}  overrides: [{{{OVERRIDE}{rest}}}]\n")
    assert problem.code == code
    assert words in str(problem)


def test_a_plan_that_extends_nothing_must_say_support_and_baa() -> None:
    problem = only("plan", PLAN.replace("extends: standard\n", ""))
    assert problem.message == (
        '"support" and "baa" are missing: a plan that extends no other must say it itself'
    )


def test_a_feature_without_on_loss_is_told_why_it_matters() -> None:
    problem = only("features", FEATURES.replace("    on_loss: {effect: closed}\n", ""))
    assert problem.message == (
        '"on_loss" is missing in features.api_access: '
        "each feature must say what happens when a plan without it is chosen"
    )
    assert problem.hint is not None
    assert all(effect in problem.hint for effect in ("closed", "deactivated", "read_only", "deleted"))


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        (PLAN.replace("title:", "titel:"), "title"),
        (PLAN.replace("self_service", "self-service"), "self_service"),
        (PLAN + 'suspends: "true"\n', "true"),
        (PLAN + "suspends: no\n", "false"),
        (PLAN + "suspends: never\n", None),
        (PLAN.replace("version: 1", 'version: "1"'), "1"),
        (PLAN.replace("version: 1", "version: 1.5"), None),
        (PLAN.replace("title: Pro", "title: 2.50"), '"2.50"'),
        (PLAN + "features: aa, bb\n", "[aa, bb]"),
        (PLAN + "colour: red\n", None),
    ],
)
def test_a_fix_is_offered_only_where_it_is_certain_and_then_mends_the_file(
    text: str, fix: str | None
) -> None:
    problem = only("plan", text)
    assert (problem.fix.text if problem.fix else None) == fix
    if problem.fix:
        lines, mark = text.splitlines(), problem.fix.mark
        line = lines[mark.line - 1]
        lines[mark.line - 1] = line[: mark.column - 1] + problem.fix.text + line[mark.end_column - 1 :]
        assert found("plan", "\n".join(lines)) == ()


def test_a_repeated_item_shows_where_it_stood_first() -> None:
    (related,) = only("plan", PLAN + "features: [aa, bb, aa]\n").related
    assert (related.mark.line, related.mark.column) == (7, 12)


def test_several_mistakes_are_all_told_in_file_order() -> None:
    text = "plan: Pro\nversoin: 1\ntitle:\nsold: self_service\nextends: [a]\nprice: 600\n"
    assert [(p.code, p.mark.line) for p in found("plan", text)] == [
        ("S205", 1),
        ("S201", 2),
        ("S208", 3),
        ("S203", 5),
        ("S203", 6),
    ]


def test_nothing_is_said_below_a_value_of_the_wrong_type_or_an_unknown_key() -> None:
    assert (
        len(found("features", FEATURES.replace("    on_loss:", "    onloss:").replace("closed", "nonsense")))
        == 1
    )
    assert len(found("plan", PLAN + "caps: [{sms: {included: x}}]\n")) == 1


def test_a_document_that_could_not_be_read_has_no_further_problems() -> None:
    read = read_bytes(b"a: [", "f.yaml")
    assert read.value is None
    assert violations(read, "plan") == ()


def test_kinds_may_be_written_with_underscores_and_unknown_ones_are_refused() -> None:
    assert violations(document(ADD_ONS), "add_ons") == ()
    with pytest.raises(ValueError, match="plan-tests"):
        violations(document(PLAN), "plans")


def test_schema_for_gives_a_copy() -> None:
    schema_for("plan")["properties"].clear()
    assert schema_for("plan")["properties"]


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"key_{i}: 1\n" for i in range(50_000)),
        "features:\n" + "  - Bad Key\n" * 50_000,
        "features:\n" + "  - again\n" * 50_000,
        f"{'k' * 500}: 1\nsold: {'s' * 50_000}\nplan: {'P ' * 50_000}x\n",
        "- x\n" * 50_000,
    ],
)
def test_a_hostile_file_is_answered_at_once_and_in_few_words(text: str) -> None:
    read = document(text)
    start = time.perf_counter()
    problems = violations(read, "plan")
    assert time.perf_counter() - start < 1
    assert 0 < len(problems) <= 1000
    assert all(len(str(problem)) < 600 for problem in problems)


def test_a_large_honest_file_is_judged_in_linear_time() -> None:
    features = "".join(f"  - feature_{i}\n" for i in range(100_000))
    read = document(f"{PLAN}features:\n{features}")
    start = time.perf_counter()
    assert violations(read, "plan") == ()
    assert time.perf_counter() - start < 1


FOLDERS = {"features": "features", "add_ons": "add-ons", "published": "published", "lang": "lang"} | {
    "tests": "plan-tests",
    "samples": "subjects",
}
SHIPPED = Path(__file__).parents[2] / "plans"
SHIPPED_FILES = sorted(path.relative_to(SHIPPED).as_posix() for path in SHIPPED.rglob("*.yaml"))


@pytest.mark.parametrize("name", SHIPPED_FILES)
def test_the_shipped_catalog_follows_the_schemas(name: str) -> None:
    folder = name.partition("/")[0]
    kind = FOLDERS.get(folder, "catalog" if name == "catalog.yaml" else "plan")
    read = read_bytes((SHIPPED / name).read_bytes(), name)
    assert [str(problem) for problem in violations(read, kind)] == []


def fixed_keys(value: object, schema_keys: set[str]) -> Iterator[tuple[Map, str]]:
    """Every key of a document that its schema prescribes; keys of people's own are not misspelt."""
    if isinstance(value, Map):
        for key in value:
            if key in schema_keys:
                yield value, key
            yield from fixed_keys(value[key], schema_keys)
    elif isinstance(value, Seq):
        for item in value:
            yield from fixed_keys(item, schema_keys)


def prescribed(schema: object) -> set[str]:
    if isinstance(schema, list):
        return set().union(*(prescribed(item) for item in schema))
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", ())).union(*(prescribed(inner) for inner in schema.values()))


def typos(word: str) -> set[str]:
    dropped = {word[:i] + word[i + 1 :] for i in range(len(word))}
    swapped = {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)}
    return (dropped | swapped) - {word, ""}


@pytest.mark.parametrize("kind", ["plan", "features", "catalog", "add-ons", "subjects"])
def test_a_misspelt_key_gives_one_problem_on_its_line_with_the_right_key(kind: str) -> None:
    text = FULL[kind]
    keys = prescribed(schema_for(kind))
    tried = right = 0
    for home, key in fixed_keys(document(text).value, keys):
        mark = home.key_mark(key)
        lines = text.splitlines()
        line = lines[mark.line - 1]
        for typo in sorted(typos(key) - keys):
            lines[mark.line - 1] = line[: mark.column - 1] + typo + line[mark.column - 1 + len(key) :]
            problem = only(kind, "\n".join(lines) + "\n")
            assert (problem.code, problem.mark.line) == ("S201", mark.line), str(problem)
            tried += 1
            right += problem.hint == f'did you mean "{key}"?'
    assert tried > 100
    assert right >= 0.95 * tried, (right, tried)
