/* SPDX-License-Identifier: MIT */
#include "admin/audit_walk.h"

#include "admin/audit_sql.h"
#include "base/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    LINES_BYTES_MAX = 16 << 20, /* of a seal: 1000 rows take 0.1 MiB */
    ROW_BYTES_MAX = 1 << 30,
    CLOCK_SLACK_US = 1000000, /* the database's clock may be set back */
};

void audit_walk_init(struct audit_walk *walk, struct findings *findings,
                     struct audit_head wanted)
{
    *walk = (struct audit_walk){ .findings = findings, .wanted = wanted };
    memset(walk->hash, '0', sizeof(walk->hash) - 1);
    buffer_init(&walk->lines, LINES_BYTES_MAX);
    buffer_init(&walk->row, ROW_BYTES_MAX);
}

void audit_walk_fini(struct audit_walk *walk)
{
    buffer_fini(&walk->lines);
    buffer_fini(&walk->row);
}

/* --- what is asked ----------------------------------------------------------
 */

/* Columns; those of the row stand in the order of its digest. */
enum {
    NUMBER,
    SEALED_AT,
    SYSTEM,
    SNAPSHOT,
    HASH,
    AT,
    AT_MICROS,
    ID,
    DIGEST,
    IS_EXPIRED,  /* older than the oldest month that is kept */
    BEGUN_AFTER, /* the last seal made before the row's transaction began */
    ROW,
    ROW_ACTION = ROW + 3,
    ROW_TYPE,
    ROW_PARTS = 11,
};

/* clang-format off */

static const struct statement declare = {
    .name = "audit_walk",
    .collection = "audit_seals",
    .sql =
        "DECLARE walk NO SCROLL CURSOR FOR"
        " WITH oldest AS MATERIALIZED ("
        "  SELECT min(substring(pg_get_expr(relpartbound, oid)"
        "             FROM $$FROM [(]'([^']+)'[)]$$)::timestamptz) AS at"
        "    FROM pg_inherits JOIN pg_class ON oid = inhrelid"
        "   WHERE inhparent = 'public.audit'::regclass)"
        " SELECT s.number, " SQL_MICROS("s.sealed_at") ", s.system,"
        "        s.snapshot, encode(s.hash, 'hex'),"
        "        " SQL_TIME("e.at") ", " SQL_MICROS("e.at") ","
        "        e.id, encode(e.digest, 'hex'),"
        "        e.at < (SELECT at FROM oldest),"
        "        (SELECT " SQL_MICROS("p.sealed_at")
        "           FROM public.audit_seals AS p"
        "          WHERE p.system = s.system"
        "            AND pg_snapshot_xmax(p.snapshot) <= a.xact"
        "            AND p.sealed_at < s.sealed_at"
        "          ORDER BY pg_snapshot_xmax(p.snapshot) DESC LIMIT 1),"
        "        a.id, " SQL_MICROS("a.at") ", a.actor_id, a.action,"
        "        a.resource_type, a.resource_id, a.request_id, a.route,"
        "        a.before, a.after, a.xact"
        "   FROM public.audit_seals AS s"
        "   LEFT JOIN LATERAL unnest(s.ats, s.ids, s.digests) WITH ORDINALITY"
        "             AS e (at, id, digest, place) ON true"
        "   LEFT JOIN public.audit AS a ON a.at = e.at AND a.id = e.id"
        "  ORDER BY s.number, e.place",
};

/* clang-format on */

static const struct statement fetch = {
    .name = "audit_walk_fetch",
    .collection = "audit_seals",
    .sql = "FETCH 50 FROM walk",
};

static YIELDS int ask(struct audit_walk *walk,
                      const struct statement *statement, struct rows **ret_rows)
{
    return connection_query(walk->connection, statement, NULL, 0,
                            DEADLINE_NEVER, ret_rows, walk->diag);
}

/* --- seals ------------------------------------------------------------------
 */

static int64_t number_of(struct text t)
{
    int64_t number;

    CHECK(text_to_int64(t, &number));
    return number;
}

static void hash_of(struct text t, char ret_hex[static AUDIT_HASH_TEXT_BYTES])
{
    struct mac digest = mac_digest(t);

    hex_format(digest.bytes, MAC_BYTES, ret_hex);
}

static void find_broken(struct audit_walk *walk, int64_t seal,
                        const char *detail)
{
    struct finding finding = { .kind = FOUND_BROKEN, .seal = seal };

    snprintf(finding.detail, sizeof(finding.detail), "%s", detail);
    findings_add(walk->findings, &finding);
}

static void compare_with_wanted(struct audit_walk *walk)
{
    if (walk->wanted.number != walk->number)
        return;
    walk->wanted_met = true;
    if (!text_is(walk->wanted.hash, walk->hash))
        find_broken(walk, walk->number, "it is not the head that was logged");
}

static int end_seal(struct audit_walk *walk)
{
    char made[AUDIT_HASH_TEXT_BYTES];

    if (walk->number == 0)
        return 0;
    if (buffer_overflown(&walk->lines))
        return FAIL(walk->diag, ERR_TOO_LARGE, "seal %" PRId64 " is too long",
                    walk->number);
    hash_of(buffer_text(&walk->lines), made);
    if (strcmp(made, walk->hash) != 0)
        find_broken(walk, walk->number,
                    "its hash is not that of its rows and the seal before");
    compare_with_wanted(walk);
    return 0;
}

/* Its lines begin with the hash of the one before. */
static void begin_seal(struct audit_walk *walk, const struct rows *rows,
                       unsigned i)
{
    int64_t number = number_of(rows_get(rows, i, NUMBER));

    if (number != walk->number + 1)
        find_broken(walk, number, "seals before it are missing");
    buffer_clear(&walk->lines);
    buffer_add_format(&walk->lines, "%s\n", walk->hash);
    for (unsigned column = NUMBER; column <= SNAPSHOT; column++) {
        buffer_add_text(&walk->lines, rows_get(rows, i, column));
        buffer_add_byte(&walk->lines, '\n');
    }
    walk->number = number;
    snprintf(walk->hash, sizeof(walk->hash), "%s", rows_get(rows, i, HASH).at);
    walk->findings->seals++;
}

/* --- rows -------------------------------------------------------------------
 */

static void find_row(struct audit_walk *walk, const struct rows *rows,
                     unsigned i, enum finding_kind kind)
{
    struct finding finding = { .kind = kind, .seal = walk->number };
    struct text type = rows_get(rows, i, ROW_TYPE);

    snprintf(finding.at, sizeof(finding.at), "%s", rows_get(rows, i, AT).at);
    snprintf(finding.id, sizeof(finding.id), "%s", rows_get(rows, i, ID).at);
    if (!text_is_null(type))
        snprintf(finding.detail, sizeof(finding.detail), "%s %s", type.at,
                 rows_get(rows, i, ROW_ACTION).at);
    findings_add(walk->findings, &finding);
}

static int digest_row(struct audit_walk *walk, const struct rows *rows,
                      unsigned i, char ret_hex[static AUDIT_HASH_TEXT_BYTES])
{
    buffer_clear(&walk->row);
    for (unsigned part = 0; part < ROW_PARTS; part++) {
        struct text t = rows_get(rows, i, ROW + part);

        if (text_is_null(t)) {
            buffer_add_byte(&walk->row, '-');
            continue;
        }
        buffer_add_format(&walk->row, "%zu:", t.len);
        buffer_add_text(&walk->row, t);
    }
    if (buffer_overflown(&walk->row))
        return FAIL(walk->diag, ERR_TOO_LARGE, "a row is too long");
    hash_of(buffer_text(&walk->row), ret_hex);
    return 0;
}

/* It began after a seal was made, but says it was written before that. */
static bool is_backdated(const struct rows *rows, unsigned i)
{
    struct text after = rows_get(rows, i, BEGUN_AFTER);

    return !text_is_null(after) && number_of(rows_get(rows, i, AT_MICROS)) <
                                       number_of(after) - CLOCK_SLACK_US;
}

static int check_row(struct audit_walk *walk, const struct rows *rows,
                     unsigned i)
{
    char made[AUDIT_HASH_TEXT_BYTES];
    int r;

    if (text_is_null(rows_get(rows, i, ROW))) {
        if (text_is(rows_get(rows, i, IS_EXPIRED), "t"))
            walk->findings->expired++;
        else
            find_row(walk, rows, i, FOUND_REMOVED);
        return 0;
    }
    walk->findings->rows++;
    r = digest_row(walk, rows, i, made);
    if (r < 0)
        return r;
    if (!text_is(rows_get(rows, i, DIGEST), made))
        find_row(walk, rows, i, FOUND_EDITED);
    else if (is_backdated(rows, i))
        find_row(walk, rows, i, FOUND_BACKDATED);
    return 0;
}

static int take_row(struct audit_walk *walk, const struct rows *rows,
                    unsigned i)
{
    int r = 0;

    if (number_of(rows_get(rows, i, NUMBER)) != walk->number) {
        r = end_seal(walk);
        begin_seal(walk, rows, i);
    }
    if (r < 0 || text_is_null(rows_get(rows, i, ID)))
        return r;
    buffer_add_format(&walk->lines, "%s %s %s\n",
                      rows_get(rows, i, AT_MICROS).at, rows_get(rows, i, ID).at,
                      rows_get(rows, i, DIGEST).at);
    return check_row(walk, rows, i);
}

/* --- all of it --------------------------------------------------------------
 */

/* *ret_more is false when there was nothing more. */
static YIELDS int take_some(struct audit_walk *walk, bool *ret_more)
{
    CLEANUP(rows_unref) struct rows *rows = NULL;
    int r = ask(walk, &fetch, &rows);

    *ret_more = r == 0 && rows_count(rows) > 0;
    for (unsigned i = 0; r == 0 && i < rows_count(rows); i++)
        r = take_row(walk, rows, i);
    return r;
}

int audit_walk_run(struct audit_walk *walk, struct connection *connection,
                   struct diag *diag)
{
    bool more = true;
    int r;

    walk->connection = connection;
    walk->diag = diag;
    r = ask(walk, &declare, NULL);
    while (r == 0 && more)
        r = take_some(walk, &more);
    if (r == 0)
        r = end_seal(walk);
    walk->findings->head = walk->number;
    memcpy(walk->findings->head_hash, walk->hash, sizeof(walk->hash));
    if (r == 0 && walk->wanted.number > 0 && !walk->wanted_met)
        find_broken(walk, walk->wanted.number,
                    "it is not there: the end of the chain was cut off");
    return r;
}
