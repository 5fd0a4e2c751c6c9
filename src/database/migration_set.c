/* SPDX-License-Identifier: MIT */
#include "database/migration_set.h"

#include "base/memory.h"
#include "database/migration_script.h"

#include <stdlib.h>

enum { NUMBER_DIGITS = 4 };

/* A file's name, taken apart. */
struct part {
    struct text folder, name;
    struct text label; /* "bills/0003-history" */
    unsigned number;
    bool is_up, is_seed;
};

/* --- names ---------------------------------------------------------------- */

static bool is_name(struct text name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
            return false;
    }
    return name.len > 0;
}

static bool take_ending(struct text *name, const char *ending)
{
    if (!text_ends_with(*name, ending))
        return false;
    name->len -= strlen(ending);
    return true;
}

/* "0003-history" */
static bool parse_number(struct text base, struct part *ret)
{
    int64_t number;

    if (base.len <= NUMBER_DIGITS || base.at[NUMBER_DIGITS] != '-' ||
        base.at[0] == '-' ||
        !text_to_int64(text_from(base.at, NUMBER_DIGITS), &number))
        return false;
    ret->number = (unsigned)number;
    ret->name = text_skip(base, NUMBER_DIGITS + 1);
    return is_name(ret->name);
}

static bool parse_name(const char *path, struct part *ret)
{
    struct text base = text_of(path);

    *ret = (struct part){ .label = base };
    if (!text_cut(&base, '/', &ret->folder) || text_is_null(base))
        return false;
    ret->is_seed = text_is(ret->folder, "seed");
    ret->is_up = !ret->is_seed && take_ending(&base, ".up.sql");
    if (!ret->is_up && !take_ending(&base, ret->is_seed ? ".sql" : ".down.sql"))
        return false;
    ret->label.len = (size_t)(base.at + base.len - ret->label.at);
    return parse_number(base, ret);
}

/* --- domains -------------------------------------------------------------- */

static const struct embedded_file *find_file(const struct embedded_file *files,
                                             struct text label,
                                             const char *ending)
{
    for (; files->name; files++) {
        struct text name = text_of(files->name);

        if (take_ending(&name, ending) && text_equal(name, label))
            return files;
    }
    return NULL;
}

/* The domain's place in the file `domains`, or -1. */
static int domain_place(const struct embedded_file *domains, struct text domain)
{
    struct text rest = embedded_text(domains), line;

    for (int place = 0; text_cut(&rest, '\n', &line); place++)
        if (text_equal(text_trim(line), domain) && is_name(domain))
            return place;
    return -1;
}

/* --- building --------------------------------------------------------------
 */

struct builder {
    struct migration_set *set;
    const struct embedded_file *files, *domains;
    struct diag *diag;
};

static void add_seed(struct migration_set *set,
                     const struct embedded_file *file)
{
    unsigned i = set->seed_count++;

    for (; i > 0 && strcmp(set->seeds[i - 1]->name, file->name) > 0; i--)
        set->seeds[i] = set->seeds[i - 1];
    set->seeds[i] = file;
}

static bool precedes(const struct embedded_file *domains,
                     const struct migration *a, const struct migration *b)
{
    int place_a = domain_place(domains, a->domain);
    int place_b = domain_place(domains, b->domain);

    return place_a < place_b || (place_a == place_b && a->number < b->number);
}

static void insert(struct builder *builder, const struct migration *added)
{
    struct migration *all = builder->set->migrations;
    unsigned i = builder->set->count++;

    for (; i > 0 && precedes(builder->domains, added, &all[i - 1]); i--)
        all[i] = all[i - 1];
    all[i] = *added;
}

static int add_migration(struct builder *builder,
                         const struct embedded_file *up,
                         const struct part *part)
{
    struct migration added = {
        .domain = part->folder,
        .name = part->name,
        .label = part->label,
        .number = part->number,
        .up = up,
        .down = find_file(builder->files, part->label, ".down.sql"),
    };

    if (domain_place(builder->domains, part->folder) < 0)
        return FAIL(builder->diag, ERR_VALIDATION,
                    "%s: the domain is not listed in the file `domains`",
                    up->name);
    if (!added.down)
        return FAIL(builder->diag, ERR_VALIDATION,
                    "%s has no way back: %.*s.down.sql is missing", up->name,
                    TEXT_ARG(part->label));
    insert(builder, &added);
    return 0;
}

static int add_file(struct builder *builder, const struct embedded_file *file)
{
    struct part part;

    if (file == builder->domains)
        return 0;
    if (!parse_name(file->name, &part))
        return FAIL(builder->diag, ERR_VALIDATION,
                    "%s is not named like a migration: "
                    "domain/NNNN-name.up.sql, .down.sql or seed/NNNN-name.sql",
                    file->name);
    if (part.is_up)
        return add_migration(builder, file, &part);
    if (part.is_seed)
        add_seed(builder->set, file);
    else if (!find_file(builder->files, part.label, ".up.sql"))
        return FAIL(builder->diag, ERR_VALIDATION, "%s leads back from nowhere",
                    file->name);
    return 0;
}

/* --- checks ----------------------------------------------------------------
 */

static int check_order(const struct migration_set *set, struct diag *diag)
{
    for (unsigned i = 0; i < set->count; i++) {
        const struct migration *m = &set->migrations[i];
        bool first = i == 0 || !text_equal(m[-1].domain, m->domain);
        unsigned expected = first ? 1 : m[-1].number + 1;

        if (!first && m->number == m[-1].number)
            return FAIL(diag, ERR_VALIDATION,
                        "%.*s and %.*s have the same number",
                        TEXT_ARG(m[-1].label), TEXT_ARG(m->label));
        if (m->number != expected)
            return FAIL(diag, ERR_VALIDATION,
                        "%.*s: number %04u is missing before it",
                        TEXT_ARG(m->label), expected);
    }
    return 0;
}

static int check_scripts(const struct migration_set *set, struct diag *diag)
{
    int r = 0;

    for (unsigned i = 0; i < set->count && r == 0; i++) {
        r = migration_script_check(set->migrations[i].up, diag);
        if (r == 0)
            r = migration_script_check(set->migrations[i].down, diag);
    }
    for (unsigned i = 0; i < set->seed_count && r == 0; i++)
        r = migration_script_check(set->seeds[i], diag);
    return r;
}

/* --- life ------------------------------------------------------------------
 */

static unsigned count_files(const struct embedded_file *files)
{
    unsigned count = 0;

    while (files[count].name)
        count++;
    return count;
}

static int build(struct migration_set *set, const struct embedded_file *files,
                 struct diag *diag)
{
    struct builder builder = {
        .set = set,
        .files = files,
        .domains = find_file(files, TEXT("domains"), ""),
        .diag = diag,
    };
    int r = 0;

    if (!builder.domains)
        return FAIL(diag, ERR_VALIDATION, "the file `domains` is missing");
    for (; files->name && r == 0; files++)
        r = add_file(&builder, files);
    if (r == 0)
        r = check_order(set, diag);
    return r < 0 ? r : check_scripts(set, diag);
}

int migration_set_new(const struct embedded_file *files,
                      struct migration_set **ret_set, struct diag *diag)
{
    CLEANUP(migration_set_free) struct migration_set *set = NULL;
    unsigned most = count_files(files);
    int r;

    set = NEW(struct migration_set);
    set->migrations = memory_new_array(most + 1, sizeof(*set->migrations));
    set->seeds = memory_new_array(most + 1, sizeof(*set->seeds));
    r = build(set, files, diag);
    if (r < 0)
        return r;
    *ret_set = set;
    set = NULL;
    return 0;
}

void migration_set_free(struct migration_set **set_at)
{
    struct migration_set *set = *set_at;

    *set_at = NULL;
    if (!set)
        return;
    memory_free(&set->migrations);
    memory_free(&set->seeds);
    memory_free(&set);
}

/* "bills/0003" stands for "bills/0003-history". */
const struct migration *migration_find(const struct migration_set *set,
                                       struct text name)
{
    for (unsigned i = 0; i < set->count; i++) {
        struct text label = set->migrations[i].label;

        if (text_equal(label, name))
            return &set->migrations[i];
        label.len -= set->migrations[i].name.len + 1;
        if (text_equal(label, name))
            return &set->migrations[i];
    }
    return NULL;
}
