# SPDX-License-Identifier: MIT
"""A scenario is a function: it breaks something, proves that it did by what it
answers, and mends it. All that must hold meanwhile is judge.py's; what is to be
expected beside is said here.

    @scenario(reads_go_on=True)
    def table_locked(stage):
        \"\"\"one sentence, for the table\"\"\"
        ...
        stage.heal()
        return how_often_it_was_injected
"""

import dataclasses
import typing

from judge import NORMAL_MS

SCENARIOS = {}


@dataclasses.dataclass
class Scenario:
    name: str
    play: typing.Callable
    told: str
    settings: dict
    instances: int = 1
    readers: int = 4
    writers: int = 3
    pause_ms: int = 15  # of each client, between two requests
    tokens: bool = False  # readers ask replicas, for what was acknowledged
    appends_only: bool = False  # writers change nothing that is read
    keys: bool = True  # without, no outcome may be unknown
    password: str = None  # of the service's role
    before: typing.Callable = None  # of the services' start
    behind: typing.Callable = None  # puts something before them: its URL
    reads_go_on: bool = False  # no read fails
    stops: bool = False  # the service itself is what fails
    garbles: bool = False  # what arrives may be something else
    normal_ms: int = NORMAL_MS  # it may take so long behind the fault
    first_ms: int = NORMAL_MS
    release: bool = False  # its figures are those of a release build
    expect: typing.Callable = None  # more sentences: (row) -> [str]
    tells: str = ""  # a format of what else its row holds


def scenario(settings=None, **options):
    def enlist(play):
        name = play.__name__.replace("_", "-")
        SCENARIOS[name] = Scenario(name, play, " ".join(play.__doc__.split()),
                                   settings or {}, **options)
        return play
    return enlist
