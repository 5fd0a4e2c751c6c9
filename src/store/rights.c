/* SPDX-License-Identifier: MIT */
#include "store/rights.h"

#include "base/check.h"
#include "base/memory.h"
#include "store/scope.h"
#include "store/sql_rights.h"

#include <stdio.h>

enum { RIGHTS_MAGIC = 0x72696768 };

/* --- life ----------------------------------------------------------------- */

struct rights *rights_ref(struct rights *rights)
{
    OBJ_CHECK(rights, RIGHTS_MAGIC);
    rights->refs++;
    return rights;
}

void rights_unref(struct rights **rights_at)
{
    struct rights *rights = *rights_at;

    *rights_at = NULL;
    if (!rights)
        return;
    OBJ_CHECK(rights, RIGHTS_MAGIC);
    if (--rights->refs > 0)
        return;
    permission_set_unref(&rights->set);
    rights->magic = 0;
    memory_free(&rights);
}

/* --- asking --------------------------------------------------------------- */

/* Could it be any of these? Parameters hold no NUL. */
static bool is_subject(struct text subject)
{
    return subject.len > 0 && subject.len <= RIGHTS_SUBJECT_BYTES_MAX &&
           memchr(subject.at, '\0', subject.len) == NULL &&
           text_is_utf8(subject);
}

struct asking {
    char id[UUID_TEXT_BYTES], enough[16];
    struct text params[4];
    uint64_t asked, now_ns; /* before it was sent */
};

static void asking_init(struct asking *a, unsigned by, struct text subject)
{
    struct uuid id;

    if (by & RIGHTS_BY_ID && uuid_parse(subject, &id)) {
        uuid_format(id, a->id);
        a->params[0] = text_of(a->id);
    }
    if (by & RIGHTS_BY_EXTERNAL_ID)
        a->params[1] = subject;
    if (by & RIGHTS_BY_EMAIL)
        a->params[2] = subject;
    snprintf(a->enough, sizeof(a->enough), "%d", RIGHTS_GRANTS_MAX + 1);
    a->params[3] = text_of(a->enough);
}

/* --- what came back ------------------------------------------------------- */

static enum rights_status read_status(struct text status)
{
    if (text_is_null(status))
        return RIGHTS_ANONYMOUS;
    if (text_is(status, "active"))
        return RIGHTS_ACTIVE;
    return text_is(status, "suspended") ? RIGHTS_SUSPENDED : RIGHTS_DEACTIVATED;
}

/* By the time that was left when we had asked already: rather too early. */
static uint64_t read_end(struct text left_us, uint64_t now_ns)
{
    int64_t us;

    if (text_is_null(left_us))
        return PERMISSION_NEVER_EXPIRES;
    if (!text_to_int64(left_us, &us) || us <= 0)
        return now_ns;
    return (uint64_t)us < UINT64_MAX / 2 / NS_PER_US
               ? now_ns + (uint64_t)us * NS_PER_US
               : PERMISSION_NEVER_EXPIRES;
}

static struct permission_set *read_grants(const struct rows *rows,
                                          uint64_t now_ns)
{
    CLEANUP(memory_free) struct permission_grant *grants = NULL;
    unsigned count = 0;

    grants = memory_new_array(rows_count(rows), sizeof(*grants));
    for (unsigned i = 0; i < rows_count(rows); i++)
        if (!text_is_null(rows_get(rows, i, RIGHTS_KEY)))
            grants[count++] = (struct permission_grant){
                .key = rows_get(rows, i, RIGHTS_KEY),
                .deny = !text_is(rows_get(rows, i, RIGHTS_DENIED), "f"),
                .until_ns = read_end(rows_get(rows, i, RIGHTS_LEFT_US), now_ns),
            };
    return permission_set_new(grants, count, now_ns);
}

static int read_rights(const struct rows *rows, const struct asking *a,
                       struct freshness *freshness, struct rights **ret_rights,
                       struct diag *diag)
{
    struct rights *rights;
    uint64_t generation;

    if (rows_count(rows) == 0 ||
        !generation_read(rows_get(rows, 0, RIGHTS_GENERATION), &generation))
        return FAIL(diag, ERR_INTERNAL, "the table cache_control has no row");
    if (rows_count(rows) > RIGHTS_GRANTS_MAX)
        return FAIL(diag, ERR_TOO_LARGE, "the user has more than %d grants",
                    RIGHTS_GRANTS_MAX);
    rights = NEW(struct rights);
    rights->magic = RIGHTS_MAGIC;
    rights->refs = 1;
    rights->status = read_status(rows_get(rows, 0, RIGHTS_STATUS));
    snprintf(rights->user_id, sizeof(rights->user_id), "%.*s",
             TEXT_ARG(rows_get(rows, 0, RIGHTS_USER)));
    rights->set = rights->status <= RIGHTS_ACTIVE
                      ? read_grants(rows, a->now_ns)
                      : permission_set_new(NULL, 0, a->now_ns);
    rights->stamp = freshness_note(freshness, a->asked, generation);
    *ret_rights = rights;
    return 0;
}

int rights_load(const struct store *store, struct freshness *freshness,
                unsigned by, struct text subject, struct deadline until,
                struct rights **ret_rights, struct diag *diag)
{
    static const struct actor checker = { .rights = TEXT("authz:check") };
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct store bound = store_as(store, &checker);
    struct asking a = { .asked = freshness_newest(freshness),
                        .now_ns = freshness->now_ns() };
    bool is_nobody = text_is_null(subject);
    int r;

    *ret_rights = NULL;
    if (!is_nobody && !is_subject(subject))
        return FAIL(diag, ERR_NOT_FOUND, "there is no such user");
    asking_init(&a, is_nobody ? 0 : by, subject);
    r = scope_read(&bound, &sql_rights, a.params, ARRAY_LEN(a.params), until,
                   &rows, diag);
    if (r < 0)
        return r;
    if (!is_nobody && rows_count(rows) > 0 &&
        text_is_null(rows_get(rows, 0, RIGHTS_USER)))
        return FAIL(diag, ERR_NOT_FOUND, "there is no such user");
    return read_rights(rows, &a, freshness, ret_rights, diag);
}
