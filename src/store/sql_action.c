/* SPDX-License-Identifier: MIT */
#include "store/sql_action.h"

const struct statement sql_action_lock = {
    .name = "bill_action_lock",
    .collection = "bills",
    .sql = "SELECT id FROM bills WHERE id = $1::uuid AND deleted_at IS NULL"
           " FOR NO KEY UPDATE",
};

/* Among actions of one day the one that is told last is the latest. */
#define IS_LATEST "coalesce($3::date >= latest_action_on, true)"

const struct statement sql_action_append = {
    .name = "bill_action_append",
    .collection = "bill_actions",
    .sql =
        "WITH bill AS (UPDATE bills SET version = 0,"
        " status = CASE WHEN " IS_LATEST
        " THEN coalesce($9::text, status) ELSE status END,"
        " latest_action = CASE WHEN " IS_LATEST
        " THEN $7::text ELSE latest_action END,"
        " latest_action_on = greatest($3::date, latest_action_on)"
        " WHERE id = $1::uuid AND deleted_at IS NULL"
        " RETURNING id, version)"
        " INSERT INTO bill_actions"
        " (id, bill_id, seq, acted_on, acted_at, type, code, text, source)"
        " SELECT $2::uuid, bill.id, 1 + coalesce((SELECT max(seq)"
        " FROM bill_actions WHERE bill_id = $1::uuid), 0),"
        " $3::date, $4::time, $5::text, $6::text, $7::text, $8::text FROM bill"
        " RETURNING id, acted_on, acted_at, type, code, text, source,"
        " (SELECT bill.version FROM bill)",
};
