"""The pricing page as a browser shows it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest

from entitlements.amounts import Price
from entitlements.catalog.load import load_catalog
from entitlements.model import Catalog, Titled
from entitlements.report.pricing_table import pricing_table
from entitlements.report.render.html_page import pricing_page, saving

CATALOG = load_catalog()
SHIPPED = pricing_page(pricing_table(CATALOG))
#: What would run, break out of its place, turn the line round, or be lost.
HOSTILE = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(2)>' onclick='alert(3)",
    "</style></title><h1>mine</h1>",
    "{{ 7 * 7 }} {% raw %} &amp; &lt;",
    "\u202egnorw\u202c \u2067left\u2069 \u200fמחיר",
    "W" * 300,
    "👩🏽\u200d🔬 ✓ ﷽ e\u0301",
    "javascript:alert(4)",
]


def hostile(words: str) -> Catalog:
    """The shipped catalog with every text that people see replaced by `words`."""
    titles: Any = {"title": words, "description": words}
    support = {
        key: replace(level, title=words, includes=(words,)) for key, level in CATALOG.support_levels.items()
    }
    return replace(
        CATALOG,
        **titles,
        plans={key: replace(plan, **titles) for key, plan in CATALOG.plans.items()},
        features={key: replace(feature, **titles) for key, feature in CATALOG.features.items()},
        caps={key: replace(cap, **titles) for key, cap in CATALOG.caps.items()},
        add_ons={key: replace(add_on, **titles) for key, add_on in CATALOG.add_ons.items()},
        groups={key: replace(group, **titles) for key, group in CATALOG.groups.items()},
        support_levels=support,
        contacts={"sales": Titled("sales", words, words, "https://example.org/?a=1&b=2")},
    )


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, 768, 1280])
def test_axe_finds_nothing(open_page: Any, axe: str, width: int, dark: bool) -> None:
    page = open_page(pricing_page(pricing_table(CATALOG, everything=True)), width=width, dark=dark)
    page.evaluate(axe)
    found = page.evaluate("axe.run({resultTypes: ['violations', 'incomplete']})")
    assert [(v["id"], [n["html"] for n in v["nodes"]][:3]) for v in found["violations"]] == []
    # A heading over a group of rows has no cells beside it; axe leaves such to people.
    assert {rule["id"] for rule in found["incomplete"]} <= {"th-has-data-cells"}
    assert len(found["passes"]) > 20


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_nothing_is_wider_than_the_screen(open_page: Any, width: int) -> None:
    page = open_page(SHIPPED, width=width)
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


def test_it_asks_for_nothing_and_its_own_style_passes_its_policy(open_page: Any) -> None:
    page = open_page(SHIPPED)
    assert page.seen == [page.address]
    assert page.evaluate("getComputedStyle(document.querySelector('.card')).display") == "grid"
    assert page.locator("meta[http-equiv]").get_attribute("content").startswith("default-src 'none';")
    assert page.locator("script, link, img, iframe, [style]").count() == 0


def test_the_policy_keeps_out_what_is_not_in_it(open_page: Any) -> None:
    page = open_page(
        SHIPPED.replace("</main>", "<img src='https://example.org/x.png'><script>1</script></main>")
    )
    kept_out = [said for said in page.seen if "violates the following Content Security Policy" in said]
    assert [said.split()[0] for said in kept_out] == ["Loading", "Executing"]


def test_dark_and_light_differ_and_both_are_calm(open_page: Any) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    assert open_page(SHIPPED).evaluate(ground) == "rgb(255, 255, 255)"
    assert open_page(SHIPPED, dark=True).evaluate(ground) == "rgb(17, 23, 29)"


def test_the_keyboard_reaches_the_skip_link_first_and_every_other_link(open_page: Any) -> None:
    page = open_page(pricing_page(pricing_table(CATALOG, everything=True)))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.wait_for_function("document.activeElement.getBoundingClientRect().top >= 0")
    reached = 1
    while reached < 50:
        page.keyboard.press("Tab")
        if not page.evaluate("document.activeElement.matches('a')"):
            break
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        reached += 1
    assert reached == page.locator("a").count() > 3
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_ids_are_unique_and_every_reference_leads_somewhere(open_page: Any) -> None:
    page = open_page(pricing_page(pricing_table(CATALOG, everything=True)))
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    wanted = page.evaluate(
        "[...document.querySelectorAll('[aria-labelledby], [href^=\"#\"]')]"
        ".map(e => e.getAttribute('aria-labelledby') || e.getAttribute('href').slice(1))"
    )
    assert len(set(wanted)) > 8
    assert set(wanted) <= set(ids)


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_a_screen_reader_meets_a_whole_table_also_on_a_phone(open_page: Any, width: int) -> None:
    page = open_page(SHIPPED, width=width)
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    roles = Counter(node["role"]["value"] for node in tree if not node["ignored"])
    table = pricing_table(CATALOG)
    features, caps, groups = len(table.features), len(table.caps), len(table.groups)
    others = 2  # support and BAA
    assert roles["table"] == 1
    assert roles["columnheader"] == len(table.plans)
    assert roles["row"] == 1 + 1 + others + caps + groups + features
    assert roles["rowheader"] == roles["row"] - 1
    assert roles["cell"] == 1 + (others + caps + features) * len(table.plans)
    assert roles["rowgroup"] == 1 + 1 + groups


def test_the_table_names_its_roles_because_some_browsers_drop_them_with_the_layout(open_page: Any) -> None:
    parts = open_page(SHIPPED).locator("table, thead, tbody, tr, th, td")
    assert parts.count() > 300
    assert parts.evaluate_all("all => all.filter(part => !part.hasAttribute('role')).length") == 0


def test_a_cell_says_in_words_what_its_sign_means(open_page: Any) -> None:
    row = open_page(SHIPPED, width=320).locator("tr.signs", has_text="API Access").first
    said = [" ".join(words.split()) for words in row.locator("td").all_text_contents()]
    assert said == [
        "Community Not included", "Standard Not included", "Pro Included", "Advanced Included",
        "Enterprise Included",
    ]  # fmt: skip


def test_printed_the_head_is_repeated_and_no_row_is_split(open_page: Any) -> None:
    page = open_page(SHIPPED)
    pdf = page.pdf(prefer_css_page_size=True)
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    assert 4 <= pages <= 12
    page.emulate_media(media="print", color_scheme="dark")
    style = (
        "e => [getComputedStyle(e).display, getComputedStyle(e).breakInside, getComputedStyle(e).position]"
    )
    assert page.locator("table thead").evaluate(style)[0] == "table-header-group"
    assert page.locator("table thead th").first.evaluate(style)[2] == "static"
    assert page.locator("table tbody tr").nth(5).evaluate(style)[:2] == ["table-row", "avoid"]
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


def test_in_forced_colours_borders_and_signs_stay(open_page: Any) -> None:
    page = open_page(SHIPPED, forced_colors="active")
    border, ground = page.locator(".card").first.evaluate(
        "e => [getComputedStyle(e).borderTopColor, getComputedStyle(document.body).backgroundColor]"
    )
    assert border != ground
    assert page.locator("td.yes .sign").first.evaluate("e => getComputedStyle(e).stroke") != ground


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_stay_texts(open_page: Any, words: str) -> None:
    page = open_page(pricing_page(pricing_table(hostile(words), everything=True)), width=320)
    assert page.seen == [page.address]
    assert page.locator("script, img, [onclick], [onerror]").count() == 0
    assert page.locator("h1").all_text_contents() == [words]
    assert set(page.locator("tbody th bdi").all_text_contents()) == {words}
    assert page.locator("bdi").count() > 200
    assert page.title() == " ".join(words.split())
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


def test_control_characters_are_shown_by_their_signs(open_page: Any) -> None:
    page = open_page(pricing_page(pricing_table(hostile("a\x00b\x07c\x7f"))))
    assert page.locator("h1").text_content() == "a␀b␇c␡"


def test_prices_are_said_by_the_month_and_by_the_year_with_what_it_saves(open_page: Any) -> None:
    cards = open_page(SHIPPED).locator(".card")
    said = [" ".join(words.split()) for words in cards.all_inner_texts()]
    assert "600.00 USD a month or 6,000.00 USD a year saves 1,200.00 USD 250 mobile users" in said[2]
    assert "Everything in Standard, plus 16 features" in said[2]
    assert "Free 10 mobile users Community support 2 features" in said[0]
    assert "On request Ask sales for a price" in said[4]


@pytest.mark.parametrize(
    ("price", "less"),
    [
        (Price(Decimal(600), Decimal(6000)), Decimal(1200)),
        (Price(Decimal(10), Decimal(120)), None),
        (Price(Decimal(10), Decimal(130)), None),
        (Price(Decimal(10), None), None),
        (Price(Decimal(0), Decimal(0)), None),
        (Price(None, None), None),
    ],
)
def test_a_year_saves_what_twelve_months_cost_more(price: Price, less: Decimal | None) -> None:
    assert saving(price) == less


def test_caps_are_said_in_words(open_page: Any) -> None:
    rows = open_page(SHIPPED).locator("tr.words")
    said = [" ".join(words.split()) for words in rows.all_inner_texts()]
    mobile = next(words for words in said if words.startswith("Mobile users"))
    assert "250 mobile users then 2.00 USD each a month" in mobile
    assert mobile.endswith("Unlimited")
    sms = next(words for words in said if words.startswith("SMS"))
    assert "None 50 messages a month further ones by rate" in sms
    reports = next(words for words in said if words.startswith("Report builder"))
    assert "5 reports no more can be added" in reports


def test_an_add_on_is_linked_from_the_cells_it_fills(open_page: Any) -> None:
    page = open_page(pricing_page(pricing_table(CATALOG, everything=True)))
    links = page.locator("td.add-on a")
    assert links.count() == 4
    target = links.first.get_attribute("href")
    offer = " ".join(page.locator(target).inner_text().split())
    assert "Price on request Sold with Pro and Advanced" in offer
    assert "at least 15 reports" in offer


def test_terms_are_plain_sentences(open_page: Any) -> None:
    said = " ".join(open_page(SHIPPED).locator("main").inner_text().split())
    for sentence in (
        "A subscription paid by the month lasts at least 30 days.",
        "There is no minimum for trials, pro bono plans and developer plans.",
        "Ways to pay: credit card, electronic fund transfer or check.",
        "Invoices go to the billing contacts, and to the web admins where there are none.",
        "What is paid in advance never expires.",
        "Advanced trial lasts 30 days.",
        "It stands on HIPAA Compliance Assurance.",
    ):
        assert sentence in said


def test_a_catalog_without_terms_add_ons_and_contacts_says_nothing_of_them() -> None:
    empty: Any = MappingProxyType({})
    bare = replace(
        CATALOG,
        terms=empty,
        minimum_term=empty,
        add_ons=empty,
        contacts=empty,
        description=None,
        baa_needs=(),
    )
    html = pricing_page(pricing_table(bare))
    for words in ("Minimum term", "Payment", "Credits", "Add-ons", "Whom to ask", "stands on", 'lede">'):
        assert words not in html
    assert "On request" in html


def test_translated_titles_say_their_language_and_our_own_words_theirs(open_page: Any) -> None:
    page = open_page(pricing_page(pricing_table(CATALOG, lang="fr")))
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["fr", "ltr"]
    assert page.locator("h3 bdi[lang=fr]").first.text_content() == "Communauté"
    assert page.locator("td.yes span[lang=en]").first.text_content() == "Included"


def test_a_language_from_the_right_turns_the_page(open_page: Any, axe: str) -> None:
    texts = {"ar": {"plan.pro.title": "برو", "catalog.title": "خطط"}}
    html = pricing_page(pricing_table(replace(CATALOG, texts=texts), lang="ar-EG"))
    page = open_page(html, width=320)
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["ar-EG", "rtl"]
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    page.evaluate(axe)
    assert page.evaluate("axe.run().then(found => found.violations.map(v => v.id))") == []


def test_many_plans_are_moved_sideways_within_their_own_region(open_page: Any, axe: str) -> None:
    keys = [f"plan_{number}" for number in range(12)]
    plans = {**CATALOG.plans, **{key: replace(CATALOG.plans["pro"], key=key, title=key) for key in keys}}
    page = open_page(pricing_page(pricing_table(replace(CATALOG, plans=plans, ladder=tuple(keys)))))
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    assert page.locator(".wide").evaluate("e => e.scrollWidth > e.clientWidth")
    page.evaluate(axe)
    assert page.evaluate("axe.run().then(found => found.violations.map(v => v.id))") == []


def test_equal_catalogs_give_equal_pages() -> None:
    assert pricing_page(pricing_table(load_catalog())) == SHIPPED
