/* SPDX-License-Identifier: MIT */
#include "admin/programs.h"

#include "admin/process.h"
#include "base/memory.h"
#include "base/text.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PACKAGED_BIN "/usr/lib/postgresql/*/bin"

/* One look through all places. */
struct search {
    int want_major; /* 0: the newest that is new enough */
    int seen_major; /* the newest of any kind; 0: none */
    struct cluster_programs *found;
};

void cluster_programs_fini(struct cluster_programs *programs)
{
    memory_free(&programs->initdb);
    memory_free(&programs->postgres);
    memory_free(&programs->basebackup);
    programs->major = 0;
}

static bool is_program(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
           access(path, X_OK) == 0;
}

/* "postgres (PostgreSQL) 15.20 (Debian …)" */
static int major_of(const char *postgres)
{
    const char *argv[] = { postgres, "--version", NULL };
    CLEANUP(memory_free) char *said = process_output(argv);
    int major = 0;

    if (!said || sscanf(said, "postgres (PostgreSQL) %d", &major) != 1)
        return 0;
    return major;
}

static bool is_wanted(const struct search *search, int major)
{
    if (search->want_major != 0)
        return major == search->want_major && search->found->major == 0;
    return major >= CLUSTER_MAJOR_MIN && major > search->found->major;
}

static void consider(struct search *search, struct text dir)
{
    CLEANUP(memory_free)
    char *initdb = memory_format("%.*s/initdb", TEXT_ARG(dir));
    CLEANUP(memory_free)
    char *postgres = memory_format("%.*s/postgres", TEXT_ARG(dir));
    int major;

    if (dir.len == 0 || !is_program(initdb) || !is_program(postgres))
        return;
    major = major_of(postgres);
    if (major > search->seen_major)
        search->seen_major = major;
    if (!is_wanted(search, major))
        return;
    cluster_programs_fini(search->found);
    *search->found = (struct cluster_programs){
        .initdb = initdb,
        .postgres = postgres,
        .basebackup = memory_format("%.*s/pg_basebackup", TEXT_ARG(dir)),
        .major = major,
    };
    initdb = postgres = NULL;
}

static void consider_installed(struct search *search)
{
    static const char *const ask[] = { "pg_config", "--bindir", NULL };
    CLEANUP(memory_free) char *beside = process_output(ask);
    struct text path = text_of(getenv("PATH")), dir;
    glob_t packaged = { 0 };

    consider(search, text_of(beside));
    if (glob(PACKAGED_BIN, 0, NULL, &packaged) == 0)
        for (size_t i = 0; i < packaged.gl_pathc; i++)
            consider(search, text_of(packaged.gl_pathv[i]));
    globfree(&packaged);
    while (!text_is_null(path) && text_cut(&path, ':', &dir))
        consider(search, dir);
}

int cluster_programs_find(int want_major, struct cluster_programs *ret_programs,
                          struct refusal *why)
{
    const char *named = getenv("PORTCULLIS_POSTGRES_BIN");
    struct search search = { .want_major = want_major, .found = ret_programs };

    *ret_programs = (struct cluster_programs){ 0 };
    if (named)
        consider(&search, text_of(named));
    else
        consider_installed(&search);
    if (ret_programs->major > 0)
        return 0;
    if (search.seen_major == 0)
        return refuse(why, EXIT_MISSING,
                      "PostgreSQL's server is missing: apt-get install "
                      "postgresql");
    if (want_major == 0)
        return refuse(why, EXIT_WRONG_VERSION,
                      "PostgreSQL %d is too old: install version %d or newer",
                      search.seen_major, CLUSTER_MAJOR_MIN);
    return refuse(why, EXIT_WRONG_VERSION,
                  "the cluster was made by PostgreSQL %d, but %d is installed: "
                  "apt-get install postgresql-%d, or throw the data away with "
                  "--fresh",
                  want_major, search.seen_major, want_major);
}

static char *find_in_path(const char *name)
{
    struct text path = text_of(getenv("PATH")), dir;

    while (!text_is_null(path) && text_cut(&path, ':', &dir)) {
        char *file = memory_format("%.*s/%s", TEXT_ARG(dir), name);

        if (dir.len > 0 && is_program(file))
            return file;
        memory_free(&file);
    }
    return NULL;
}

int cache_program_find(char **ret_path, struct refusal *why)
{
    const char *named = getenv("PORTCULLIS_REDIS_SERVER");

    if (!named)
        *ret_path = find_in_path("redis-server");
    else if (is_program(named))
        *ret_path = memory_copy(named, strlen(named));
    else
        *ret_path = NULL;
    if (!*ret_path)
        return refuse(why, EXIT_MISSING,
                      "Redis' server is missing: apt-get install redis-server");
    return 0;
}
