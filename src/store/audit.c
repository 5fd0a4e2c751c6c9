/* SPDX-License-Identifier: MIT */
#include "store/audit.h"

#include "base/check.h"
#include "base/memory.h"
#include "resilience/token_bucket.h"
#include "runtime/fiber.h"
#include "store/scope.h"
#include "store/sql_fixed.h"
#include "telemetry/metrics.h"
#include "json/encode.h"

enum {
    AUDIT_MAGIC = 0x41554449,
    NOTED_BYTES_MAX = 128 * 1024,
    VALUE_BYTES_MAX = 200,
    NOTE_BYTES_MAX = 9 * 6 * VALUE_BYTES_MAX, /* one, if all is escaped */
};

/* Notes are members of a JSON list, which is how the database takes them. */
struct notes {
    unsigned count;
    struct buffer list; /* without the closing bracket */
};

struct audit {
    unsigned magic;
    struct token_rate rate;
    struct token_bucket bucket;
    struct condition noted;
    struct notes waiting, leaving;
    struct series *dropped;
};

static void notes_clear(struct notes *notes)
{
    notes->count = 0;
    buffer_clear(&notes->list);
}

struct audit *audit_new(unsigned per_second)
{
    struct audit *audit = NEW(struct audit);

    audit->magic = AUDIT_MAGIC;
    audit->rate = token_rate_of(per_second, 1);
    condition_init(&audit->noted);
    buffer_init(&audit->waiting.list, NOTED_BYTES_MAX + NOTE_BYTES_MAX);
    buffer_init(&audit->leaving.list, NOTED_BYTES_MAX + NOTE_BYTES_MAX);
    audit->dropped = metric_series(METRIC_AUDIT_DROPPED, NULL);
    return audit;
}

void audit_free(struct audit **audit)
{
    if (!*audit)
        return;
    OBJ_CHECK(*audit, AUDIT_MAGIC);
    buffer_fini(&(*audit)->waiting.list);
    buffer_fini(&(*audit)->leaving.list);
    (*audit)->magic = 0;
    memory_free(audit);
}

/* --- noting -----------------------------------------------------------------
 */

static void add_value(struct buffer *out, struct text value)
{
    if (value.len > VALUE_BYTES_MAX)
        value.len = VALUE_BYTES_MAX;
    encode_text(out, value);
}

static void add(struct buffer *out, const char *name, struct text value)
{
    buffer_add_format(out, ",\"%s\":", name);
    add_value(out, value);
}

static struct text text_or_null(const char *string)
{
    return string ? text_of(string) : TEXT_NULL;
}

/* "bills" of "bills:delete"; what needs no right is of the service at large. */
static struct text type_of(const struct refused *refused)
{
    struct text key = text_or_null(refused->permission), type;

    return text_cut(&key, ':', &type) ? type : TEXT("service");
}

static void add_note(struct buffer *out, const struct refused *refused)
{
    buffer_add_string(out, "{\"action\":");
    add_value(out, text_of(error_info(refused->error)->code));
    add(out, "actor_id", refused->actor_id);
    add(out, "request_id", refused->request_id);
    add(out, "route", refused->route);
    add(out, "resource_type", type_of(refused));
    add(out, "resource_id", refused->resource_id);
    buffer_add_string(out, ",\"after\":{\"method\":");
    add_value(out, text_or_null(refused->method));
    add(out, "permission", text_or_null(refused->permission));
    add(out, "address", refused->address);
    buffer_add_string(out, "}}");
}

void audit_refusal(struct audit *audit, const struct refused *refused,
                   uint64_t now_ns)
{
    struct notes *notes = &audit->waiting;

    OBJ_CHECK(audit, AUDIT_MAGIC);
    if (notes->list.len > NOTED_BYTES_MAX ||
        !token_bucket_take(&audit->bucket, audit->rate, 1, now_ns).admitted) {
        series_add(audit->dropped, 1);
        return;
    }
    buffer_add_byte(&notes->list, notes->count ? ',' : '[');
    add_note(&notes->list, refused);
    notes->count++;
    condition_signal(&audit->noted);
}

/* --- writing ----------------------------------------------------------------
 */

const struct statement sql_audit_refusals = {
    .name = "audit_refusals",
    .collection = "audit",
    .sql = "INSERT INTO audit (action, actor_id, request_id, route,"
           " resource_type, resource_id, after)"
           " SELECT * FROM json_to_recordset($1::json) AS note (action text,"
           " actor_id uuid, request_id text, route text, resource_type text,"
           " resource_id uuid, after jsonb)",
};

int audit_wait(struct audit *audit, struct deadline until)
{
    int r = 0;

    OBJ_CHECK(audit, AUDIT_MAGIC);
    while (r == 0 && audit->waiting.count + audit->leaving.count == 0)
        r = condition_wait(&audit->noted, until);
    return r;
}

/* What comes meanwhile waits for the next time. */
static void take_those_waiting(struct audit *audit)
{
    struct notes empty = audit->leaving;

    if (audit->leaving.count > 0)
        return;
    audit->leaving = audit->waiting;
    audit->waiting = empty;
    buffer_add_byte(&audit->leaving.list, ']');
}

static bool may_come_back(int error)
{
    int status = error_info(-error)->status;

    return status == 503 || status == 504;
}

int audit_write(struct audit *audit, struct store *store, struct deadline until,
                struct diag *diag)
{
    struct notes *leaving = &audit->leaving;
    struct text list;
    struct writing writing = { .statement = &sql_audit_refusals,
                               .params = &list,
                               .count = 1 };
    int r;

    OBJ_CHECK(audit, AUDIT_MAGIC);
    if (audit->waiting.count + leaving->count == 0)
        return 0;
    take_those_waiting(audit);
    list = buffer_text(&leaving->list);
    r = scope_write(store, &writing, until, diag);
    rows_unref(&writing.rows);
    if (r < 0 && may_come_back(r))
        return r;
    if (r < 0)
        series_add(audit->dropped, leaving->count);
    notes_clear(leaving);
    return r;
}
