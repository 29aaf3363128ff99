"""A new device measures a handful, gets a whole table, and goes on."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from lut_server.app import create_app
from lut_server.client import LutClient
from lut_server.settings import Settings
from lut_server.tokens.repository import TokenRepository
from lut_server.tokens.service import TokenService
from profiler.errors import DeviceUnknown, ServerRefused
from profiler.operations import operation_key

pytestmark = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def taught(start, board, wanted):
    """A server that knows another device's table."""
    start(wanted, name="the old device")
    board.work()


@pytest.fixture
def newcomer(other_board):
    other_board.register()
    return other_board


def kinds_of(client, view, wanted):
    table = client.table(view.tables[0], allow=["predicted", "transferred"])
    found = [table.by_key[k].value_kind for k in map(operation_key, wanted) if k in table.by_key]
    return {kind: found.count(kind) for kind in set(found)}


def test_after_a_handful_every_other_operation_has_a_transferred_row(
    client, taught, newcomer, onboarding, thinking, wanted
):
    view = client.start_onboarding("beef", onboarding(handful=5))
    assert (view.adaptive.stage, view.adaptive.choosing) == ("handful", True)
    thinking.decide_all()
    newcomer.work()

    thinking.decide_all()

    view = client.campaign(view.id)
    assert kinds_of(client, view, wanted) == {"measured": 5, "transferred": 27}
    at = view.adaptive
    assert (at.stage, at.measured, at.transferred, at.choosing) == ("rest", 5, 27, False)
    assert view.notes == ()
    rows = client.table(view.tables[0], allow=["transferred"]).by_key
    for each in wanted:
        row = rows[operation_key(each)]
        assert row.latency_us == pytest.approx(newcomer.law_us(each.channels_in), rel=0.2)


def test_the_same_campaign_measures_the_rest_and_rows_turn_measured(
    client, taught, newcomer, onboarding, finish, wanted
):
    view = client.start_onboarding("beef", onboarding(handful=5))

    over = finish(view.id, newcomer)

    assert kinds_of(client, over, wanted) == {"measured": 32}
    assert (over.state, over.adaptive.transferred) == ("finished", 0)


def test_it_ends_after_the_handful_where_no_rest_is_wanted(
    client, taught, newcomer, onboarding, finish, wanted
):
    view = client.start_onboarding("beef", onboarding(handful=5, measure_rest=False))

    over = finish(view.id, newcomer)

    assert over.adaptive.worst_error is not None
    assert kinds_of(client, over, wanted) == {"measured": 5, "transferred": 27}


def test_with_a_target_only_what_is_too_doubtful_is_measured(
    client, taught, newcomer, onboarding, finish, wanted
):
    view = client.start_onboarding("beef", onboarding(handful=5, target_error=0.5))

    over = finish(view.id, newcomer)

    kinds = kinds_of(client, over, wanted)
    assert kinds["measured"] < 32
    assert sum(kinds.values()) == 32
    assert over.adaptive.worst_error <= 0.5


def test_where_nobody_can_teach_it_falls_back_on_its_own_rows_and_says_so(
    client, newcomer, onboarding, finish, wanted
):
    view = client.start_onboarding("beef", onboarding(handful=12, measure_rest=False))

    over = finish(view.id, newcomer)

    assert kinds_of(client, over, wanted) == {"measured": 12, "predicted": 20}
    assert [note for note in over.notes if "no other table here can teach" in note]


def test_a_simulated_table_does_not_teach_a_real_device(
    client, bench, start, other_board, onboarding, finish, wanted
):
    other_board.device = replace(other_board.device, simulated=True)
    other_board.register()
    start(wanted, fingerprint="beef", name="simulated")
    other_board.work()
    real = type(other_board)(client, bench, name="cafe", model="third-board")
    real.device = replace(real.device, simulated=False)
    real.register()

    over = finish(
        client.start_onboarding("cafe", onboarding(handful=5, measure_rest=False)).id, real
    )

    assert over.adaptive.transferred == 0


def test_a_device_that_is_unknown_cannot_ask(client, onboarding):
    with pytest.raises((ServerRefused, DeviceUnknown), match="register"):
        client.start_onboarding("nobody", onboarding())


def test_an_agents_token_is_enough_for_its_own_device(place, clock, bench, onboarding):
    settings = Settings(database=place, require_tokens=True, think_every_s=0)
    with TestClient(create_app(settings, clock)) as http:
        with http.app.state.server.database.writing() as session:
            _, secret = TokenService(TokenRepository(session), clock).create("board", "agent")
        client = LutClient(http=http, token=secret)
        client.register(bench.registration())

        view = client.start_onboarding("f00d", onboarding(id="onb-12345678"))

        assert client.start_onboarding("f00d", onboarding(id="onb-12345678")).id == view.id
        assert view.targets[0].devices == ("f00d",)
