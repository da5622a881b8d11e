"""The page as readers have it: on a phone, on a desk, on paper, by day and by night; pictures of it in `target/pages`."""

import html
import itertools

import pytest

import postures
import stack
from chromium import Chromium

MEASURE = (stack.ROOT / "infra" / "checks" / "page.js").read_text()
PICTURES = stack.BINARIES.parent / "pages"
FINDINGS = 140
# A4 without our margins, at 96 dots an inch.
PAPER = 688
LOOKS = [*itertools.product((375, 1280), ("light", "dark"), ("screen",)), *itertools.product((PAPER,), ("light", "dark"), ("print",))]


@pytest.fixture(scope="module")
def browser():
    with Chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def posture():
    return postures.posture(postures.warden(), FINDINGS)


@pytest.fixture(scope="module")
def page(browser, posture, tmp_path_factory):
    return opened(browser, posture, tmp_path_factory.mktemp("page"))


def opened(browser, posture, folder):
    (folder / "report.html").write_text(postures.written(postures.warden(), folder, posture, "html"))
    page = browser.page()
    page.open(folder / "report.html")
    return page


def listed(posture: dict) -> list[str]:
    """Functions the page shows one by one: what is exempt stands in a list of its own."""
    return sorted(one["function"] for one in posture["findings"] if one["status"] == "unknown" or "exemption" not in one)


@pytest.mark.parametrize("width,scheme,media", LOOKS)
def test_everything_can_be_read(page, posture, width, scheme, media):
    page.look(width, scheme, media)
    seen = page.evaluate(MEASURE)
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / f"{media}-{width}-{scheme}.png").write_bytes(page.picture())
    assert seen["overflow"] <= 0 and seen["cut"] == []
    assert seen["faint"] == [] and seen["dim"] == []
    assert sorted(seen["functions"]) == listed(posture)
    assert seen["nights"] == seen["bars"] == len(posture["history"]) + 1
    # What the styles promise is what is drawn: the ground at the page's edge, and letters in another colour.
    light = scheme == "light" or media == "print"
    darkest, lightest = luminance(page, {"x": 0, "y": 0, "width": 4, "height": 4})
    assert darkest == lightest and (darkest > 0.9 if light else lightest < 0.1)
    darkest, lightest = luminance(page, seen["heading"])
    assert (lightest + 0.05) / (darkest + 0.05) >= 4.5, "no letter is drawn"


def luminance(page, of: dict) -> tuple[float, float]:
    return page.browser.luminance(page.picture(of))


def test_nothing_runs_is_fetched_or_complains(page):
    page.look(1280, "light")
    assert page.evaluate(MEASURE)["owned"] == "undefined"
    [own] = page.requests()
    assert own.startswith("file://") and own.endswith("/report.html")
    assert page.complaints() == []


def test_names_of_an_attackers_are_read_as_they_are(page):
    page.look(1280, "light")
    words = " ".join(page.evaluate(MEASURE)["words"])
    for text in postures.HOSTILE:
        for part in text.split("\u0000")[0].split("\u202e")[0].split("\r\n")[0].split("`"):
            assert part in words


def test_paper_tells_what_is_folded_on_a_screen(page, posture):
    advice = [one["fix"].split("`")[0] for one in posture["rules"].values() if one["fix"]]
    page.look(1280, "light")
    assert "Mend" not in page.evaluate(MEASURE)["words"]
    page.look(PAPER, "dark", "print")
    words = page.evaluate(MEASURE)["words"]
    assert sum(any(word.startswith(text.strip()) for word in words) for text in advice if text.strip()) > 50
    paper = page.paper()
    (PICTURES / "paper.pdf").write_bytes(paper)
    assert paper.startswith(b"%PDF") and paper.count(b"/Type /Page\n") > 3


def test_twenty_thousand_findings_are_a_page_that_opens(browser, tmp_path):
    posture = postures.posture(postures.warden(), 20_000)
    page = opened(browser, posture, tmp_path)
    page.look(375, "light")
    seen = page.evaluate(MEASURE)
    assert (tmp_path / "report.html").stat().st_size < 8_000_000 and seen["elements"] < 100_000
    assert seen["overflow"] <= 0 and seen["cut"] == []
    # Every rule is there with its true count, and what is not shown is said to be elsewhere.
    opened_violations = sum(one["status"] == "failed" and "exemption" not in one for one in posture["findings"])
    words = seen["words"]
    assert f"{opened_violations:,}" in words
    assert set(seen["functions"]) < set(listed(posture))
    assert any(word.endswith("the JSON and CSV forms hold all.") for word in words)


@pytest.mark.parametrize("body,complaint", [
    ("<h1>a</h1>" + postures.HOSTILE[0], "owned"),
    ("<h1>a</h1><img src=https://evil.example/a.png>", "requests"),
    ("<h1>a</h1><p style='width:2000px'>wide", "overflow"),
    ("<h1>a</h1><table style='table-layout:fixed;width:9px'><td style='white-space:nowrap'>cut", "cut"),
    ("<h1>a</h1><p style='color:#777;background:#888'>faint", "faint"),
    ("<h1>a</h1><i class=dot style='background:#fefefe'>&nbsp;</i>", "dim"),
])
def test_what_is_bad_is_seen(browser, tmp_path, body, complaint):
    (tmp_path / "bad.html").write_text(f"<!doctype html><title>{html.escape(complaint)}</title><body>{body}")
    page = browser.page()
    page.open(tmp_path / "bad.html")
    page.look(375, "light")
    seen = page.evaluate(MEASURE)
    bad = {"owned": seen["owned"] != "undefined", "requests": len(page.requests()) > 1, "overflow": seen["overflow"] > 0,
           "cut": seen["cut"] != [], "faint": seen["faint"] != [], "dim": seen["dim"] != []}
    assert bad[complaint], bad
