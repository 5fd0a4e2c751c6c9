/* SPDX-License-Identifier: MIT */
#include "store/constraint.h"

#include "asked.h"

static struct arena arena;
static struct diag diag;

static int told(const struct resource *resource, int code,
                const char *constraint)
{
    int r;

    arena_fini(&arena);
    arena_init(&arena, 1 << 16);
    diag_init(&diag, &arena);
    r = diag_fail(&diag, __FILE__, __LINE__, -code, "the database's words");
    strcpy(diag.sqlstate, "23505");
    strcpy(diag.cause, "what it was");
    snprintf(diag.constraint, sizeof(diag.constraint), "%s", constraint);
    return constraint_tell(resource, r, &diag);
}

static void expect_fault(const struct resource *resource,
                         const char *constraint, const char *faults)
{
    int r = told(resource, -ERR_VALIDATION, constraint);

    cr_expect_eq(r, -ERR_VALIDATION);
    cr_expect_str_eq(faults_of(&diag), faults, "%s", constraint);
}

Test(constraint, names_each_member_of_a_natural_key)
{
    cr_expect_eq(told(&bills, -ERR_DUPLICATE, "bills_natural_key"),
                 -ERR_DUPLICATE);
    cr_expect_str_eq(faults_of(&diag), "/session duplicate\n"
                                       "/type duplicate\n"
                                       "/number duplicate");
    cr_expect_str_eq(diag.detail, "a bill with the same session, type, number"
                                  " exists already");
}

Test(constraint, names_the_one_member_that_is_taken)
{
    cr_expect_eq(told(&users, -ERR_DUPLICATE, "users_external_id_key"),
                 -ERR_DUPLICATE);
    cr_expect_str_eq(faults_of(&diag), "/external_id duplicate");
    (void)told(&roles, -ERR_DUPLICATE, "roles_key_key");
    cr_expect_str_eq(faults_of(&diag), "/key duplicate");
}

Test(constraint, knows_every_kind_by_its_last_word)
{
    expect_fault(&bills, "bills_sponsor_id_fkey",
                 "/sponsor_id unknown_reference");
    expect_fault(&bills, "bills_type_fkey", "/type not_allowed");
    expect_fault(&bills, "bills_title_length", "/title too_long");
    expect_fault(&bills, "bills_number_range", "/number out_of_range");
    expect_fault(&bills, "bills_status_value", "/status not_allowed");
    expect_fault(&bills, "bills_subjects_type", "/subjects wrong_type");
    expect_fault(&roles, "roles_key_format", "/key invalid_format");
    expect_fault(&bills, "latest_action_on", "/latest_action_on not_null");
}

Test(constraint, keeps_what_is_for_the_log)
{
    (void)told(&bills, -ERR_DUPLICATE, "bills_natural_key");
    cr_expect_str_eq(diag.sqlstate, "23505");
    cr_expect_str_eq(diag.cause, "what it was");
    cr_expect_str_eq(diag.constraint, "bills_natural_key");
}

Test(constraint, leaves_what_it_does_not_know_as_it_was)
{
    static const char *const names[] = {
        "",           "bills",    "bills_",    "bills_pkey",    "_",
        "bills_key",  "people_x", "no_member", "bills_title_x", "bills__key",
        "audit_pkey",
    };

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        cr_expect_eq(told(&bills, -ERR_VALIDATION, names[i]), -ERR_VALIDATION);
        cr_expect_str_eq(diag.detail, "the database's words", "%s", names[i]);
        cr_expect_eq(diag.violation_count, 0);
    }
}

Test(constraint, leaves_other_errors_alone)
{
    cr_expect_eq(told(&bills, -ERR_LINK_LOST, "bills_natural_key"),
                 -ERR_LINK_LOST);
    cr_expect_eq(diag.violation_count, 0);
}
