"""Questions that many requests have at once, asked once, never answered from before they came."""

import asyncio
from dataclasses import dataclass, field
from threading import Event

import pytest

from lut_server.asking import Asking
from lut_server.database import open_database
from lut_server.engines.place import place_of
from lut_server.engines.stamp import Stamp
from lut_server.models import TokenRow
from profiler.errors import TableUnknown


@dataclass(frozen=True)
class Counted:
    """A question whose answer is how often anything was asked before."""

    asked: list = field(compare=False)
    may_answer: Event = field(compare=False, default_factory=Event)
    name: str = "count"

    def answer(self, session):
        assert self.may_answer.wait(10)
        self.asked.append(self.name)
        return len(self.asked)


@dataclass(frozen=True)
class Refused:
    def answer(self, session):
        raise TableUnknown("no such table")


@pytest.fixture
def asking(place):
    database = open_database(place, 5.0)
    asking = Asking(database, Stamp(place_of(place)))
    yield asking
    asking.close()
    database.close()


def test_those_who_come_while_others_are_asked_share_the_next_round(asking):
    question = Counted([])

    async def many():
        first = asyncio.create_task(asking.ask(question))
        await asyncio.sleep(0.05)  # the first round is under way now
        others = [asyncio.create_task(asking.ask(question)) for _ in range(20)]
        await asyncio.sleep(0.05)
        question.may_answer.set()
        return await asyncio.gather(first, *others)

    answers = asyncio.run(many())

    assert answers == [(1,), *[(2,)] * 20]


def test_different_questions_are_answered_together_in_the_order_asked(asking):
    asked = []
    one, two = (Counted(asked, name=name) for name in ("one", "two"))
    one.may_answer.set(), two.may_answer.set()

    assert asyncio.run(asking.ask(two, one)) == (1, 2)
    assert asked == ["two", "one"]


def test_an_error_is_the_answer_of_whoever_asked_and_nobody_elses(asking):
    question = Counted([])
    question.may_answer.set()

    async def both():
        return await asyncio.gather(
            asking.ask(Refused()), asking.ask(question), return_exceptions=True
        )

    refused, answered = asyncio.run(both())

    assert isinstance(refused, TableUnknown)
    assert answered == (1,)


def test_one_who_gives_up_takes_no_answer_from_the_others(asking):
    question = Counted([])

    async def one_gives_up():
        first, second = (asyncio.create_task(asking.ask(question)) for _ in range(2))
        await asyncio.sleep(0.05)
        first.cancel()
        question.may_answer.set()
        return await second

    assert asyncio.run(one_gives_up()) == (1,)


@pytest.fixture
def remembering(place):
    database = open_database(place, 5.0)
    asking = Asking(database, Stamp(place_of(place)))
    yield asking, database
    asking.close()
    database.close()


@pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
def test_an_answer_is_given_again_only_while_nothing_was_committed(remembering, place):
    asking, database = remembering
    question = Counted([])
    question.may_answer.set()

    async def around_a_commit():
        first = await asking.ask(question)
        unchanged = await asking.ask(question)
        with database.writing() as session:
            session.add(TokenRow(id="t", name="n", scope="read", sha256="0", created_at=""))
        await asyncio.sleep(0)  # whoever comes later comes in another turn of the event loop
        return first, unchanged, await asking.ask(question)

    first, unchanged, changed = asyncio.run(around_a_commit())

    assert first == (1,)
    assert unchanged == ((1,) if "://" not in place else (2,))  # PostgreSQL is asked every time
    assert changed[0] == unchanged[0] + 1


def test_answers_that_depend_on_more_than_the_store_are_never_given_again(place):
    database = open_database(place, 5.0)
    asking, question = Asking(database), Counted([])
    question.may_answer.set()

    async def twice():
        return await asking.ask(question), await asking.ask(question)

    assert asyncio.run(twice()) == ((1,), (2,))
    asking.close()
    database.close()
