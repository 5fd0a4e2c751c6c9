/* SPDX-License-Identifier: MIT */
#include "redis/address.h"

#include <criterion/criterion.h>

static struct redis_address parsed(const char *url)
{
    struct redis_address address = { .path = NULL };
    struct diag diag;
    int r;

    diag_init(&diag, NULL);
    r = redis_address_parse(text_of(url), &address, &diag);
    cr_assert_eq(r, 0, "%s: %s", url, diag.detail);
    return address;
}

Test(redis_address, a_url_names_user_password_host_port_and_database)
{
    CLEANUP(redis_address_fini)
    struct redis_address a =
        parsed("redis://gate:p%40ss:w@cache.example:7000/3");

    cr_expect_str_eq(a.user, "gate");
    cr_expect_str_eq(a.password, "p@ss:w");
    cr_expect_str_eq(a.host, "cache.example");
    cr_expect_str_eq(a.port, "7000");
    cr_expect_str_eq(a.number, "3");
    cr_expect_str_eq(a.node, "cache.example:7000/3");
}

Test(redis_address, what_is_left_out_is_the_usual)
{
    CLEANUP(redis_address_fini) struct redis_address a = parsed("redis://h");

    cr_expect_str_eq(a.host, "h");
    cr_expect_str_eq(a.port, "6379");
    cr_expect_str_eq(a.number, "0");
    cr_expect_str_eq(a.user, "");
    cr_expect_str_eq(a.password, "");
}

Test(redis_address, ipv6_hosts_stand_in_brackets)
{
    CLEANUP(redis_address_fini)
    struct redis_address a = parsed("redis://[::1]:6380");

    cr_expect_str_eq(a.host, "::1");
    cr_expect_str_eq(a.port, "6380");
}

Test(redis_address, a_socket_is_a_path)
{
    CLEANUP(redis_address_fini)
    struct redis_address a = parsed("unix://:secret@/run/redis.sock?db=2");

    cr_expect_str_eq(a.path, "/run/redis.sock");
    cr_expect_str_eq(a.password, "secret");
    cr_expect_str_eq(a.number, "2");
    cr_expect_null(a.host);
}

Test(redis_address, what_is_none_is_refused_without_telling_the_password)
{
    static const char *const bad[] = {
        "",
        "http://h",
        "redis://",
        "redis://h:x",
        "redis://h:70000",
        "redis://h/x",
        "redis://:s%0@h",
        "redis://:s%00@h",
        "redis://s@h",
        "unix://relative",
        "unix:///p?x=1",
        "redis://[::1",
        "rediss://:s@h",
        "redis://:s@",
    };

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct redis_address address;
        struct diag diag;

        diag_init(&diag, NULL);
        cr_expect_eq(redis_address_parse(text_of(bad[i]), &address, &diag),
                     -ERR_INVALID_PARAMETER, "%s", bad[i]);
        cr_expect_null(strstr(diag.detail, ":s@"), "%s", diag.detail);
    }
}
