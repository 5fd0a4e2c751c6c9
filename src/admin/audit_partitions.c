/* SPDX-License-Identifier: MIT */
#include "admin/audit.h"

#include "admin/exit.h"
#include "admin/tell.h"
#include "base/check.h"
#include "database/session.h"

#include <inttypes.h>
#include <stdio.h>

struct making {
    unsigned months;
    int64_t made;
};

static YIELDS int make(struct connection *connection, void *arg,
                       struct diag *diag)
{
    static const struct statement statement = {
        .name = "audit_make_partitions",
        .collection = "audit",
        .sql = "SELECT public.audit_make_partitions($1)",
    };
    CLEANUP(rows_unref) struct rows *rows = NULL;
    struct making *making = arg;
    char months[16];
    struct text param;
    int r;

    snprintf(months, sizeof(months), "%u", making->months);
    param = text_of(months);
    r = connection_query(connection, &statement, &param, 1, DEADLINE_NEVER,
                         &rows, diag);
    if (r == 0)
        CHECK(text_to_int64(rows_get(rows, 0, 0), &making->made));
    return r;
}

static void print_made(int64_t made, bool json)
{
    char count[24];
    int len = snprintf(count, sizeof(count), "%" PRId64, made);

    if (json)
        TELL({ .name = "made",
               .value = text_from(count, (size_t)len),
               .ready = true });
    else
        printf("%s made\n", count);
}

int audit_partitions(const struct audit_options *options)
{
    struct making making = { .months = options->months };
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = database_session(options->driver, text_of(options->url), make, &making,
                         &diag);
    if (r == 0) {
        print_made(making.made, options->json);
        return EXIT_OK;
    }
    say("%s%s%s%s", diag.detail, diag.cause[0] ? ": " : "", diag.cause,
        r == -ERR_FORBIDDEN ? "; connect as the database's owner" : "");
    return r == -ERR_INVALID_PARAMETER ? EXIT_CONFIG : (int)exit_of_error(r);
}
