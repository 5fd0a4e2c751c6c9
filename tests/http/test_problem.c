/* SPDX-License-Identifier: MIT */
#include "http/problem.h"

#include <criterion/criterion.h>

static struct arena arena;
static struct diag diag;
static struct buffer out;

static void set_up(void)
{
    arena_init(&arena, 1 << 20);
    diag_init(&diag, &arena);
    buffer_init(&out, 1 << 20);
}

static void tear_down(void)
{
    arena_fini(&arena);
    buffer_fini(&out);
}

TestSuite(problem, .init = set_up, .fini = tear_down);

static const char *write(int code)
{
    problem_write(&out, &(struct problem){ .code = code,
                                           .diag = &diag,
                                           .instance = TEXT("/v1/bills"),
                                           .request_id = "r1" });
    buffer_add_byte(&out, '\0');
    return out.at;
}

Test(problem, repeats_its_detail_as_message)
{
    int r = FAIL(&diag, ERR_NOT_FOUND, "no bill has the id \"%s\"", "7");

    cr_expect_str_eq(
        write(r),
        "{\"type\":\"/problems/not_found\",\"title\":\"Not found\","
        "\"status\":404,\"detail\":\"no bill has the id \\\"7\\\"\","
        "\"instance\":\"/v1/bills\",\"code\":\"not_found\","
        "\"request_id\":\"r1\",\"message\":\"no bill has the id \\\"7\\\"\"}");
}

Test(problem, lists_every_violation_and_the_first_of_each_member)
{
    int r;

    diag_violation(&diag, "/title", "too_long", "must be short");
    diag_violation(&diag, "/title", "invalid_format", "must be plain");
    diag_violation(&diag, "/number", "required", "is required");
    r = diag_invalid(&diag, ERR_VALIDATION);
    cr_expect_not_null(
        strstr(write(r), "\"errors\":{\"title\":\"must be short\","
                         "\"number\":\"is required\"},\"violations\":["
                         "{\"pointer\":\"/title\",\"code\":\"too_long\","
                         "\"detail\":\"must be short\"},"
                         "{\"pointer\":\"/title\",\"code\":\"invalid_format\","
                         "\"detail\":\"must be plain\"},"
                         "{\"pointer\":\"/number\",\"code\":\"required\","
                         "\"detail\":\"is required\"}]}"));
}

Test(problem, tells_nothing_of_a_fault_of_ours)
{
    int r = FAIL(&diag, ERR_QUERY_FAILED, "column secret does not exist");

    cr_expect_null(strstr(write(r), "secret"));
    cr_expect_not_null(strstr(out.at, "\"code\":\"internal\""));
}

Test(problem, speaks_of_the_body_where_no_member_is_at_fault)
{
    int r;

    diag_violation(&diag, "", "wrong_type", "must be an object");
    r = diag_invalid(&diag, ERR_VALIDATION);
    cr_expect_not_null(
        strstr(write(r), "\"detail\":\"the body must be an object\""));
    cr_expect_not_null(strstr(out.at,
                              "\"errors\":{\"body\":\"must be an object\"},"
                              "\"violations\":[{\"pointer\":\"\","));
}
