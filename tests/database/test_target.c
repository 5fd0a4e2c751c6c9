/* SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "database/target.h"

#include <criterion/criterion.h>

static struct target *parse(const char *url)
{
    struct target *target = NULL;

    cr_assert_eq(target_parse(text_of(url), &target, NULL), 0, "%s", url);
    return target;
}

Test(target, takes_a_url_apart)
{
    CLEANUP(target_free)
    struct target *target = parse("postgres://ann:s%40cret@db.example:5433/"
                                  "civic?sslmode=verify-full&a=%20b");
    unsigned count;
    const struct target_option *options = target_options(target, &count);

    cr_expect_str_eq(target_scheme(target), "postgres");
    cr_expect_str_eq(target_user(target), "ann");
    cr_expect_str_eq(target_password(target), "s@cret");
    cr_expect_str_eq(target_host(target), "db.example");
    cr_expect_str_eq(target_port(target), "5433");
    cr_expect_str_eq(target_name(target), "civic");
    cr_assert_eq(count, 2);
    cr_expect_str_eq(options[0].name, "sslmode");
    cr_expect_str_eq(options[0].value, "verify-full");
    cr_expect_str_eq(options[1].value, " b");
    cr_expect_str_eq(target_node(target), "db.example:5433/civic");
}

Test(target, takes_a_socket_directory_both_ways)
{
    CLEANUP(target_free)
    struct target *option = parse("postgres://u@/d?host=/run/pg&port=5");
    CLEANUP(target_free)
    struct target *host = parse("postgres://%2Frun%2Fpg/d");

    cr_expect_str_eq(target_host(option), "/run/pg");
    cr_expect_str_eq(target_port(option), "5");
    cr_expect_str_eq(target_host(host), "/run/pg");
    cr_expect_str_eq(target_port(host), "");
    cr_expect_str_eq(target_node(option), "/run/pg:5/d");
}

Test(target, takes_numeric_hosts)
{
    CLEANUP(target_free)
    struct target *target = parse("postgresql://[::1]:5432/x");
    CLEANUP(target_free) struct target *bare = parse("postgresql://10.0.0.1");

    cr_expect_str_eq(target_host(target), "::1");
    cr_expect_str_eq(target_port(target), "5432");
    cr_expect_str_eq(target_masked(target), "postgresql://[::1]:5432/x");
    cr_expect_str_eq(target_host(bare), "10.0.0.1");
    cr_expect_str_eq(target_name(bare), "");
}

Test(target, cuts_the_password_at_the_last_at_sign)
{
    CLEANUP(target_free) struct target *target = parse("a://u:p@w:x@h/d");

    cr_expect_str_eq(target_password(target), "p@w:x");
    cr_expect_str_eq(target_host(target), "h");
}

Test(target, never_prints_a_password)
{
    CLEANUP(target_free)
    struct target *plain = parse("postgres://ann:hush@h:1/d?sslmode=require");
    CLEANUP(target_free)
    struct target *option = parse("postgres://ann@h/d?password=hush");

    cr_expect_str_eq(target_masked(plain), "postgres://ann:***@h:1/d");
    cr_expect_str_eq(target_masked(option), "postgres://ann:***@h/d");
    cr_expect_null(strstr(target_node(option), "hush"));
}

static void expect_refused(const char *url)
{
    CLEANUP(target_free) struct target *target = NULL;
    struct diag diag;

    diag_init(&diag, NULL);
    cr_expect_eq(target_parse(text_of(url), &target, &diag),
                 -ERR_INVALID_PARAMETER, "%s", url);
    cr_expect_null(strstr(diag.detail, "hush"), "%s", diag.detail);
    cr_expect_null(target);
}

Test(target, refuses_what_is_no_url_without_telling_the_password)
{
    expect_refused("");
    expect_refused("postgres");
    expect_refused("postgres:hush");
    expect_refused("host=h password=hush");
    expect_refused("postgres://u:hush%zz@h/d");
    expect_refused("postgres://u:hush%00@h/d");
    expect_refused("postgres://u:hush%4@h/d");
    expect_refused("postgres://u:hush@[::1/d");
    expect_refused("postgres://u:hush@[::1]x/d");
    expect_refused("postgres://u:hush@h:0/d");
    expect_refused("postgres://u:hush@h:65536/d");
    expect_refused("postgres://u:hush@h:port/d");
    expect_refused("postgres://u:hush@h1,h2/d");
    expect_refused("postgres://u:hush@h/d?novalue");
}

Test(target, refuses_a_url_that_is_too_long_or_has_too_many_options)
{
    CLEANUP(target_free) struct target *target = NULL;
    char url[5000] = "postgres://h/d?";

    for (int i = 0; i < 40; i++)
        strcat(url, "option=value&");
    strcat(url, "a=b");
    expect_refused(url);
    memset(url + 14, 'x', sizeof(url) - 15);
    cr_expect_eq(target_parse(text_from(url, sizeof(url)), &target, NULL),
                 -ERR_INVALID_PARAMETER);
}
