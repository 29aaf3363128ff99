"""
Questions to the store that many requests have at the same time, asked once for all of them.

Requests that read hardly wait for each other; but each that asks the database by itself takes a
thread, a connection and a transaction for a millisecond.  Here they share: the questions of all
requests that arrived while others were asked are asked together next, equal ones once.  No answer
is older than the request it is for, so what one server process wrote the other one reads.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from sqlalchemy.orm import Session

from lut_server.database import Database
from lut_server.engines.stamp import Stamp
from profiler.errors import HnaError

REMEMBERED = 1_000
"""Answers that are kept while nothing changes."""

_UNKNOWN = object()


class Question(Protocol):
    """Something to ask the store; equal questions, equal answers as long as nothing changes."""

    def answer(self, session: Session) -> Any:
        """
        Return the answer in a transaction that reads.

        Raises:
            HnaError: that is the answer.
        """
        ...

    def __hash__(self) -> int: ...


class _Round:
    """Questions to be asked together; open until they are."""

    def __init__(self) -> None:
        self.questions: dict[Question, None] = {}
        self.answers: asyncio.Task[dict[Question, Any]] | None = None


class Asking:
    """
    Asks the store for many requests at once; belongs to one event loop.

    It has a thread of its own: requests that wait for the pool's threads do not hold it up.

    Args:
        database: to ask.
        stamp: of the store; while it says that nothing was committed, an answer is given again.
            None where answers depend on more than the store, such as the time.
    """

    def __init__(self, database: Database, stamp: Stamp | None = None) -> None:
        self._database = database
        self._stamp = stamp
        self._thread = ThreadPoolExecutor(1, "asking")
        self._one_at_a_time = asyncio.Lock()
        self._open: _Round | None = None
        self._known: dict[Question, Any] = {}
        self._known_at: int | None = None
        self._stamp_now: int | None = None

    async def ask(self, *questions: Question) -> tuple[Any, ...]:
        """
        Return the answers to *questions*, from one state of the store no older than this call.

        Raises:
            HnaError: what answering one of them raised.
            StoreFailed: the store could not be read.
        """
        if self._holds():
            known = [self._known.get(question, _UNKNOWN) for question in questions]
            if _UNKNOWN not in known:
                return tuple(_given(answer) for answer in known)
        answers = await self._next_round(questions)
        return tuple(_given(answers[question]) for question in questions)

    def close(self) -> None:
        """End the thread once nobody asks any more."""
        self._thread.shutdown()
        if self._stamp is not None:
            self._stamp.close()

    def _holds(self) -> bool:
        """
        Return whether nothing was committed since what is known was asked.

        The stamp is read once for all who ask in one turn of the event loop: they arrived before
        it was read, and those who arrive later have their turn after it is forgotten.
        """
        if self._known_at is None:
            return False
        if self._stamp_now is None:
            self._stamp_now = self._read_stamp()
            asyncio.get_running_loop().call_soon(self._forget_stamp)
        return self._stamp_now == self._known_at

    def _forget_stamp(self) -> None:
        self._stamp_now = None

    def _read_stamp(self) -> int | None:
        return None if self._stamp is None else self._stamp.read()

    async def _next_round(self, questions: tuple[Question, ...]) -> dict[Question, Any]:
        asked = self._open
        if asked is None:
            asked = self._open = _Round()
            asked.answers = asyncio.create_task(self._answer(asked))
        asked.questions.update(dict.fromkeys(questions))
        assert asked.answers is not None  # set where the round was made
        return await asyncio.shield(asked.answers)  # shielded: others wait for the same answers

    async def _answer(self, asked: _Round) -> dict[Question, Any]:
        async with self._one_at_a_time:
            self._open = None  # whoever comes from now on is too late for this state of the store
            stamp = self._read_stamp()  # before looking, so that it is never too new
            loop = asyncio.get_running_loop()
            answers = await loop.run_in_executor(self._thread, self._look, tuple(asked.questions))
            self._remember(stamp, answers)
        return answers

    def _remember(self, stamp: int | None, answers: dict[Question, Any]) -> None:
        if stamp != self._known_at or len(self._known) > REMEMBERED:
            self._known = {}
        self._known |= answers
        self._known_at = stamp

    def _look(self, questions: tuple[Question, ...]) -> dict[Question, Any]:
        with self._database.reading() as session:
            return {question: _answered(question, session) for question in questions}


def _answered(question: Question, session: Session) -> Any:
    try:
        return question.answer(session)
    except HnaError as error:
        return error


def _given(answer: Any) -> Any:
    if isinstance(answer, HnaError):
        raise answer
    return answer
