"""
A real server, a real browser, and somebody who clicks through everything.

``HNA_PICTURES=docs/pictures`` keeps the pictures that the documentation shows.
"""

import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lut_server.client import LutClient

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SERVE = "import typer; from lut_server.commands import serve; typer.run(serve)"
WAIT_MS = 15_000
MOST_BYTES = 150_000


@pytest.fixture(scope="module")
def chromium():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium is installed")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def url(furnished, tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    database, ready = shutil.copy(furnished, folder / "lut.db"), folder / "ready"
    command = [sys.executable, "-c", SERVE, "--port", "0", "--ready-file", str(ready)]
    server = subprocess.Popen(
        [*command, "--database", str(database)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 30
    while not ready.exists() and server.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    yield ready.read_text().strip()
    server.terminate()
    server.wait(20)


@contextmanager
def watched(chromium, url, **how):
    """Open a page; afterwards nothing must have gone wrong or elsewhere."""
    context = chromium.new_context(viewport={"width": 1280, "height": 860}, **how)
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    wrong, hosts = [], set()
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    yield page
    context.close()
    assert wrong == []
    assert hosts == {urlsplit(url).netloc}


def keep(page, name, scheme):
    """Keep a picture for the documentation, if they are asked for; it must not be blank."""
    shot = page.screenshot()
    folder = os.environ.get("HNA_PICTURES")
    if not folder:
        return shot
    image = pytest.importorskip("PIL.Image").open(BytesIO(shot)).convert("RGB")
    path = Path(folder) / f"web-{name}-{scheme}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    image.quantize(128).save(path, optimize=True)
    assert path.stat().st_size < MOST_BYTES
    return shot


def table_name(url, start):
    with LutClient(url) as client:
        return next(view.name for view in client.tables() if view.name.startswith(start))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_can_be_reached_by_clicking(chromium, url, scheme):
    with watched(chromium, url, color_scheme=scheme) as page:
        page.goto(url)
        keep(page, "overview", scheme)
        page.get_by_role("link", name="Devices", exact=True).first.click()
        page.get_by_role("link", name="rpi5-window").click()
        keep(page, "device", scheme)
        page.get_by_role("navigation", name="Pages").get_by_role("link", name="Tables").click()
        page.get_by_role("link", name="jetson-orin-nano").first.click()
        page.locator(".heat td a").nth(17).hover()
        appears = page.locator(".heat td a:hover .readout")
        pytest.importorskip("playwright.sync_api").expect(appears).to_have_css("opacity", "1")
        keep(page, "table", scheme)
        page.locator(".heat td a").nth(17).click()
        page.get_by_role("heading", name="Samples of the newest session").wait_for()
        keep(page, "operation", scheme)
        page.go_back()
        page.get_by_role("link", name="1 doubt").click()
        keep(page, "certificate", scheme)
        page.get_by_role("link", name="Networks").click()
        page.get_by_role("link", name="orin, 15 ms").first.click()
        keep(page, "network", scheme)
        page.get_by_role("link", name="Compare").click()
        page.get_by_label("After").select_option(index=2)
        page.get_by_role("button", name="Compare").click()
        page.get_by_text("In the median an operation takes").wait_for()
        keep(page, "compare", scheme)
        page.get_by_role("link", name="Campaigns").click()
        page.get_by_role("link", name="pi: half of the space").click()
        page.get_by_role("button", name="Pause").wait_for()
        keep(page, "campaign", scheme)
        ink, paper = page.evaluate(
            "() => ['color', 'backgroundColor'].map(n => getComputedStyle(document.body)[n])"
        )
    assert (brightness(ink) > brightness(paper)) == (scheme == "dark")


def test_a_square_says_more_to_whoever_comes_by_keyboard(chromium, url):
    with watched(chromium, url) as page:
        page.goto(url)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.keyboard.press("Enter")
        page.goto(f"{url}/tables/{table_name(url, 'jetson')}")
        page.locator(".skip").focus()
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("Boolean(document.activeElement.closest('.heat td'))"):
                break
        readout = page.locator(".heat td a:focus .readout")
        expect = pytest.importorskip("playwright.sync_api").expect
        expect(readout).to_have_css("opacity", "1")
        assert "90 % interval" in readout.inner_text()
        assert "cell 0.0" in readout.inner_text()
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="History").wait_for()


def test_everything_but_what_moves_works_without_a_script(chromium, url):
    with watched(chromium, url, java_script_enabled=False) as page:
        page.goto(f"{url}/tables/{table_name(url, 'jetson')}")
        page.get_by_label("Words of the operation").fill("7x7_ResConv")
        page.get_by_label("Order").select_option("slowest")
        page.get_by_role("button", name="Show").click()

        assert "order=slowest" in page.url
        assert page.locator("table.rows tbody tr").count() > 3


def test_a_campaign_moves_while_an_agent_reports(chromium, url, worker):
    with LutClient(url) as client, watched(chromium, url) as page:
        campaign = next(c for c in client.campaigns() if c.name.startswith("all for"))
        page.goto(f"{url}/campaigns/{campaign.id}")
        page.get_by_text(f"0 of {campaign.requested} operations").wait_for()
        lab = worker(client)
        hostile = next(v.device for v in client.devices() if v.device.model == "jetson-nano-2019")

        states = []
        while lab.work(hostile):
            states.append(client.campaign(campaign.id).measured)
            page.get_by_text(f"{states[-1]} of {campaign.requested} operations").wait_for()
        page.locator(".lead .state.finished").wait_for()

        assert len(states) >= 5
        assert states == sorted(states)
        assert page.get_by_role("button", name="Cancel for good").count() == 0


def test_a_button_pauses_a_campaign(chromium, url):
    with LutClient(url) as client, watched(chromium, url) as page:
        campaign = next(c for c in client.campaigns() if c.name.startswith("orin: not"))
        page.goto(f"{url}/campaigns/{campaign.id}")
        page.get_by_role("button", name="Pause").click()
        page.get_by_role("button", name="Resume").wait_for()

        assert client.campaign(campaign.id).state == "paused"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out_from_what_is_behind_them(chromium, url, scheme):
    paths = ("/", f"/tables/{table_name(url, 'jetson')}", "/compare", "/login", "/devices")
    faint = []
    with watched(chromium, url, color_scheme=scheme) as page:
        for path in paths:
            page.goto(url + path)
            faint += [(path, *each) for each in page.evaluate(CONTRASTS) if each[1] < 4.5]

    assert faint == []


def brightness(colour):
    return sum(int(part) for part in colour.removeprefix("rgb(").rstrip(")").split(","))


CONTRASTS = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = colour => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const linear = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
  const mix = (above, below, share) => (above * share + below * (255 - share)) / 255;
  const over = (top, under) => top.slice(0, 3).map((v, i) => mix(v, under[i], top[3]));
  const behind = element => {
    const layers = [];
    for (let e = element; e; e = e.parentElement)
      layers.push(rgba(getComputedStyle(e).backgroundColor));
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255]);
  };
  const found = [];
  for (const element of document.querySelectorAll('main *, header *, footer *')) {
    const own = [...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || element.closest('svg, .hidden, .readout, option, select')) continue;
    const ink = over(rgba(getComputedStyle(element).color), [0, 0, 0]);
    const [a, b] = [light(ink), light(behind(element))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    found.push([element.textContent.trim().slice(0, 30), Math.round(ratio * 100) / 100]);
  }
  return found;
}"""
"""Every text of a page with its contrast (WCAG 2.2, 1.4.3)."""
