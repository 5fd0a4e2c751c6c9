/* SPDX-License-Identifier: MIT */
/* GET /problems/{name}: where the `type` of a problem leads. */
#include "support/wire.h"

#include <criterion/criterion.h>

#define BROWSER                                \
    "Accept: text/html,application/xhtml+xml," \
    "application/xml;q=0.9,image/avif,*/*;q=0.8\r\n"

/* clang-format off */
SCENARIO(problems, are_explained_as_the_client_likes,
    { "GET /problems/validation", .expect = 200,
      .has = "\"code\":\"validation\"",
      .header = "Content-Type: application/json" },
    { "GET /problems/validation", .headers = BROWSER, .expect = 200,
      .has = "<h1>Validation failed</h1>",
      .header = "Content-Type: text/html; charset=utf-8" },
    { "GET /problems/validation", .headers = "Accept: text/markdown\r\n",
      .expect = 200, .has = "# Validation failed\n",
      .header = "Content-Type: text/markdown; charset=utf-8" },
    { "GET /problems/internal", .headers = BROWSER, .expect = 200,
      .header = "X-Content-Type-Options: nosniff" },
    { "GET /problems/internal", .headers = "Accept: image/png\r\n",
      .expect = 406, .code = "not_acceptable" },
    { "HEAD /problems/internal", .expect = 200 })

SCENARIO(problems, that_do_not_exist_are_404,
    { "GET /problems/nothing", .expect = 404, .code = "not_found" },
    { "GET /problems/query_failed", .expect = 404 },
    { "GET /problems/%3Cscript%3E", .headers = BROWSER, .expect = 404,
      .header = "Content-Type: application/problem+json" },
    { "GET /problems", .expect = 404 })

SCENARIO(problems, a_body_that_is_no_object_is_said_so,
    { "POST /v1/bills", .as_admin = true, .body = "[]", .expect = 422,
      .has = "\"detail\":\"the body must be an object\"" },
    { "POST /v1/bills", .as_admin = true, .body = "7", .expect = 422,
      .has = "\"errors\":{\"body\":\"must be an object\"}" },
    { "POST /v1/bills", .as_admin = true, .body = "null", .expect = 422,
      .has = "\"violations\":[{\"pointer\":\"\"," })
/* clang-format on */

/* The type of a problem that came is a path that answers. */
Test(problems, lead_to_their_explanation)
{
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    answer = wire_step(&wire, &(struct step){ .request = "GET /nothing" });
    cr_assert(answer_has(&answer, "\"type\":\"/problems/not_found\""));
    answer = wire_step(&wire,
                       &(struct step){ .request = "GET /problems/not_found" });
    cr_expect_eq(answer.status, 200);
    cr_expect(answer_has(&answer, "\"status\":404"));
    wire_close(&wire);
}
