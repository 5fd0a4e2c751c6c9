/* SPDX-License-Identifier: MIT */
/* What holds for every endpoint: methods, paths, ids, negotiation, deadlines.
 */
#include "support/wire.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* clang-format off */
SCENARIO(edge, unknown_paths_are_404,
    { "GET /", .expect = 404, .code = "not_found" },
    { "GET /v1/nothing", .expect = 404, .code = "not_found" },
    { "GET /v1/bills/", .expect = 404 },
    { "GET //v1/bills", .expect = 404 },
    { "GET /v1/bills/../people", .expect = 404 })

SCENARIO(edge, a_path_that_is_no_text_is_400,
    { "GET /v1/bills/%00", .expect = 400, .code = "bad_request" },
    { "GET /v1/bills/%zz", .expect = 400, .code = "bad_request" },
    { "GET /v1/bills/%ff", .expect = 400, .code = "bad_request" })

SCENARIO(edge, other_methods_are_405_and_told_what_there_is,
    { "DELETE /v1/bills", .expect = 405, .code = "method_not_allowed",
      .header = "Allow: GET, HEAD, POST, OPTIONS" },
    { "POST /livez", .body = "{}", .expect = 405 })

SCENARIO(edge, options_lists_the_methods,
    { "OPTIONS /v1/bills", .expect = 204,
      .header = "Allow: GET, HEAD, POST, OPTIONS" },
    { "OPTIONS *", .expect = 204 },
    { "OPTIONS /nothing", .expect = 404 })

SCENARIO(edge, head_is_get_without_a_body,
    { "HEAD /v1/bills?limit=1", .expect = 200 },
    { "HEAD /livez", .expect = 200, .header = "Content-Length: 3" },
    { "HEAD /nothing", .expect = 404 })

SCENARIO(edge, accept_must_admit_json,
    { "GET /v1/bills?limit=1", .headers = "Accept: text/html\r\n",
      .expect = 406, .code = "not_acceptable" },
    { "GET /v1/bills?limit=1", .headers = "Accept: application/json;q=0\r\n",
      .expect = 406 },
    { "GET /v1/bills?limit=1", .headers = "Accept: text/*, */*;q=0.1\r\n",
      .expect = 200 },
    { "GET /livez", .headers = "Accept: text/html\r\n", .expect = 200 })

SCENARIO(edge, request_ids_are_taken_over_when_they_are_harmless,
    { "GET /livez", .headers = "X-Request-Id: abc.DEF_1-2\r\n", .expect = 200,
      .header = "X-Request-Id: abc.DEF_1-2" },
    { "GET /nothing", .headers = "X-Request-Id: mine\r\n", .expect = 404,
      .has = "\"request_id\":\"mine\"" })

SCENARIO(edge, request_timeout_is_1_to_30000,
    { "GET /v1/bills?limit=1", .headers = "Request-Timeout: 0\r\n",
      .expect = 400, .code = "invalid_header" },
    { "GET /v1/bills?limit=1", .headers = "Request-Timeout: 30001\r\n",
      .expect = 400 },
    { "GET /v1/bills?limit=1", .headers = "Request-Timeout: soon\r\n",
      .expect = 400 },
    { "GET /v1/bills?limit=1", .headers = "Request-Timeout: 30000\r\n",
      .expect = 200 })

SCENARIO(edge, writing_asks_for_the_token,
    { "POST /v1/bills", .body = "{}", .expect = 401, .code = "unauthenticated",
      .header = "WWW-Authenticate: Bearer realm=\"portcullis\"" },
    { "POST /v1/bills", .body = "{}",
      .headers = "Authorization: Bearer wrong\r\n", .expect = 401 },
    { "POST /v1/bills", .body = "{}", .headers = "Authorization: Basic eDp5\r\n",
      .expect = 401 },
    { "GET /v1/bills?limit=1", .headers = "Authorization: Bearer wrong\r\n",
      .expect = 401 })

SCENARIO(edge, bodies_must_be_json_by_name_and_by_nature,
    { "POST /v1/bills", .as_admin = true, .body = "{}",
      .headers = "Content-Type: text/plain\r\n", .expect = 415,
      .code = "unsupported_media_type" },
    { "POST /v1/bills", .as_admin = true, .body = "{}",
      .headers = "Content-Type: application/json; charset=utf-16\r\n",
      .expect = 415 },
    { "POST /v1/bills", .as_admin = true, .body = "{",
      .expect = 400, .code = "malformed_json" },
    { "POST /v1/bills", .as_admin = true, .body = "{\"a\":1,\"a\":2}",
      .expect = 400, .code = "malformed_json" },
    { "POST /v1/bills", .as_admin = true, .body = "[]",
      .expect = 422, .code = "validation" })

SCENARIO(edge, queries_must_be_text,
    { "GET /v1/bills?q=%ff", .expect = 400, .code = "invalid_parameter" },
    { "GET /v1/bills?q=%", .expect = 400, .code = "invalid_parameter" })

SCENARIO(operations, probes_answer,
    { "GET /livez", .expect = 200, .has = "ok" },
    { "GET /readyz", .expect = 200, .has = "ok" },
    { "GET /readyz?verbose", .expect = 200, .has = "[+]postgres ok" },
    { "GET /readyz?verbose&exclude=postgres", .expect = 200,
      .has = "[+]postgres excluded" },
    { "GET /health", .expect = 200, .has = "\"status\":\"pass\"",
      .header = "Content-Type: application/health+json" },
    { "GET /health", .expect = 200,
      .has = "\"primary_query:breaker\":[{\"status\":\"pass\"" })

SCENARIO(operations, metrics_name_routes_and_never_paths,
    { "GET /v1/bills/018f0000-0000-7000-8000-000000000000", .expect = 404 },
    { "GET /metrics", .expect = 200, .has = "http_route=\"/v1/bills/{id}\"" },
    { "GET /metrics", .expect = 200, .has = "portcullis_build_info{" })

SCENARIO(operations, the_contract_is_served,
    { "GET /openapi.yaml", .expect = 200, .has = "openapi: 3.1" },
    { "GET /openapi.json", .expect = 200, .has = "\"openapi\":\"3.1" })
/* clang-format on */

Test(edge, replaces_a_request_id_that_is_not_harmless)
{
    struct answer answer;
    struct wire wire;

    wire_open(&wire);
    answer = wire_step(&wire,
                       &(struct step){ .request = "GET /livez",
                                       .headers = "X-Request-Id: a b;c\r\n" });
    cr_expect_eq(answer_header(&answer, "X-Request-Id").len, 36);
    wire_close(&wire);
}

Test(operations, an_unchanged_contract_is_304)
{
    struct answer answer;
    struct wire wire;
    char header[200];

    wire_open(&wire);
    answer = wire_step(&wire, &(struct step){ .request = "GET /openapi.yaml" });
    snprintf(header, sizeof(header), "If-None-Match: %.*s\r\n",
             TEXT_ARG(answer_header(&answer, "ETag")));
    answer = wire_step(&wire, &(struct step){ .request = "GET /openapi.yaml",
                                              .headers = header });
    cr_expect_eq(answer.status, 304);
    wire_close(&wire);
}
