/* SPDX-License-Identifier: MIT */
#include "postgres/postgres.h"

#include "base/buffer.h"
#include "postgres/link.h"

#include <stdio.h>
#include <stdlib.h>

/* --- results ------------------------------------------------------------- */

static inline struct text value(const void *result, unsigned row,
                                unsigned column)
{
    const char *at = PQgetvalue(result, (int)row, (int)column);
    int len = PQgetlength(result, (int)row, (int)column);

    /* Only an empty value can be a NULL. */
    if (len == 0 && PQgetisnull(result, (int)row, (int)column))
        return TEXT_NULL;
    return text_from(at, (size_t)len);
}

static void values(const void *result, unsigned row, unsigned count,
                   struct text *ret_values)
{
    for (unsigned i = 0; i < count; i++)
        ret_values[i] = value(result, row, i);
}

static const char *column_name(const void *result, unsigned column)
{
    return PQfname(result, (int)column);
}

/* libpq's signatures want what they only read to be writable. */
static const char *tag(const void *result)
{
    return PQcmdStatus((PGresult *)result);
}

static uint64_t affected(const void *result)
{
    return strtoull(PQcmdTuples((PGresult *)result), NULL, 10);
}

static void result_free(void *result)
{
    PQclear(result);
}

/* --- ids ----------------------------------------------------------------- */

enum { UUID_OID = 2950 };

static void add_int32(struct buffer *buffer, uint32_t n)
{
    const char bytes[] = { (char)(n >> 24), (char)(n >> 16), (char)(n >> 8),
                           (char)n };

    buffer_add(buffer, bytes, sizeof(bytes));
}

/* array_recv(): dimensions, nulls, element type; length and first index. */
static void encode_ids(const struct uuid *ids, unsigned count,
                       struct buffer *buffer)
{
    add_int32(buffer, 1);
    add_int32(buffer, 0);
    add_int32(buffer, UUID_OID);
    add_int32(buffer, count);
    add_int32(buffer, 1);
    for (unsigned i = 0; i < count; i++) {
        add_int32(buffer, sizeof(ids[i].bytes));
        buffer_add(buffer, (const char *)ids[i].bytes, sizeof(ids[i].bytes));
    }
}

/* --- sessions ------------------------------------------------------------ */

static bool takes_scheme(const char *scheme)
{
    return strcmp(scheme, "postgres") == 0 || strcmp(scheme, "postgresql") == 0;
}

static bool is_occupied(const struct connection *connection)
{
    const struct postgres *pg = CONTAINER_OF(connection, struct postgres, base);

    return pg->base.driven || pg->steps.count > 0 ||
           PQtransactionStatus(pg->link) != PQTRANS_IDLE;
}

static void session_key(const struct connection *connection,
                        char ret_key[static SESSION_KEY_BYTES])
{
    const struct postgres *pg = CONTAINER_OF(connection, struct postgres, base);

    snprintf(ret_key, SESSION_KEY_BYTES, "%d", PQbackendPID(pg->link));
}

/* --- the dialect --------------------------------------------------------- */

#define SET(name, value)  "set_config($" #name ",$" #value ",true)"
#define SETTINGS(n, list) [n] = { .name = "settings", .sql = "SELECT " list }

#define SET_1 SET(1, 2)
#define SET_2 SET_1 "," SET(3, 4)
#define SET_3 SET_2 "," SET(5, 6)
#define SET_4 SET_3 "," SET(7, 8)
#define SET_5 SET_4 "," SET(9, 10)
#define SET_6 SET_5 "," SET(11, 12)
#define SET_7 SET_6 "," SET(13, 14)
#define SET_8 SET_7 "," SET(15, 16)

/* Not READ WRITE: a node that is none says so by 25006, at the first write. */
#define BEGIN(level)                                                \
    {                                                               \
        { .name = "begin", .sql = "BEGIN ISOLATION LEVEL " level }, \
            { .name = "begin",                                      \
              .sql = "BEGIN ISOLATION LEVEL " level " READ ONLY" }, \
    }

/* Of the log's file names: known at once after a promotion, while the control
 * file tells of it with the next checkpoint. */
#define PRIMARY_TIMELINE                                                     \
    "('x' || left(pg_walfile_name(pg_current_wal_flush_lsn()), 8))::bit(32)" \
    "::bigint"

/*
 * A crash forgets what was not flushed, also which transaction ids were given
 * away: recovery gives them away again, and pg_xact_status() then tells of
 * somebody else. The same crash, and only a crash, resets the statistics (or an
 * administrator, which costs no more than not knowing). So an id is good
 * together with that time. In another life what is committed may be another's;
 * whatever else it is, ours is not.
 */
#define LIFE                                                              \
    "coalesce(extract(epoch FROM pg_stat_get_bgwriter_stat_reset_time())" \
    "::text, '')"
#define XACT_STATUS                                                      \
    "SELECT CASE WHEN life = " LIFE " THEN pg_xact_status(id)"           \
    " WHEN id >= pg_snapshot_xmax(pg_current_snapshot()) THEN 'aborted'" \
    " WHEN pg_xact_status(id) <> 'committed' THEN 'aborted' END"         \
    " FROM (SELECT split_part($1, ',', 1)::xid8 AS id,"                  \
    " split_part($1, ',', 2) AS life) AS asked"

/*
 * One history of one database: a standby that is promoted goes on in another
 * timeline, and may lack what was committed before.
 */
#define HISTORY                                                     \
    "(SELECT system_identifier FROM pg_control_system()) || '/' ||" \
    " CASE WHEN pg_is_in_recovery() THEN 0 ELSE " PRIMARY_TIMELINE " END"

/*
 * Process ids are used again. A session is gone from this view when its
 * transaction has ended, the one way or the other. One that waits for a standby
 * has committed and is left to it: else it would end as if the standby had it.
 */
#define SESSION_NAME                                                 \
    "SELECT pid || ',' || extract(epoch FROM backend_start) || ',' " \
    "|| " HISTORY " FROM pg_stat_get_activity(pg_backend_pid())"     \
    " WHERE pid = $1::int"
#define SESSION_END                                                        \
    "SELECT CASE WHEN asked.history <> " HISTORY " THEN NULL"              \
    " WHEN a.pid IS NULL THEN 'ended'"                                     \
    " WHEN a.wait_event = 'SyncRep' THEN 'waiting'"                        \
    " WHEN pg_terminate_backend(a.pid) THEN 'told' ELSE 'going' END"       \
    " FROM (SELECT split_part($1, ',', 1)::int AS pid,"                    \
    " split_part($1, ',', 2) AS start, split_part($1, ',', 3) AS history)" \
    " AS asked LEFT JOIN LATERAL pg_stat_get_activity(asked.pid) AS a"     \
    " ON extract(epoch FROM a.backend_start)::text = asked.start"

static const struct dialect dialect = {
    .begin = { [ISOLATION_READ_COMMITTED] = BEGIN("READ COMMITTED"),
               [ISOLATION_REPEATABLE_READ] = BEGIN("REPEATABLE READ"),
               [ISOLATION_SERIALIZABLE] = BEGIN("SERIALIZABLE") },
    .settings = { SETTINGS(1, SET_1), SETTINGS(2, SET_2), SETTINGS(3, SET_3),
                  SETTINGS(4, SET_4), SETTINGS(5, SET_5), SETTINGS(6, SET_6),
                  SETTINGS(7, SET_7), SETTINGS(8, SET_8) },
    /* What a pooler keeps for each of its clients, whatever session it lends.
     */
    .pooled_session = { .name = "session",
                        .sql = "SELECT set_config('TimeZone', 'UTC', false), "
                               "set_config('DateStyle', 'ISO', false)" },
    .statement_timeout = "statement_timeout",
    .lock_timeout = "lock_timeout",
    .transaction_id = { .name = "transaction_id",
                        .sql = "SELECT pg_current_xact_id() || ',' || " LIFE },
    .transaction_status = { .name = "transaction_status", .sql = XACT_STATUS },
    /* The insert position can stay ahead of what any replica will report. */
    .log_position = { .name = "log_position",
                      .sql = "SELECT pg_current_wal_flush_lsn() - "
                             "'0/0'::pg_lsn, " PRIMARY_TIMELINE },
    /* A standby's control file may be behind when it changes its timeline, and
     * never ahead: it then is taken for one that has not followed yet. */
    .node_state = { .name = "node_state",
                    .sql = "SELECT standby::int,"
                           " CASE WHEN standby THEN pg_last_wal_replay_lsn()"
                           " ELSE pg_current_wal_flush_lsn() END"
                           " - '0/0'::pg_lsn,"
                           " CASE WHEN standby THEN (SELECT greatest("
                           "c.timeline_id, r.min_recovery_end_timeline)"
                           " FROM pg_control_checkpoint() c,"
                           " pg_control_recovery() r)"
                           " ELSE " PRIMARY_TIMELINE " END,"
                           " (SELECT system_identifier"
                           " FROM pg_control_system())"
                           " FROM (SELECT pg_is_in_recovery() AS standby) s" },
    .is_read_only = { .name = "is_read_only",
                      .sql = "SELECT current_setting('transaction_read_only')"
                             "::boolean::int" },
    /* Behind a pooler the process id is made up: only what is ours is met. */
    .cancel = { .name = "cancel",
                .sql = "SELECT pg_cancel_backend(pid) "
                       "FROM pg_stat_get_activity($1::int) "
                       "WHERE application_name = "
                       "current_setting('application_name')" },
    .session_name = { .name = "session_name", .sql = SESSION_NAME },
    .session_end = { .name = "session_end", .sql = SESSION_END },
};

const struct driver postgres_driver = {
    .name = "postgres",
    .dialect = &dialect,
    .takes_scheme = takes_scheme,
    .open = postgres__open,
    .close = postgres__close,
    .cut = postgres__cut,
    .submit = postgres__submit,
    .release = postgres__release,
    .is_occupied = is_occupied,
    .cancel = postgres__cancel,
    .session_key = session_key,
    .explain = postgres__explain,
    .script = postgres__script,
    .describe = postgres__describe,
    .copy_in_start = postgres__copy_in_start,
    .copy_in_data = postgres__copy_in_data,
    .copy_in_end = postgres__copy_in_end,
    .copy_out_start = postgres__copy_out_start,
    .copy_out_next = postgres__copy_out_next,
    .encode_ids = encode_ids,
    .value = value,
    .values = values,
    .column_name = column_name,
    .tag = tag,
    .affected = affected,
    .result_free = result_free,
};
