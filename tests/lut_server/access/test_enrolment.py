"""Boards let in by a short code: good for minutes, for so many of them, and told nothing else."""

import re

import pytest

from lut_server.enrolment.code import SYMBOLS, code_digest, new_code
from lut_server.tokens.repository import TokenRepository
from lut_server.tokens.service import TokenService


@pytest.fixture
def enrol(http, admin):
    """Return a function that makes an enrolment and returns what the server answered."""

    def create(**fields):
        answer = http.post("/v1/enrolments", json={"name": "board-7"} | fields, headers=admin)
        assert answer.status_code == 201, answer.text
        return answer.json()

    return create


def redeem(http, code):
    return http.post("/v1/enrolments/redeem", json={"code": code})


def bearer(answer):
    return {"authorization": f"Bearer {answer.json()['secret']}"}


@pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
class TestEnrolmentOnEveryDatabase:
    """Holds on SQLite and on PostgreSQL."""

    def test_a_code_becomes_a_token_of_scope_agent(self, http, enrol, admin):
        made = enrol()

        answer = redeem(http, made["code"])

        assert answer.status_code == 200
        mine = http.get("/v1/tokens/mine", headers=bearer(answer)).json()
        assert (mine["name"], mine["scope"]) == ("board-7", "agent")
        assert mine["enrolment_id"] == made["enrolment"]["id"]
        assert http.get("/v1/audit", headers=bearer(answer)).status_code == 403

    def test_a_code_is_used_up_by_as_many_boards_as_it_is_for(self, http, enrol, admin):
        code = enrol(name="shelf-3", uses=2)["code"]

        answers = [redeem(http, code) for _ in range(3)]

        assert [answer.status_code for answer in answers] == [200, 200, 403]
        assert [answer.json()["name"] for answer in answers[:2]] == ["shelf-3-1", "shelf-3-2"]
        (view,) = http.get("/v1/enrolments", headers=admin).json()
        assert (view["used"], view["uses"], view["state"]) == (2, 2, "used up")

    def test_a_code_is_good_until_its_minutes_are_over(self, http, enrol, admin, clock):
        code = enrol(minutes=10, uses=5)["code"]
        clock.move(seconds=599)
        in_time = redeem(http, code)
        clock.move(seconds=1)

        late = redeem(http, code)

        assert (in_time.status_code, late.status_code) == (200, 403)
        assert http.get("/v1/enrolments", headers=admin).json()[0]["state"] == "expired"

    def test_revoking_an_enrolment_with_its_tokens_puts_its_boards_out(self, http, enrol, admin):
        made = enrol(uses=3)
        board = bearer(redeem(http, made["code"]))
        address = f"/v1/enrolments/{made['enrolment']['id']}"

        http.delete(address, headers=admin)
        still_in = http.get("/v1/tables", headers=board).status_code
        again = redeem(http, made["code"]).status_code
        http.delete(address, params={"tokens": True}, headers=admin)

        assert (still_in, again) == (200, 403)
        assert http.get("/v1/tables", headers=board).status_code == 401

    def test_of_a_code_only_its_hash_is_kept(self, http, enrol, admin):
        made = enrol()
        listed = http.get("/v1/enrolments", headers=admin).text

        assert made["code"] not in listed
        assert code_digest(made["code"]) not in listed


def test_whatever_is_wrong_with_a_code_the_answer_is_the_same(http, enrol, admin, clock):
    used, revoked, expired = enrol()["code"], enrol(), enrol(minutes=1)["code"]
    redeem(http, used)
    http.delete(f"/v1/enrolments/{revoked['enrolment']['id']}", headers=admin)
    clock.move(seconds=61)

    answers = [redeem(http, code) for code in (used, revoked["code"], expired, "K7QF-3MZP-X08W")]

    told = [
        {name: value for name, value in answer.json().items() if name != "request_id"}
        for answer in answers
    ]
    assert told[0]["type"] == "enrolment-refused"
    assert all(document == told[0] for document in told)


def test_whoever_guesses_codes_is_told_to_wait_and_whoever_knows_one_is_not(http, enrol):
    codes = [enrol()["code"] for _ in range(12)]
    good = [redeem(http, code).status_code for code in codes]

    guesses = [redeem(http, "0000-0000-0000") for _ in range(11)]

    assert good == [200] * 12
    assert [answer.status_code for answer in guesses] == [403] * 10 + [429]
    assert guesses[-1].json()["type"] == "request-too-often"
    assert 1 <= int(guesses[-1].headers["retry-after"]) <= 10


def test_a_code_may_be_typed_as_people_type(http, enrol):
    code = enrol()["code"]

    typed = " " + code.lower().replace("-", " ").replace("0", "o").replace("1", "l")

    assert redeem(http, typed).status_code == 200


def test_codes_have_60_random_bits_in_letters_nobody_mistakes():
    codes = {new_code() for _ in range(200)}

    assert len(codes) == 200
    assert len(SYMBOLS) == 32
    assert all(re.fullmatch(rf"[{SYMBOLS}]{{4}}(-[{SYMBOLS}]{{4}}){{2}}", code) for code in codes)
    assert not set("ILOU") & set(SYMBOLS)


def test_a_server_that_never_had_a_token_lets_nobody_enrol(http):
    answer = http.post("/v1/enrolments", json={"name": "board-7"})

    assert (answer.status_code, answer.json()["type"]) == (409, "enrolment-needless")
    assert "hna token create --scope admin" in answer.json()["detail"]


@pytest.mark.parametrize("scope", ["read", "agent"])
def test_only_an_administrator_enrols_and_sees_who_did(http, make, admin, scope):
    headers = make(scope)

    statuses = [
        http.post("/v1/enrolments", json={"name": "x"}, headers=headers).status_code,
        http.get("/v1/enrolments", headers=headers).status_code,
        http.get("/v1/tokens", headers=headers).status_code,
        http.get("/v1/audit", headers=headers).status_code,
    ]

    assert statuses == [403] * 4


@pytest.mark.parametrize(
    "fields", [{"minutes": 0}, {"minutes": 1e9}, {"uses": 0}, {"uses": 10_001}, {"name": "\x1b[2J"}]
)
def test_an_enrolment_that_could_not_be_meant_is_refused(http, admin, fields):
    answer = http.post("/v1/enrolments", json={"name": "board-7"} | fields, headers=admin)

    assert answer.status_code == 422


def test_a_token_is_revoked_over_http_by_its_id(http, make, admin, clock):
    reader = make("read", "lost-laptop")
    (lost,) = [
        token
        for token in http.get("/v1/tokens", headers=admin).json()
        if token["name"] == "lost-laptop"
    ]

    revoked = http.delete(f"/v1/tokens/{lost['id']}", headers=admin)
    unknown = http.delete("/v1/tokens/nobody", headers=admin)

    assert revoked.json()["revoked_at"] is not None
    assert http.get("/v1/tables", headers=reader).status_code == 401
    assert (unknown.status_code, unknown.json()["type"]) == (404, "token-unknown")


def test_a_server_that_asks_for_no_token_says_so(http):
    assert http.get("/v1/tokens/mine").json() is None


def test_a_first_token_by_enrolment_cannot_close_an_open_server(http, clock):
    with http.app.state.server.database.reading() as session:
        assert not TokenService(TokenRepository(session), clock).any()

    assert redeem(http, "K7QF-3MZP-X08W").status_code == 403
    assert http.get("/v1/tables").status_code == 200
