# SPDX-License-Identifier: MIT
"""What the rows write, as asks.py has it for what they read."""

import json

from database import PATCHED_ID
from replay import Scripts
from servers import exchange

SESSION = "bench"  # of what is created, to be removed again
ONE_NUMBER = 2_000_000_000


def caches_off(server, bench):
    """Another service of ours has caches, which the first write of one that
    has none switches off: no write after it pays for that."""
    exchange(server.url, target_of(1), "PATCH", {"latest_action": "first"},
             bench.token)


# --- create ------------------------------------------------------------------

def bill_of(number):
    return {"session": SESSION, "type": "hr", "number": number,
            "chamber": "house", "introduced_on": "2025-01-03",
            "title": "To have a bill that is created and then removed",
            "summary": "It is as long as summaries are, or nearly so. " * 6,
            "policy_area": "Benchmarks", "subjects": ["Speed", "Care"]}


def created(server, bench):
    """wrk.lua puts a number of its own in place of each `{n}`."""
    del server, bench
    bill = json.dumps(bill_of("{n}")).replace('"{n}"', "{n}")
    return [f"POST /v1/bills {bill}"]


CREATE_NUMBERS = """\
\\set n :n + 1
\\set number :client_id * 20000000 + :n"""


def replayed_create(bench):
    server = bench.tapped()
    asked, (_, body) = bench.asked(lambda: exchange(
        server.url, "/v1/bills", "POST", bill_of(ONE_NUMBER), bench.token))
    scripts = Scripts(variables={"n": "0"})
    scripts.add(asked, before=CREATE_NUMBERS, stand_ins={
        json.loads(body)["id"]: "uuid_v7()", str(ONE_NUMBER): ":number"})
    remove_created(bench)
    return scripts


def remove_created(bench):
    owner = bench.database.owner_url
    bench.database.query(f"DELETE FROM bills WHERE session = '{SESSION}'",
                         owner)
    bench.database.query("VACUUM (ANALYZE) bills", owner)


# --- patch -------------------------------------------------------------------

PATCH_NUMBERS = """\
\\set id random(1, {last})
\\set n random(1, 1000000000)"""


def target_of(n):
    return f"/v1/bills/00000000-0000-0000-0000-{n:012x}"


def patched(server, bench):
    del server
    return [f'PATCH {target_of(n)} {{"latest_action": "{{n}}"}}'
            for n in range(1, bench.database.patched + 1)]


def replayed_patch(bench):
    """The bill is read first, and written if it is still of that version.
    Whose rights count is said for the writing only: pgbench cannot use what it
    reads in a transaction, and its session has rights of its own."""
    server, target = bench.tapped(), target_of(1)
    _, body = exchange(server.url, target)
    bill = json.loads(body)
    asked, _ = bench.asked(lambda: exchange(
        server.url, target, "PATCH", {"latest_action": "once"}, bench.token))
    begin = [one.sql.split()[0] for one in asked].index("BEGIN")
    scripts = Scripts()
    scripts.add(
        asked[begin - 1:], reads=1,
        before=PATCH_NUMBERS.format(last=bench.database.patched),
        stand_ins={bill["id"]: PATCHED_ID, "once": ":n::text",
                   f"{{{bill['version']}}}": "ARRAY[:read_version::bigint]",
                   bytes: f"ARRAY[{PATCHED_ID}]"})
    return scripts
