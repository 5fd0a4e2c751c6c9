# SPDX-License-Identifier: MIT
"""Nothing succeeds any more: how much more than was asked for does the
database see?"""

import time

from scenario import scenario
from world import eventually

AMPLIFICATION_MAX = 1.2
# What was saved of the budget is spent once, however long it goes on: at most
# a hundred (resilience.md), which so many requests make a sixth of.
ENOUGH = 600
SECONDS = 5

REFUSE = """
CREATE SEQUENCE refusals; GRANT ALL ON SEQUENCE refusals TO public;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM nextval('refusals');
    RAISE EXCEPTION 'on purpose' USING ERRCODE = '40001';
END $$;
CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON {0}
    FOR EACH ROW EXECUTE FUNCTION refuse()"""
MEND = ("DROP TRIGGER refuse ON {0}; DROP FUNCTION refuse();"
        " DROP SEQUENCE refusals")


TELLS = ("of {asked} requests that failed the database saw {database_saw}"
         " attempts: {amplification} times as many")


def failed_since(stage, began):
    """Without those who were turned away at the door."""
    return sum(one.began >= began and not 200 <= one.status < 300
               and one.code != "overloaded" for one in stage.load.seen())


def told(stage, seen, asked):
    stage.figures |= {"asked": asked, "database_saw": seen,
                      "amplification": round(seen / max(asked, 1), 2)}


def is_bounded(row):
    return [] if row["amplification"] <= AMPLIFICATION_MAX else [
        f"{row['asked']} requests were {row['database_saw']} of the database"]


@scenario({"pool_min": "16", "pool_max": "16"}, readers=0, writers=7,
          expect=is_bounded, tells=TELLS)
def every_write_fails(stage):
    """every write fails by 40001, which may be tried again: total failure"""
    stage.cluster.sql(REFUSE.format("bill_actions"))
    began = time.monotonic()
    eventually(lambda: failed_since(stage, began) >= ENOUGH,
               "too few requests")
    seen = int(stage.cluster.sql("SELECT last_value FROM refusals"))
    asked = failed_since(stage, began)
    stage.cluster.sql(MEND.format("bill_actions"))
    stage.heal()
    told(stage, seen, asked)
    return seen


@scenario({"circuit_breaker": "off"}, expect=is_bounded, tells=TELLS)
def every_link_fails(stage):
    """every link is reset at its first byte, and no breaker helps"""
    before, began = stage.proxy.count("resets"), time.monotonic()
    stage.proxy.tell("reset 1")
    stage.wait(SECONDS)
    asked = failed_since(stage, began)
    seen = stage.proxy.count("resets") - before
    stage.proxy.tell("heal")
    stage.heal()
    told(stage, seen, asked)
    return seen
