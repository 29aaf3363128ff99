"""What a request has to keep to before anybody looks at it: size, time, rate, whose page asks."""

import itertools

import pytest
from starlette.testclient import TestClient

from lut_server.app import create_app
from lut_server.edge.rates import Rates, address_of
from lut_server.settings import Settings, settings_from
from profiler.errors import HnaError, RequestTooOften

JSON = {"content-type": "application/json"}


@pytest.fixture
def limited(place, clock):
    """Return a function that gives the server with other limits."""
    opened = []

    def make(**changes):
        client = TestClient(create_app(Settings(database=place, **changes), clock))
        opened.append(client.__enter__())
        return opened[-1]

    yield make
    for client in opened:
        client.__exit__(None, None, None)


class Seconds:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


class TestBodies:
    def test_a_body_that_says_it_is_too_large_is_refused_with_the_limit(self, limited):
        http = limited(max_body_bytes=1000)

        answer = http.post("/v1/reports", content=b"x" * 1001, headers=JSON)

        assert (answer.status_code, answer.json()["type"]) == (413, "body-too-large")
        assert "1,000 bytes" in answer.json()["detail"]
        assert answer.headers["connection"] == "close"

    def test_a_body_in_chunks_is_counted_while_it_comes(self, limited):
        sent = []

        def chunks():
            for number in range(1000):
                sent.append(number)
                yield b" " * 100

        answer = limited(max_body_bytes=1000).post("/v1/reports", content=chunks(), headers=JSON)

        assert (answer.status_code, answer.json()["type"]) == (413, "body-too-large")

    def test_a_body_of_exactly_the_limit_is_read(self, limited):
        answer = limited(max_body_bytes=1000).post(
            "/v1/reports", content=b"{}".ljust(1000), headers=JSON
        )

        assert (answer.status_code, answer.json()["type"]) == (422, "request-invalid")

    def test_a_compressed_body_is_refused_rather_than_blown_up(self, limited):
        answer = limited().post(
            "/v1/reports", content=b"\x1f\x8b", headers=JSON | {"content-encoding": "gzip"}
        )

        assert (answer.status_code, answer.json()["type"]) == (415, "body-encoded")

    def test_an_address_without_end_is_refused(self, limited):
        answer = limited(max_header_bytes=2000).get("/v1/tables/" + "a" * 2000)

        assert (answer.status_code, answer.json()["type"]) == (431, "headers-too-large")


class TestRates:
    def test_a_burst_is_let_in_and_then_so_many_a_second(self):
        seconds = Seconds()
        rates = Rates(2.0, 3, "requests", seconds)

        for _ in range(3):
            rates.require("a")
            rates.charge("a")
        wait_s = rates.wait_s("a")
        seconds.now += 0.5
        rates.require("a")

        assert wait_s == pytest.approx(0.5)
        assert rates.wait_s("b") == 0.0

    def test_the_refusal_says_how_many_and_how_long(self):
        rates = Rates(0.1, 1, "wrong enrolment codes", Seconds())
        rates.charge("a")

        with pytest.raises(RequestTooOften, match=r"takes 1 at once and 0\.1 a second .* 10 s"):
            rates.require("a")

    def test_senders_without_number_do_not_fill_the_memory(self):
        rates = Rates(1.0, 1, "requests", Seconds())

        for number in range(20_100):
            rates.charge(str(number))

        assert len(rates._full_at) == 20_000
        assert rates.wait_s("0") == 0.0
        assert rates.wait_s("20099") > 0.0

    @pytest.mark.parametrize(
        ("client", "sender"),
        [
            (("10.0.0.7", 1), "10.0.0.7"),
            (("::ffff:10.0.0.7", 1), "10.0.0.7"),
            (("2001:db8::1", 1), "2001:db8::/64"),
            (("2001:db8::2", 1), "2001:db8::/64"),
            (("testclient", 1), "testclient"),
            (None, "?"),
        ],
    )
    def test_an_address_of_ipv6_stands_for_its_network(self, client, sender):
        assert address_of({"client": client}) == sender

    def test_whoever_asks_too_often_is_told_when_to_come_back(self, limited):
        http = limited(requests_per_second=0.01, requests_at_once=3)

        answers = [http.get("/v1/tables") for _ in range(4)]

        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert answers[-1].json()["type"] == "request-too-often"
        assert 50 < int(answers[-1].headers["retry-after"]) <= 100
        assert http.get("/healthz").status_code == 200

    def test_agents_behind_one_address_are_counted_by_their_tokens(self, limited, http, make):
        agents = [make("agent", f"board-{number}") for number in range(5)]
        server = limited(requests_per_second=0.001, requests_at_once=8, require_tokens=True)

        first = [server.get("/v1/tables", headers=agent).status_code for agent in agents]
        more = [
            server.get("/v1/tables", headers=agent).status_code
            for agent, _ in itertools.product(agents, range(8))
        ]
        ninth = server.get("/v1/tables", headers=agents[0]).status_code

        assert first == [200] * 5
        assert more == [200] * 40
        assert ninth == 429

    def test_guesses_of_tokens_are_counted_by_address(self, limited, make):
        make("agent")
        server = limited(requests_per_second=0.001, requests_at_once=3, require_tokens=True)

        statuses = [
            server.get("/v1/tables", headers={"authorization": f"Bearer hna_{n}"}).status_code
            for n in range(4)
        ]

        assert statuses == [401, 401, 401, 429]

    def test_there_is_no_limit_on_loopback_and_one_off_it_that_a_fleet_does_not_reach(self):
        assert Settings().rate == 0.0
        assert Settings(host="0.0.0.0").rate == 100.0
        assert Settings(host="0.0.0.0", requests_per_second=0).rate == 0.0
        assert Settings().requests_at_once > 2 * 1000  # a fleet that starts at once, not yet known


class TestOrigins:
    def test_pages_of_other_sites_learn_nothing_by_default(self, limited):
        http = limited()

        read = http.get("/v1/tables", headers={"origin": "https://lab.example"})
        asked = http.options("/v1/tables", headers=preflight("https://lab.example"))

        assert "access-control-allow-origin" not in read.headers
        assert asked.status_code == 405

    def test_pages_of_a_listed_site_may_use_the_server_with_tokens_only(self, limited, make):
        headers = make("read")
        http = limited(cors_origins="https://lab.example", require_tokens=True)

        asked = http.options("/v1/tables", headers=preflight("https://lab.example"))
        read = http.get("/v1/tables", headers=headers | {"origin": "https://lab.example"})
        other = http.options("/v1/tables", headers=preflight("https://evil.example"))

        assert asked.status_code == 200
        assert asked.headers["access-control-allow-origin"] == "https://lab.example"
        assert "authorization" in asked.headers["access-control-allow-headers"].lower()
        assert "access-control-allow-credentials" not in asked.headers
        assert "x-request-id" in read.headers["access-control-expose-headers"]
        assert other.status_code == 400

    def test_a_page_of_another_site_changes_nothing_even_on_an_open_server(self, limited):
        http = limited(cors_origins="https://lab.example")

        def statuses(origin):
            return http.delete("/v1/leases/none", headers={"origin": origin}).status_code

        assert statuses("https://evil.example") == 403
        assert statuses("null") == 403
        assert statuses("http://testserver") == 204
        assert statuses("https://lab.example") == 204

    @pytest.mark.parametrize("origins", ["*", "lab.example", "https://lab.example/page", "null"])
    def test_only_sites_can_be_listed_and_not_all_of_them(self, origins):
        with pytest.raises(HnaError, match=r"setting cors_origins=.*is no origin"):
            settings_from(cors_origins=origins)

    def test_origins_are_read_from_the_environment(self, monkeypatch):
        monkeypatch.setenv("HNA_SERVER_CORS_ORIGINS", "https://a.example, http://localhost:3000/")

        assert Settings().cors_origins == ("https://a.example", "http://localhost:3000")


def preflight(origin):
    return {
        "origin": origin,
        "access-control-request-method": "GET",
        "access-control-request-headers": "authorization",
    }
