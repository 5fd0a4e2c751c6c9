# SPDX-License-Identifier: MIT
"""The network between service and PostgreSQL."""

from scenario import scenario


def for_a_while(stage, figure, *commands, seconds=2.0):
    before = stage.proxy.count(figure)
    for command in commands:
        stage.proxy.tell(command)
        stage.wait(seconds / len(commands))
    injected = stage.proxy.count(figure) - before
    stage.proxy.tell("heal")
    stage.heal()
    return injected


def cut_at_commit(stage, where):
    before = stage.proxy.count("cuts")
    for _ in range(10):
        stage.proxy.tell(f"cut {where} commit")
        stage.wait(0.25)
    injected = stage.proxy.count("cuts") - before
    stage.proxy.tell("heal")
    stage.heal()
    return injected


@scenario()
def cut_after_commit(stage):
    """the link is cut when COMMIT has passed: it is done, nobody is told"""
    return cut_at_commit(stage, "after")


@scenario()
def cut_before_commit(stage):
    """the link is cut instead of COMMIT, for the service the same"""
    return cut_at_commit(stage, "before")


@scenario(keys=False)
def cut_after_commit_without_keys(stage):
    """the same, of writes that bear no key to be known by again"""
    return cut_at_commit(stage, "after")


@scenario(keys=False)
def cut_before_commit_without_keys(stage):
    """the link is cut instead of COMMIT, of writes that bear no key"""
    return cut_at_commit(stage, "before")


@scenario()
def slow_answers(stage):
    """every answer takes 200 ms longer"""
    return for_a_while(stage, "delayed", "latency 200")


@scenario()
def latency_flaps(stage):
    """500 ms more and none, in turns"""
    return for_a_while(stage, "delayed", "latency 500", "heal", "latency 500",
                       "heal", "latency 500", seconds=3)


@scenario()
def half_open(stage):
    """nothing arrives any more, and nobody is told"""
    before = stage.proxy.count("accepted")
    stage.proxy.tell("blackhole")
    stage.wait(2)
    stage.proxy.tell("heal")
    stage.heal()
    return stage.proxy.count("accepted") - before


@scenario()
def resets(stage):
    """one in a hundred packets resets its connection"""
    return for_a_while(stage, "resets", "reset 0.01", seconds=3)


# A length that was garbled makes libpq wait for what never comes, until the
# database's limit for statements ends the session.
@scenario({"statement_timeout": "2s"}, garbles=True, normal_ms=4000)
def corrupted_bytes(stage):
    """one byte in two thousand is another"""
    return for_a_while(stage, "corrupted", "corrupt 0.0005")
