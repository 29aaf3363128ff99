"""Pages asked for in process: what they show, what they never let through."""

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest
from starlette.testclient import TestClient

from lut_server.app import create_app
from lut_server.settings import Settings
from lut_server.wire import Report
from profiler.device import table_name

BOTH = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
HOSTILE = "<script>alert('x')</script>\" onmouseover=\"alert(1)"
PAGES = ("/", "/devices", "/tables", "/campaigns", "/networks", "/compare")
VOID = ("meta", "link", "input", "img", "br")


class Outline(HTMLParser):
    """What a page is made of; complains about tags that do not fit together."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.ids = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.ids += [value for name, value in attributes if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def links(text, base):
    found = (unescape(href) for href in re.findall(r'<a [^>]*href="([^"]*)"', text))
    return {urljoin(base, href).partition("#")[0] for href in found}


def table_of(browser):
    names = [view["name"] for view in browser.get("/v1/tables").json()]
    return next(f"/tables/{name}" for name in names if name.startswith("jetson"))


@BOTH
@pytest.mark.parametrize("path", PAGES)
def test_an_empty_server_has_friendly_pages(http, path):
    answer = http.get(path)

    assert answer.status_code == 200
    Outline(answer.text)


def test_the_first_page_of_an_empty_server_says_what_to_type(http):
    text = http.get("/").text

    assert "hna agent --server http://testserver" in text


@BOTH
def test_a_table_is_shown_with_its_operations_on_every_database(http, client, bench, registered):
    client.report(Report(session=bench.session(bench.measured(bench.operation()))))
    name = table_name(bench.device.model, bench.environment)

    text = http.get(f"/tables/{name}").text
    (operation,) = {
        link for link in links(text, "/") if "/operations/" in link and "border" not in link
    } & {
        link
        for link in links(http.get(f"/tables/{name}?q=ResConv").text, "/")
        if "/operations/" in link
    }

    assert "3x3_ResConv 8&gt;8 @16x16" in text
    assert "sentinel_moved" in http.get(operation).text


@BOTH
def test_every_kind_of_page_works_on_every_database(small_lab):
    table = table_of(small_lab)
    operation = next(
        link for link in links(small_lab.get(table).text, "/") if "/operations/" in link
    )
    (campaign, _) = (view["id"] for view in small_lab.get("/v1/campaigns").json())
    paths = (
        *PAGES, table, operation, table.replace("tables", "certificates"),
        f"/campaigns/{campaign}", "/networks/network-0000", "/devices/orin-1-0123456789abcdef",
        f"/compare?a={table[8:]}&b={table[8:]}", "/devices?q=lab-2&health=unknown",
    )  # fmt: skip

    answers = {path: small_lab.get(path).status_code for path in paths}

    assert answers == dict.fromkeys(paths, 200)


def test_every_link_of_a_laboratory_leads_somewhere(browser):
    """Each address once; of those that differ in their query or operation only, one."""
    seen, left = {}, ["/"]
    while left:
        path = left.pop()
        answer = browser.get(path)
        seen[_kind(path)] = path
        assert answer.status_code == 200, path
        if answer.headers["content-type"].startswith("text/html"):
            outline = Outline(answer.text)
            assert len(outline.ids) == len(set(outline.ids)), path
            left += [link for link in links(answer.text, path) if _kind(link) not in seen]
            left = list({_kind(link): link for link in left if _kind(link) not in seen}.values())

    assert len(seen) > 25


def _kind(link):
    path, _, query = link.partition("?")
    return re.sub(r"(?<=/operations/).*|(?<=/measurements/).*", "", path), bool(query)


def test_nothing_from_outside_becomes_markup(browser):
    for path in (
        "/",
        "/devices",
        "/campaigns",
        "/devices?q=%3Cscript%3E",
        "/tables?q=%22%3E%3Cb%3E",
    ):
        outline = Outline(browser.get(path).text)

        scripts = [attributes for tag, attributes in outline.tags if tag == "script"]
        handlers = [
            name for _, attributes in outline.tags for name in attributes if name[:2] == "on"
        ]
        assert len(scripts) == 1, path
        assert scripts[0]["src"].startswith("/static/live-"), path
        assert handlers == [], path
    assert HOSTILE in unescape(browser.get("/devices").text)


def test_every_page_allows_this_servers_files_only(browser):
    for path in (*PAGES, table_of(browser), "/devices/nobody"):
        answer = browser.get(path)

        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "<style" not in answer.text
        assert not re.search(r"<[^>]* style=", answer.text)
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_files_of_the_page_are_named_by_their_content_and_kept_for_ever(browser):
    text = browser.get("/").text
    files = re.findall(r'(?:href|src)="(/static/[^"]+)"', text)

    answers = [browser.get(path) for path in files]

    assert {answer.status_code for answer in answers} == {200}
    assert all("immutable" in answer.headers["cache-control"] for answer in answers)
    assert all(re.search(r"-[0-9a-f]{12}\.(css|js|svg)$", path) for path in files)
    assert browser.get("/static/page-000000000000.css").status_code == 404


def test_what_is_not_there_is_a_page_that_says_so(browser):
    for path in ("/devices/nobody", "/tables/none", "/campaigns/none", "/networks/none"):
        answer = browser.get(path)

        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
        assert "<h1>No such" in answer.text


def test_an_impossible_number_in_an_address_is_a_page_that_says_so(browser):
    answer = browser.get("/devices?number=many")

    assert answer.status_code == 422
    assert "number: " in answer.text


def test_a_device_shows_its_health_over_time_and_why_it_is_suspect(browser):
    text = unescape(browser.get("/devices/rpi5-window-0123456789abcdef").text)

    assert '<span class="state suspect">suspect</span>' in text
    assert "times the usual" in text
    assert text.count('class="hna"') == 1
    assert "usual: " in text


def test_the_overview_names_what_needs_attention(browser):
    text = unescape(browser.get("/").text)

    assert "rpi5-window is suspect" in text
    assert "pi: half of the space waits" in text


def test_a_heat_map_says_what_is_missing(browser):
    views = browser.get("/v1/tables").json()
    name = next(view["name"] for view in views if view["name"].startswith("raspberry"))

    text = browser.get(f"/tables/{name}").text

    assert '<td class="gone">missing</td>' in text
    assert re.search(r'<li class="missing">\d+ missing', text)


def test_an_imported_table_is_a_list_with_its_source_and_no_made_up_interval(browser):
    views = browser.get("/v1/tables").json()
    name = next(view["name"] for view in views if view["name"].startswith("pixel"))

    text = unescape(browser.get(f"/tables/{name}?order=slowest").text)

    assert "mobile_trim.yaml" in text
    assert '<span class="muted">unknown</span>' in text
    assert 'class="scroll heat"' not in text
    assert text.index("expanded_conv-input") < text.index("Logits-input")


def test_rows_are_found_by_words(browser):
    text = browser.get(f"{table_of(browser)}?q=max_pool").text

    assert "max_pool 8 @64x64" in text
    assert "head 8" not in text
    assert "No row has these words" in browser.get(f"{table_of(browser)}?q=nonsense").text


def test_an_operation_has_a_history_of_its_sessions(browser):
    path = next(
        link for link in links(browser.get(f"{table_of(browser)}?q=5x5_MBConv6").text, "/")
        if "/operations/" in link
    )  # fmt: skip

    text = unescape(browser.get(path).text)

    assert text.count('<a href="/v1/measurements/') == 4
    assert "orin-1" in text
    assert "orin-2" in text
    assert "load 0.2 1510 MHz 51 °C" in text
    assert "12 samples in the order taken" in text


def test_an_older_version_of_a_table_can_be_looked_at_and_compared(browser):
    table = table_of(browser)
    versions = browser.get(f"/v1{table}/versions").json()
    oldest = versions[-1]["version"]

    old = unescape(browser.get(f"{table}?version={oldest}").text)
    compared = unescape(
        browser.get("/compare", params={"a": table[8:], "b": table[8:], "a_version": oldest}).text
    )

    assert f"This is version <code>{oldest}</code>" in old
    assert "ambiguous" in compared
    assert browser.get(f"{table}?version=none").status_code == 404


def test_a_certificate_is_a_scatter_with_its_doubts(browser):
    text = browser.get(table_of(browser).replace("tables", "certificates")).text

    assert text.count('class="dot"') == 12
    assert "Only 12 networks; 30 are asked for" in text


def test_a_searched_network_is_drawn_with_shares_that_add_up(browser):
    text = browser.get("/networks/network-0000").text

    shares = [
        float(each) for each in re.findall(r"(\d+\.\d)\u202f%</td>\s*<td class=\"drawn\"", text)
    ]
    assert sum(shares) == pytest.approx(100, abs=1.0)
    assert text.count('class="share"') == 15
    assert "pooling before 0.1" in text
    assert "Calibration" in text


def test_a_network_over_its_budget_says_so(browser):
    assert "Measured over its budget by" in browser.get("/networks/network-0001").text


def test_pages_are_not_part_of_the_described_api(http):
    paths = http.get("/openapi.json").json()["paths"]

    assert all(path.startswith(("/v1/", "/healthz", "/readyz", "/metrics")) for path in paths)


def test_long_lists_come_in_pages(place, bench, clock):
    with TestClient(create_app(Settings(database=place), clock)) as http:
        for index in range(130):
            device = {
                **_device(bench),
                "fingerprint": f"f{index:04d}",
                "name": f"board-{index:04d}",
            }
            body = bench.registration().model_dump(mode="json") | {"device": device}
            assert http.post("/v1/devices", json=body).status_code == 200

        first, second = http.get("/devices").text, http.get("/devices?number=2").text
        beyond = http.get("/devices?number=99").text

    assert "1–100 of 130 devices" in first
    assert "101–130 of 130 devices" in second
    assert beyond == second


def _device(bench):
    return bench.registration().model_dump(mode="json")["device"]
