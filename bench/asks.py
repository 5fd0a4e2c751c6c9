# SPDX-License-Identifier: MIT
"""What the rows ask for. Of HTTP servers: a function of (Server, Bench) gives
lines for wrk.lua and checks the first answer. Of pgbench: a function of Bench
gives Scripts."""

import json
import re

from failure import Failed
from replay import Scripts
from servers import exchange, field

PAGE = 25
LONGEST_PAGE = 200
DEEP = 1000      # the page to compare with the first
REPLAYED = 25    # requests of a row that pgbench chooses from
SEARCHED = 400   # pairs of words


# --- one object, none --------------------------------------------------------

def livez(server, _):
    exchange(server.url, "/livez")
    return ["GET /livez"]


def one_bill(server, bench):
    ids = bench.database.ids
    _, body = exchange(server.url, f"/v1/bills/{ids[0]}")
    seen = json.loads(body)
    if seen.get("id") != ids[0] or set(seen) != set(bench.columns):
        raise Failed(f"{server.name} answers another bill: {seen}")
    return [f"GET /v1/bills/{id}" for id in ids]


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
    """By status and date, newest first: no two requests in flight alike."""
    owner = bench.database.owner_url
    statuses = bench.database.query("SELECT DISTINCT status FROM bills", owner)
    dates = bench.database.query(
        "SELECT oldest + (newest - oldest) * part / 100"
        " FROM (SELECT min(introduced_on), max(introduced_on) FROM bills)"
        " AS of (oldest, newest), generate_series(1, 60) AS part", owner)
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


def replayed(requests):
    """The statements behind some of the same requests."""
    def scripts_of(bench):
        server, scripts = bench.tapped(), Scripts()
        targets = [line.split()[1]
                   for line in bench.lines("portcullis", requests)]
        for target in targets[::max(1, len(targets) // REPLAYED)][:REPLAYED]:
            asked, _ = bench.asked(lambda: exchange(server.url, target))
            scripts.add(asked)
        return scripts
    return scripts_of
