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
static int major_of(const char *program)
{
    const char *argv[] = { program, "--version", NULL };
    CLEANUP(memory_free) char *said = process_output(argv);
    int major = 0;

    if (!said || sscanf(said, "%*s (PostgreSQL) %d", &major) != 1)
        return 0;
    return major;
}

static bool is_wanted(const struct search *search, int major)
{
    if (search->want_major != 0)
        return major == search->want_major && search->found->major == 0;
    return major >= CLUSTER_MAJOR_MIN && major > search->found->major;
}

static void consider(void *arg, struct text dir)
{
    struct search *search = arg;
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

typedef void look_fn(void *arg, struct text dir);

static void look_everywhere(look_fn *look, void *arg)
{
    static const char *const ask[] = { "pg_config", "--bindir", NULL };
    CLEANUP(memory_free) char *beside = process_output(ask);
    struct text path = text_of(getenv("PATH")), dir;
    glob_t packaged = { 0 };

    look(arg, text_of(beside));
    if (glob(PACKAGED_BIN, 0, NULL, &packaged) == 0)
        for (size_t i = 0; i < packaged.gl_pathc; i++)
            look(arg, text_of(packaged.gl_pathv[i]));
    globfree(&packaged);
    while (!text_is_null(path) && text_cut(&path, ':', &dir))
        look(arg, dir);
}

/* PORTCULLIS_POSTGRES_BIN alone, where it is set. */
static void look_for(look_fn *look, void *arg)
{
    const char *named = getenv("PORTCULLIS_POSTGRES_BIN");

    if (named)
        look(arg, text_of(named));
    else
        look_everywhere(look, arg);
}

int cluster_programs_find(int want_major, struct cluster_programs *ret_programs,
                          struct refusal *why)
{
    struct search search = { .want_major = want_major, .found = ret_programs };

    *ret_programs = (struct cluster_programs){ 0 };
    look_for(consider, &search);
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

/* --- of the client ----------------------------------------------------------
 */

struct client_search {
    const char *name;
    int least_major, found_major; /* 0: none yet */
    char **found;
};

static void consider_client(void *arg, struct text dir)
{
    struct client_search *search = arg;
    CLEANUP(memory_free)
    char *program = memory_format("%.*s/%s", TEXT_ARG(dir), search->name);
    int major = dir.len > 0 && is_program(program) ? major_of(program) : 0;

    if (major < search->least_major ||
        (search->found_major != 0 && major >= search->found_major))
        return;
    memory_free(search->found);
    *search->found = program;
    search->found_major = major;
    program = NULL;
}

int client_program_find(const char *name, int least_major, char **ret_path,
                        int *ret_major, struct refusal *why)
{
    struct client_search search = { name, least_major, 0, ret_path };

    *ret_path = NULL;
    look_for(consider_client, &search);
    *ret_major = search.found_major;
    if (search.found_major > 0)
        return 0;
    return refuse(why, EXIT_MISSING,
                  "%s of PostgreSQL %d or newer is missing: apt-get install "
                  "postgresql-client-%d",
                  name, least_major, least_major);
}

/* --- of Redis ---------------------------------------------------------------
 */

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
