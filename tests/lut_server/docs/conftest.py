"""Documents as tests read them: their code, and answers of which they show only some."""

import re

import pytest

ANY = "…"


@pytest.fixture(scope="session")
def blocks():
    """Return a function that lists the code of a document in order: language, text."""

    def blocks(text):
        return re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)

    return blocks


@pytest.fixture(scope="session")
def shows():
    """Return a function that says whether a document's answer is a real one; … is anything."""

    def shows(said, real):
        match said:
            case str() if said.endswith(ANY):
                return said == ANY or (isinstance(real, str) and real.startswith(said[:-1]))
            case dict():
                more = ANY in said
                named = {name: value for name, value in said.items() if name != ANY}
                known = isinstance(real, dict) and (named.keys() == real.keys() or more)
                return known and all(n in real and shows(v, real[n]) for n, v in named.items())
            case list():
                same = isinstance(real, list) and len(said) == len(real)
                return same and all(map(shows, said, real))
            case _:
                return said == real

    return shows
