/* SPDX-License-Identifier: MIT */
/*
 * A database of a test's own, for what a schema of its own cannot hold: the
 * schema that ships says `public`. ADMIN_DATABASE_URL, a superuser's, makes it.
 *
 * Who makes one may be a hook, outside of every test, where Criterion waits for
 * ever after an assertion that fails: so what fails here ends the process.
 */
#pragma once

#include "database/migration.h"
#include "schema/files.h"
#include "support/database.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static inline PRINTF(2, 3) void fresh_need(bool holds, const char *format, ...)
{
    va_list arguments;

    if (holds)
        return;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}

struct fresh_database {
    char name[32];
    char owner_url[1024], service_url[1024];
};

/*
 * The URL with another database's name in its path. The sessions of an owner
 * have every right, as those of commands have.
 */
static inline void fresh_url(const char *variable, const char *name,
                             char ret_url[static 1024])
{
    const char *url = test_url(variable);
    const char *host = strstr(url, "://");
    const char *path = host ? strchr(host + 3, '/') : NULL;

    fresh_need(path != NULL, "%s names no database", variable);
    snprintf(ret_url, 1024, "%.*s/%s%s%s", (int)(path - url), url, name,
             path + strcspn(path, "?"),
             strcmp(variable, "OWNER_DATABASE_URL") != 0 ? ""
             : strchr(path, '?') ? "&options=-capp.rights%3D*:*"
                                 : "?options=-capp.rights%3D*:*");
}

static inline void fresh_admin_at(const char *url, const char *sql)
{
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = database_session(&postgres_driver, text_of(url), run_script,
                         (void *)sql, &diag);
    fresh_need(r == 0, "%s (%s)", diag.detail, diag.cause);
}

static inline void fresh_admin(const char *sql)
{
    fresh_admin_at(test_url("ADMIN_DATABASE_URL"), sql);
}

static inline void fresh_database_from(struct fresh_database *fresh,
                                       const char *template)
{
    CLEANUP(memory_free) char *script = NULL;
    unsigned char random[8];
    char hex[17];

    random_bytes(random, sizeof(random));
    hex_format(random, sizeof(random), hex);
    snprintf(fresh->name, sizeof(fresh->name), "test_%s", hex);
    fresh_url("OWNER_DATABASE_URL", fresh->name, fresh->owner_url);
    fresh_url("DATABASE_URL", fresh->name, fresh->service_url);
    script = memory_format("CREATE DATABASE %s OWNER portcullis_owner "
                           "TEMPLATE %s",
                           fresh->name, template);
    fresh_admin(script);
}

static inline void fresh_database_make(struct fresh_database *fresh)
{
    fresh_database_from(fresh, "template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'");
}

/* A copy of one to which nobody is connected. */
static inline void fresh_database_copy(struct fresh_database *fresh,
                                       const char *name)
{
    fresh_database_from(fresh, name);
}

static inline void fresh_database_drop(const struct fresh_database *fresh)
{
    CLEANUP(memory_free)
    char *script =
        memory_format("DROP DATABASE IF EXISTS %s WITH (FORCE)", fresh->name);

    fresh_admin(script);
}

/* --- the schema that ships ------------------------------------------------ */

typedef int fresh_migrate_fn(struct connection *connection, void *set,
                             struct diag *diag);

static inline int fresh_migrations_up(struct connection *connection, void *set,
                                      struct diag *diag)
{
    return migrations_up(connection, set, NULL, NULL, diag);
}

static inline int fresh_seed(struct connection *connection, void *set,
                             struct diag *diag)
{
    return migrations_seed(connection, set, NULL, diag);
}

static inline void fresh_database_migrate(const struct fresh_database *fresh,
                                          fresh_migrate_fn *how)
{
    CLEANUP(migration_set_free) struct migration_set *set = NULL;
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = migration_set_new(schema_files, &set, &diag);
    fresh_need(r == 0, "%s", diag.detail);
    r = database_session(&postgres_driver, text_of(fresh->owner_url), how, set,
                         &diag);
    fresh_need(r == 0, "%s (%s)", diag.detail, diag.cause);
}

/* --- what takes long to fill ---------------------------------------------- */

/* A database that whoever needs one first fills, and all others copy. */
struct model_database {
    const char *name;
    void (*fill)(const struct fresh_database *fresh);
};

struct model_look {
    const char *name;
    bool found;
};

static inline int model_look(struct connection *connection, void *arg,
                             struct diag *diag UNUSED)
{
    struct model_look *look = arg;
    CLEANUP(memory_free)
    char *question = memory_format(
        "SELECT count(*) FROM pg_database WHERE datname = '%s'", look->name);

    look->found = ask_number(connection, question) == 1;
    return 0;
}

static inline bool model_is_there(const struct model_database *model)
{
    struct model_look look = { .name = model->name };
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = database_session(&postgres_driver,
                         text_of(test_url("ADMIN_DATABASE_URL")), model_look,
                         &look, &diag);
    fresh_need(r == 0, "%s (%s)", diag.detail, diag.cause);
    return look.found;
}

/* It gets its name when it is whole. Two may be at it: one of them is first. */
static inline void model_make(const struct model_database *model)
{
    CLEANUP(memory_free) char *script = NULL;
    struct fresh_database fresh;

    fresh_database_make(&fresh);
    model->fill(&fresh);
    script =
        memory_format("ALTER DATABASE %s ALLOW_CONNECTIONS false; "
                      "DO $$ BEGIN ALTER DATABASE %s RENAME TO %s; "
                      "EXCEPTION WHEN duplicate_database OR unique_violation "
                      "THEN END $$",
                      fresh.name, fresh.name, model->name);
    fresh_admin(script);
    fresh_database_drop(&fresh);
}

static inline void fresh_database_like(struct fresh_database *fresh,
                                       const struct model_database *model)
{
    if (!model_is_there(model))
        model_make(model);
    fresh_database_copy(fresh, model->name);
}

/* What a superuser does to a database before it is migrated. */
static inline void fresh_database_set_up(const struct fresh_database *fresh)
{
    char admin_url[1024];

    fresh_url("ADMIN_DATABASE_URL", fresh->name, admin_url);
    for (const struct embedded_file *file = schema_setup; file->name; file++) {
        CLEANUP(memory_free)
        char *script =
            memory_copy(file->begin, (size_t)(file->end - file->begin));

        fresh_admin_at(admin_url, script);
    }
}
