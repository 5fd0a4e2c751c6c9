# SPDX-License-Identifier: MIT
"""What the rows ask for. Of HTTP servers: a function of (Server, Bench) gives
lines for wrk.lua and checks the first answer. Of pgbench: a function of Bench
gives Scripts."""

import json
import re

from database import PATCHED_ID
from failure import Failed
from replay import Scripts
from servers import exchange, field, remembered

PAGE = 25
LONGEST_PAGE = 200
DEEP = 1000     # the page to compare with the first
DATES = 60      # days in a row, to filter by
SEARCHED = 400  # pairs of words
STATUSES, PAIRS = 4, 6  # … of which pgbench has so many
HOT, WARM = 100, 1_000  # bills that caches are asked for


# --- one object, none --------------------------------------------------------

def livez(server, _):
    exchange(server.url, "/livez")
    return ["GET /livez"]


def decision(server, bench):
    """May whoever asks do what they may: by rights in memory."""
    question = {"subject": {"type": "user", "id": "bench"},
                "action": {"name": "update"},
                "resource": {"type": "bill", "id": "1"}}
    _, body = exchange(server.url, "/access/v1/evaluation", "POST", question,
                       bench.token)
    if json.loads(body) != {"decision": True}:
        raise Failed(f"{server.name} decides otherwise: {body}")
    return [f"POST /access/v1/evaluation {json.dumps(question)}"]


def one_bill(server, bench):
    ids = bench.database.ids
    _, body = exchange(server.url, f"/v1/bills/{ids[0]}")
    seen = json.loads(body)
    if seen.get("id") != ids[0] or set(seen) != set(bench.columns):
        raise Failed(f"{server.name} answers another bill: {seen}")
    return [f"GET /v1/bills/{id}" for id in ids]


def one_bill_signed_in(server, bench):
    """The same by somebody with a token, which is known after the first."""
    lines = one_bill(server, bench)
    exchange(server.url, lines[0].split(" ")[1], token=bench.token)
    return [f"{line} +" for line in lines]


# --- one object that is remembered -------------------------------------------

def some_bills(bench, count):
    return [f"/v1/bills/{id}" for id in bench.database.ids[:count]]


def hot_bill(_, bench):
    return [f"GET {target}" for target in some_bills(bench, HOT)]


def warm_bill(_, bench):
    return [f"GET {target}" for target in some_bills(bench, WARM)]


def in_memory(server, bench):
    """Each loop remembers by itself; it learns the others in no time."""
    for target in some_bills(bench, HOT):
        remembered(server, target, "near")


def in_redis(server, bench):
    for target in some_bills(bench, WARM):
        remembered(server, target, "redis")


# --- one object, by pgbench ---------------------------------------------------
# The same row and columns, found by a unique integer: pgbench draws no UUIDs.
BILL_SQL = """\
\\set v random({first}, {last})
SELECT {columns} FROM bills WHERE version = :v AND deleted_at IS NULL
"""


def bill_by_version(bench):
    return Scripts([BILL_SQL.format(first=bench.database.version_first,
                                    last=bench.database.version_last,
                                    columns=", ".join(bench.columns))])


# --- pages -------------------------------------------------------------------

def any_page(server, _):
    """Cursors are the server's own, so its list is walked to its end."""
    target, pages = f"/v1/bills?limit={LONGEST_PAGE}", []
    while target is not None:
        pages.append(target.replace(f"limit={LONGEST_PAGE}", f"limit={PAGE}"))
        head, _ = exchange(server.url, target)
        link = re.search(r'<([^>]*)>; *rel="?next', field(head, "Link") or "")
        target = link[1] if link else None
    _, body = exchange(server.url, pages[0])
    if len(json.loads(body)) != PAGE:
        raise Failed(f"{server.name} answers a page that has not {PAGE} bills")
    return [f"GET {page}" for page in pages]


def first_page(server, bench):
    return any_page(server, bench)[:1]


def deep_page(server, bench):
    pages = any_page(server, bench)
    place = DEEP * PAGE // LONGEST_PAGE
    return [pages[min(place, len(pages) - 1)]]


def filtered(server, bench):
    """By status and date, newest first: seldom two in flight alike."""
    owner = bench.database.owner_url
    statuses = bench.database.query("SELECT DISTINCT status FROM bills", owner)
    dates = bench.database.query(
        f"SELECT max(introduced_on) - {2 * DATES} + day FROM bills,"
        f" generate_series(1, {DATES}) AS day GROUP BY day ORDER BY 1", owner)
    targets = [f"/v1/bills?status={status}&introduced_on_gte={date}"
               f"&sort=-introduced_on&limit={PAGE}"
               for status in statuses for date in dates]
    exchange(server.url, targets[0])
    return [f"GET {target}" for target in targets]


def searched(server, bench):
    """By two words out of a title, the best first."""
    titles = bench.database.query(
        "SELECT regexp_replace(title, '[^A-Za-z]+', '_', 'g') FROM bills"
        f" ORDER BY md5(title), id LIMIT {SEARCHED}", bench.database.owner_url)
    pairs = (sorted(title.split("_"), key=len)[-2:] for title in titles)
    targets = [f"/v1/bills?q={'+'.join(pair)}&limit={PAGE}" for pair in pairs]
    exchange(server.url, targets[0])
    return [f"GET {target}" for target in targets]


# --- the same by pgbench -----------------------------------------------------
# As few texts as can be: each client parses and plans each of them anew.

def asked_of(bench, line):
    server, target = bench.tapped(), line.split()[1]
    asked, _ = bench.asked(lambda: exchange(server.url, target))
    return asked


def replayed_any_page(bench):
    """Behind bills whose ids pgbench can make."""
    asked = asked_of(bench, bench.lines("portcullis", any_page)[1])
    scripts = Scripts()
    scripts.add(asked, stand_ins={asked[-1].parameters[0]: PATCHED_ID},
                before=f"\\set id random(1, {bench.database.patched})")
    return scripts


def replayed_first_page(bench):
    scripts = Scripts()
    scripts.add(asked_of(bench, bench.lines("portcullis", first_page)[0]))
    return scripts


def replayed_filtered(bench):
    """Some statuses, since the days alone can be drawn."""
    lines, scripts = bench.lines("portcullis", filtered), Scripts()
    for line in lines[::DATES][:STATUSES]:
        asked = asked_of(bench, line)
        oldest = asked[-1].parameters[1]
        scripts.add(asked, before=f"\\set day random(0, {DATES})",
                    stand_ins={oldest: f"(date '{oldest}' + :day::integer)"})
    return scripts


def replayed_searched(bench):
    lines, scripts = bench.lines("portcullis", searched), Scripts()
    for line in lines[:PAIRS]:
        scripts.add(asked_of(bench, line))
    return scripts
