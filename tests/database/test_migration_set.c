/* SPDX-License-Identifier: MIT */
#include "database/migration_set.h"

#include "database/files.h"
#include "schema/files.h"

static struct migration_set *make(const struct embedded_file *files)
{
    struct migration_set *set = NULL;
    struct diag diag;

    diag_init(&diag, NULL);
    cr_assert_eq(migration_set_new(files, &set, &diag), 0, "%s", diag.detail);
    return set;
}

static void expect_refusal(const struct files *files, const char *file,
                           const char *what)
{
    struct migration_set *set = NULL;
    struct diag diag;

    diag_init(&diag, NULL);
    cr_expect_eq(migration_set_new(files->list, &set, &diag), -ERR_VALIDATION,
                 "%s was taken", file);
    cr_expect_null(set);
    cr_expect_not_null(strstr(diag.detail, file), "%s", diag.detail);
    cr_expect_not_null(strstr(diag.detail, what), "%s", diag.detail);
}

static struct files two_domains(void)
{
    struct files files = { 0 };

    files_add(&files, "bills/0001-bills.down.sql", "SELECT 1");
    files_add(&files, "bills/0001-bills.up.sql", "SELECT 1");
    files_add(&files, "users/0002-keys.up.sql", "SELECT 1");
    files_add(&files, "users/0002-keys.down.sql", "SELECT 1");
    files_add(&files, "users/0001-users.up.sql", "SELECT 1");
    files_add(&files, "users/0001-users.down.sql", "SELECT 1");
    files_add(&files, "domains", "# why so\nusers\n\nbills\n");
    return files;
}

/* --- order --- */

static void expect_labels(const struct migration_set *set,
                          const char *const *labels)
{
    unsigned count = 0;

    for (; labels[count]; count++) {
        cr_assert_lt(count, set->count);
        cr_expect(text_is(set->migrations[count].label, labels[count]),
                  "%.*s in place of %s", TEXT_ARG(set->migrations[count].label),
                  labels[count]);
    }
    cr_expect_eq(set->count, count);
}

Test(migration_set, is_ordered_by_domain_then_number)
{
    struct files files = two_domains();
    CLEANUP(migration_set_free)
    struct migration_set *set = make(files.list);

    expect_labels(set,
                  (const char *const[]){ "users/0001-users", "users/0002-keys",
                                         "bills/0001-bills", NULL });
    cr_expect(text_is(set->migrations[1].domain, "users"));
    cr_expect(text_is(set->migrations[1].name, "keys"));
    cr_expect_eq(set->migrations[1].number, 2);
    cr_expect_str_eq(set->migrations[1].up->name, "users/0002-keys.up.sql");
    cr_expect_str_eq(set->migrations[1].down->name, "users/0002-keys.down.sql");
}

Test(migration_set, keeps_seeds_apart_in_their_own_order)
{
    struct files files = two_domains();
    CLEANUP(migration_set_free) struct migration_set *set = NULL;

    files_add(&files, "seed/0002-more.sql", "SELECT 2");
    files_add(&files, "seed/0001-roles.sql", "SELECT 1");
    set = make(files.list);
    cr_expect_eq(set->count, 3);
    cr_assert_eq(set->seed_count, 2);
    cr_expect_str_eq(set->seeds[0]->name, "seed/0001-roles.sql");
    cr_expect_str_eq(set->seeds[1]->name, "seed/0002-more.sql");
}

Test(migration_set, finds_a_migration_by_label_with_or_without_its_name)
{
    struct files files = two_domains();
    CLEANUP(migration_set_free)
    struct migration_set *set = make(files.list);
    const struct migration *keys = &set->migrations[1];

    cr_expect_eq(migration_find(set, TEXT("users/0002-keys")), keys);
    cr_expect_eq(migration_find(set, TEXT("users/0002")), keys);
    cr_expect_null(migration_find(set, TEXT("users/0002-")));
    cr_expect_null(migration_find(set, TEXT("users/0003")));
    cr_expect_null(migration_find(set, TEXT("")));
}

Test(migration_set, may_be_empty)
{
    struct files files = { 0 };
    CLEANUP(migration_set_free) struct migration_set *set = NULL;

    files_add(&files, "domains", "");
    set = make(files.list);
    cr_expect_eq(set->count, 0);
}

/* --- refusals --- */

Test(migration_set, refuses_a_migration_without_a_way_back)
{
    struct files files = two_domains();

    files_add(&files, "bills/0002-more.up.sql", "SELECT 1");
    expect_refusal(&files, "bills/0002-more.up.sql", "no way back");
}

Test(migration_set, refuses_a_way_back_from_nowhere)
{
    struct files files = two_domains();

    files_add(&files, "bills/0001-other.down.sql", "SELECT 1");
    expect_refusal(&files, "bills/0001-other.down.sql", "from nowhere");
}

Test(migration_set, refuses_a_gap_and_a_number_given_twice)
{
    struct files gap = two_domains(), twins = two_domains(),
                 zero = two_domains();

    files_add(&gap, "bills/0003-more.up.sql", "SELECT 1");
    files_add(&gap, "bills/0003-more.down.sql", "SELECT 1");
    expect_refusal(&gap, "bills/0003-more", "0002 is missing");
    files_add(&twins, "users/0001-others.up.sql", "SELECT 1");
    files_add(&twins, "users/0001-others.down.sql", "SELECT 1");
    expect_refusal(&twins, "users/0001-others", "same number");
    files_add(&zero, "users/0000-none.up.sql", "SELECT 1");
    files_add(&zero, "users/0000-none.down.sql", "SELECT 1");
    expect_refusal(&zero, "users/0000-none", "0001 is missing");
}

Test(migration_set, refuses_a_domain_that_is_not_listed)
{
    struct files files = two_domains();

    files_add(&files, "audit/0001-audit.up.sql", "SELECT 1");
    files_add(&files, "audit/0001-audit.down.sql", "SELECT 1");
    expect_refusal(&files, "audit/0001-audit.up.sql", "not listed");
}

Test(migration_set, refuses_names_of_another_shape)
{
    static const char *const names[] = {
        "bills/1-more.up.sql",    "bills/0002more.up.sql",
        "bills/0002-.up.sql",     "bills/0002-More.up.sql",
        "bills/0002-more.sql",    "bills/-002-more.up.sql",
        "bills/0002-more.up.txt", "0002-more.up.sql",
        "seed/roles.sql",         "seed/0001-roles.up.sql",
    };

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct files files = two_domains();

        files_add(&files, names[i], "SELECT 1");
        expect_refusal(&files, names[i], "not named like");
    }
}

Test(migration_set, needs_the_list_of_domains)
{
    struct files files = { 0 };

    expect_refusal(&files, "`domains`", "missing");
}

Test(migration_set, refuses_a_script_that_cannot_be_cut_with_file_and_line)
{
    static const char *const names[] = { "users/0001-users.up.sql",
                                         "bills/0001-bills.down.sql",
                                         "seed/0001-roles.sql" };

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct files files = two_domains();

        files_add(&files, "seed/0001-roles.sql", "SELECT 1");
        files_set(&files, names[i], "SELECT 1;\n\nDO $$ BEGIN", "5eed");
        expect_refusal(&files, names[i], ":3: the quoted text");
    }
}

Test(migration_set, refuses_a_file_that_ends_its_own_transaction)
{
    static const char *const verbs[] = { "BEGIN", "commit", "Rollback TO a",
                                         "END", "START TRANSACTION" };

    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        struct files files = two_domains();
        char sql[64];

        snprintf(sql, sizeof(sql), "SELECT 1;\n-- so\n%s;", verbs[i]);
        files_set(&files, "users/0001-users.up.sql", sql, "5eed");
        expect_refusal(&files, "users/0001-users.up.sql:3",
                       "transaction is begun and ended for it");
    }
}

/* --- what we ship --- */

Test(migration_set, takes_the_schema_that_is_built_in)
{
    CLEANUP(migration_set_free) struct migration_set *set = make(schema_files);

    cr_expect_geq(set->count, 14);
    cr_expect_geq(set->seed_count, 1);
    cr_expect(text_is(set->migrations[0].label, "system/0001-service-role"));
    cr_expect_eq(strlen(set->migrations[0].up->sha256), 64);
}
