"""Who may look, who may press a button, and which page may send a form."""

import re

import pytest
from starlette.testclient import TestClient

from lut_server.app import create_app
from lut_server.database import open_database
from lut_server.settings import Settings
from lut_server.tokens.repository import TokenRepository
from lut_server.tokens.service import TokenService


@pytest.fixture
def tokens(lab_place, clock):
    """Secrets of each scope, in the laboratory's database."""
    database = open_database(lab_place, 5.0)
    with database.writing() as session:
        service = TokenService(TokenRepository(session), clock)
        secrets = {scope: service.create(scope, scope)[1] for scope in ("read", "agent", "admin")}
    database.close()
    return secrets


@pytest.fixture
def guarded(tokens, lab_place):
    settings = Settings(database=lab_place, require_tokens=True)
    with TestClient(create_app(settings), follow_redirects=False) as http:
        yield http


def form_token(text):
    return re.search(r'name="form_token" value="([0-9a-f]{32})"', text)[1]


def log_in(http, secret, next="/tables"):
    token = form_token(http.get("/login").text)
    return http.post("/login", data={"form_token": token, "token": secret, "next": next})


def moving(http):
    return http.get("/v1/campaigns", params={"state": "running"}).json()[0]["id"]


def press(http, campaign, change, **headers):
    token = form_token(http.get(f"/campaigns/{campaign}").text)
    return http.post(
        f"/campaigns/{campaign}/{change}", data={"form_token": token}, headers=headers,
        follow_redirects=False,
    )  # fmt: skip


def state(http, campaign):
    return http.get(f"/v1/campaigns/{campaign}").json()["state"]


def test_on_an_open_server_a_campaign_is_paused_resumed_and_cancelled(browser):
    campaign = moving(browser)

    states = []
    for change in ("pause", "resume", "cancel"):
        assert press(browser, campaign, change).status_code == 303
        states.append(state(browser, campaign))

    assert states == ["paused", "running", "cancelled"]
    assert "<button" not in browser.get(f"/campaigns/{campaign}").text


def test_a_form_of_another_site_changes_nothing(browser):
    campaign = moving(browser)

    answer = press(browser, campaign, "cancel", origin="https://elsewhere.example")

    assert answer.status_code == 403
    assert state(browser, campaign) == "running"


def test_a_form_without_the_pages_secret_changes_nothing(browser):
    campaign = moving(browser)
    browser.get("/campaigns")

    guessed = browser.post(f"/campaigns/{campaign}/cancel", data={"form_token": "0" * 32})
    browser.cookies.clear()
    forged = browser.post(f"/campaigns/{campaign}/cancel", data={"form_token": ""})

    assert (guessed.status_code, forged.status_code) == (403, 403)
    assert state(browser, campaign) == "running"


def test_a_form_that_never_ends_is_refused(browser):
    answer = browser.post("/login", content=b"a" * 20_000)

    assert answer.status_code == 422
    assert "more than 8192 bytes" in answer.text


@pytest.mark.parametrize("path", ["/", "/tables", "/devices/x", "/compare?a=1&b=2"])
def test_a_page_without_a_token_leads_to_the_login_and_back(guarded, path):
    answer = guarded.get(path)

    assert answer.status_code == 303
    login = guarded.get(answer.headers["location"])
    assert login.status_code == 200
    assert f'name="next" value="{path.replace("&", "&amp;")}"' in login.text


def test_the_api_still_answers_a_bare_refusal(guarded):
    assert guarded.get("/v1/tables").status_code == 401
    assert guarded.get("/openapi.json").status_code == 401
    assert guarded.get("/nonsense").status_code == 401


def test_whoever_logged_in_reads_pages_and_the_api_ignores_the_cookie(guarded, tokens):
    answer = log_in(guarded, tokens["read"])

    assert (answer.status_code, answer.headers["location"]) == (303, "/tables")
    assert guarded.get("/tables").status_code == 200
    assert guarded.get("/v1/tables").status_code == 401


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(guarded, tokens):
    cookie = log_in(guarded, tokens["read"]).headers["set-cookie"].lower()

    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie


def test_behind_tls_the_cookie_is_sent_over_tls_only(tokens, lab_place):
    settings = Settings(database=lab_place, require_tokens=True)
    with TestClient(create_app(settings), "https://testserver", follow_redirects=False) as http:
        cookie = log_in(http, tokens["read"]).headers["set-cookie"].lower()

    assert "; secure" in cookie


def test_a_wrong_token_is_told_on_the_page_and_kept_nowhere(guarded):
    answer = log_in(guarded, "hna_wrong")

    assert answer.status_code == 401
    assert "does not know the token" in answer.text
    assert "hna_token" not in answer.headers.get("set-cookie", "")


@pytest.mark.parametrize("next", ["//evil.example", "https://evil.example", "/\\evil.example", "x"])
def test_the_login_leads_nowhere_else(guarded, tokens, next):
    assert log_in(guarded, tokens["read"], next).headers["location"] == "/"


def test_a_reader_sees_no_buttons_and_cannot_press_them(guarded, tokens):
    log_in(guarded, tokens["read"])
    href = re.search(r'href="(/campaigns/[0-9a-f]{32})"', guarded.get("/campaigns").text)[1]
    page = guarded.get(href).text

    answer = guarded.post(f"{href}/cancel", data={"form_token": form_token(page)})

    assert "Cancel for good" not in page
    assert answer.status_code == 403
    assert "Another scope is needed" in answer.text


def test_an_admin_presses_a_button_and_it_is_noted_who(guarded, tokens):
    log_in(guarded, tokens["admin"])
    href = re.search(r'href="(/campaigns/[0-9a-f]{32})"', guarded.get("/campaigns").text)[1]

    answer = guarded.post(f"{href}/pause", data={"form_token": form_token(guarded.get(href).text)})

    headers = {"authorization": f"Bearer {tokens['admin']}"}
    assert answer.status_code == 303
    assert guarded.get(f"/v1{href}", headers=headers).json()["state"] == "paused"


def test_logging_out_forgets_the_token(guarded, tokens):
    log_in(guarded, tokens["read"])
    token = form_token(guarded.get("/tables").text)

    answer = guarded.post("/logout", data={"form_token": token})

    assert answer.headers["location"] == "/login"
    assert guarded.get("/tables").status_code == 303


def test_a_revoked_token_leads_back_to_the_login(guarded, tokens, lab_place, clock):
    log_in(guarded, tokens["read"])
    database = open_database(lab_place, 5.0)
    with database.writing() as session:
        service = TokenService(TokenRepository(session), clock)
        service.revoke(next(token.id for token in service.all() if token.scope == "read"))
    database.close()

    assert guarded.get("/tables").headers["location"] == "/login?next=/tables"
