#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Does check.py see what is wrong? One right answer, and ways to spoil it."""
import copy
import json
import sys
import unittest
from pathlib import Path
from tempfile import NamedTemporaryFile

import yaml

sys.dont_write_bytecode = True
import check  # noqa: E402
import rules  # noqa: E402
from contract import Contract, Mistake  # noqa: E402

OPENAPI = Path(__file__).parents[2] / "openapi.yaml"
CONTRACT = Contract.load(OPENAPI)
EXAMPLES = CONTRACT.document["components"]["examples"]
BILL = EXAMPLES["Bill"]["value"]
ID = BILL["id"]


# What every answer carries.
SAFE = {"Cache_Control": "no-store", "Referrer_Policy": "no-referrer",
        "Content_Security_Policy": "default-src 'none';",
        "X_Content_Type_Options": "nosniff"}


def answer(path, body, status=200, method="GET",
           media="application/json", **fields):
    head = {"X_Request_Id": "t-1", "Content_Type": media, **SAFE, **fields}
    if status == 200 and path.startswith("/v1/bills") and ID not in path:
        head.setdefault("Link", '</v1/bills?limit=25>; rel="first"')
    lines = [f"{k.replace('_', '-')}: {v}" for k, v in head.items() if v]
    return json.dumps({
        "method": method, "path": path, "status": status,
        "head": "\r\n".join([f"HTTP/1.1 {status} x", *lines, "", ""]),
        "body": body if isinstance(body, str) else json.dumps(body)})


def faults(*lines):
    tally = check.Tally()
    check.check_answers(CONTRACT, lines, tally)
    return list(tally.faults)


class Answers(unittest.TestCase):
    def right(self, *args, **fields):
        self.assertEqual(faults(answer(*args, **fields)), [])

    def wrong(self, why, *args, **fields):
        found = faults(answer(*args, **fields))
        self.assertEqual(len(found), 1, found)
        self.assertIn(why, found[0])

    def one(self, body, why=None, path=f"/v1/bills/{ID}", **fields):
        fields = {"ETag": '"1"', **fields}
        if why:
            self.wrong(why, path, body, **fields)
        else:
            self.right(path, body, **fields)

    def test_takes_a_right_object(self):
        self.one(BILL)

    def test_sees_a_value_of_the_wrong_type(self):
        self.one(dict(BILL, number="42"), "/number")

    def test_sees_a_member_that_is_not_documented(self):
        self.one(dict(BILL, search="x"), "search")

    def test_sees_a_null_where_none_may_be(self):
        self.one(dict(BILL, title=None), "/title")

    def test_sees_a_missing_member(self):
        self.one({k: v for k, v in BILL.items() if k != "url"}, "url")

    def test_sees_a_timestamp_that_is_none(self):
        for wrong in ("2026-13-21T08:30:00.123456Z", "2026-11-21 08:30:00Z",
                      "2026-11-21T08:30:00Z"):
            self.one(dict(BILL, created_at=wrong), "/created_at")

    def test_sees_a_date_and_an_id_that_are_none(self):
        self.one(dict(BILL, introduced_on="2026-02-30"), "/introduced_on")
        self.one(dict(BILL, sponsor_id="7"), "/sponsor_id")

    def test_takes_exactly_the_members_that_were_asked_for(self):
        path = f"/v1/bills/{ID}?fields=id,title"
        part = {k: BILL[k] for k in ("id", "title")}
        self.one(part, path=path)
        self.one(dict(part, url=None), "url", path=path)
        self.one(part, "not those asked for")

    def test_sees_what_is_wrong_in_a_list(self):
        self.right("/v1/bills", [BILL, BILL])
        self.wrong("Link is missing", "/v1/bills", [], Link=None)
        self.wrong("/1/status", "/v1/bills", [BILL, dict(BILL, status="x")])
        self.wrong("not of type 'array'", "/v1/bills", {"data": []})

    def test_takes_fields_that_any_answer_may_carry(self):
        self.one(BILL, Vary="Accept-Encoding, Origin",
                 Access_Control_Allow_Origin="*")
        self.one(BILL, RateLimit='"address";r=1;t=2')
        self.one(BILL, "Vary", Vary="Cookie")
        self.one(BILL, "access-control-allow-credentials",
                 Access_Control_Allow_Credentials="true")

    def test_leaves_packed_bodies_alone_but_not_their_fields(self):
        self.one("\ufffd", Content_Encoding="gzip")
        self.one("\ufffd", "Content-Encoding", Content_Encoding="br")
        self.one("\ufffd", "ETag is missing", Content_Encoding="gzip", ETag=None)

    def test_sees_fields_that_are_missing_or_wrong(self):
        self.one(BILL, "ETag is missing", ETag=None)
        self.one(BILL, "ETag", ETag="17")
        self.one(BILL, "X-Request-Id is missing", X_Request_Id=None)
        self.one(BILL, "Cache-Control is missing", Cache_Control=None)

    def test_sees_fields_that_are_not_documented(self):
        self.one(BILL, "x-new is not documented", X_New="1")
        self.one(BILL, "server is not documented", Server="x")

    def test_sees_a_status_or_media_type_that_is_not_documented(self):
        self.wrong("status is not documented", "/v1/bills", [], status=206)
        self.wrong("text/html", "/v1/bills", "x", media="text/html")

    def test_sees_a_body_that_is_no_json(self):
        self.wrong("no JSON", "/v1/bills", "[")
        self.wrong("twice", f"/v1/bills/{ID}",
                   json.dumps(BILL)[:-1] + ',"id":"x"}', ETag='"1"')

    def test_sees_an_accepted_parameter_that_is_not_documented(self):
        self.right("/v1/bills?limit=7", [])
        self.wrong("colour is not documented", "/v1/bills?colour=red", [])
        self.wrong("limit", "/v1/bills?limit=1000", [])

    def test_reads_parameters_as_they_are_written(self):
        for right in ("status=enacted,vetoed", "title=a,b", "number_in=1,2",
                      "filter=%7B%22number%22%3A%5B1,2%5D%7D",
                      "range=%5B0,24%5D", "title_null=true"):
            self.right(f"/v1/bills?{right}", [])
        for wrong in ("status=enacted,x", "number_in=1,x", "range=%5B0%5D",
                      "title_null=yes", "filter=%5B%5D"):
            self.wrong("the parameter", f"/v1/bills?{wrong}", [])

    def test_holds_problems_against_their_status(self):
        problem = EXAMPLES["ProblemNotFound"]["value"]
        media = "application/problem+json"
        path = "/v1/bills/7"
        self.right(path, problem, status=404, media=media)
        self.wrong("status is 404", path, problem, status=400, media=media)
        self.wrong("hint", path, dict(problem, hint=""), status=404,
                   media=media)

    def test_knows_what_meets_requests_that_reach_no_operation(self):
        problem = dict(EXAMPLES["ProblemNotFound"]["value"], status=405)
        media = "application/problem+json"
        self.right("/v1/bills", problem, status=405, media=media,
                   method="DELETE", Allow="GET, HEAD, POST, OPTIONS")
        self.wrong("Allow is missing", "/v1/bills", problem, status=405,
                   media=media, method="DELETE")
        self.right("/livez", "", status=204, method="OPTIONS", media=None,
                   Allow="GET, HEAD, OPTIONS")
        self.wrong("status is not documented", "/nowhere", "x")


class Routes(unittest.TestCase):
    def setUp(self):
        self.rows = [
            {"method": o.method, "path": o.template, "summary": o.summary,
             "permission": o.permission, "deadline_ms": 1000}
            for o in CONTRACT.operations.values()]

    def faults(self):
        tally = check.Tally()
        check.check_routes(CONTRACT, self.rows, tally)
        return list(tally.faults)

    def test_takes_the_same_routes(self):
        self.assertEqual(self.faults(), [])

    def test_sees_a_route_that_is_not_documented(self):
        self.rows.append(dict(self.rows[0], method="PURGE"))
        self.assertIn("no such operation", self.faults()[0])

    def test_sees_an_operation_without_a_route(self):
        self.rows.pop()
        self.assertIn("no such route", self.faults()[0])

    def test_sees_another_summary_or_permission(self):
        self.rows[0].update(summary="x", permission="y")
        self.assertEqual(len(self.faults()), 2)


class Document(unittest.TestCase):
    def setUp(self):
        with open(OPENAPI, encoding="utf-8") as file:
            self.document = yaml.safe_load(file)

    def faults(self):
        tally = check.Tally()
        check.check_document(Contract(self.document), tally)
        return list(tally.faults)

    def test_is_right_as_it_stands(self):
        self.assertEqual(self.faults(), [])

    def test_sees_an_example_that_breaks_its_schema(self):
        examples = self.document["components"]["examples"]
        examples["BillNewLeast"]["value"] = dict(
            copy.deepcopy(examples["BillNewLeast"]["value"]), colour="red")
        self.assertIn("colour", self.faults()[0])

    def test_sees_a_filter_that_is_missing_or_too_much(self):
        listing = self.document["paths"]["/v1/bills"]["get"]["parameters"]
        for row in listing:
            if row.get("name") == "number_gt":
                row["name"] = "number_like"
        tally = check.Tally()
        check.check_filters(Contract(self.document), tally)
        self.assertEqual(
            sorted(f for f in tally.faults
                   if f.startswith("filters of /v1/bills:")), [
                "filters of /v1/bills: number_gt is not documented",
                "filters of /v1/bills: number_like is documented"])

    def test_sees_a_filter_that_those_who_borrow_it_do_not_have(self):
        facets = self.document["paths"]["/v1/bills/facets"]["get"]["parameters"]
        facets[:] = [row for row in facets if row.get("name") != "number_gt"]
        tally = check.Tally()
        check.check_filters(Contract(self.document), tally)
        self.assertEqual(list(tally.faults), [
            "filters of /v1/bills/facets: number_gt is not documented"])

    def test_sees_a_schema_that_is_none(self):
        self.document["components"]["schemas"]["Id"]["type"] = "text"
        self.assertIn("Id", self.faults()[0])

    def test_sees_a_reference_to_nothing(self):
        self.document["paths"]["/livez"]["get"]["responses"]["200"] = {
            "$ref": "#/components/responses/Nothing"}
        with self.assertRaises(Mistake):
            Contract(self.document)

    def test_sees_a_name_given_twice(self):
        with NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write("paths:\n  /livez: {get: {}}\n  /livez: {get: {}}\n")
            file.flush()
            with self.assertRaisesRegex(Mistake, "line 3: '/livez' is given"):
                Contract.load(file.name)


class Shapes(unittest.TestCase):
    """A resource of one member, and what a document may get wrong of it."""

    def setUp(self):
        self.resource = {"name": "seats", "singular": "seat", "members": [
            {"name": "number", "type": "integer", "required": True,
             "min": 1, "max": 9}]}
        whole = {"number": {"type": "integer", "minimum": 1, "maximum": 9}}
        self.schemas = {
            "Seat": {"required": ["number"]},
            "SeatPart": {"properties": whole},
            "SeatPatch": {"properties": whole},
            "SeatNew": {"required": ["number"]},
            "SeatReplacement": {"required": ["number"]}}

    def found(self):
        return list(check.shape_faults(self.schemas, self.resource))

    def test_takes_a_document_that_says_the_same(self):
        self.assertEqual(self.found(), [])

    def test_sees_another_limit(self):
        self.resource["members"][0]["max"] = 10
        self.assertEqual(self.found(), ["Seat.number: maximum is 9, not 10"])

    def test_sees_a_limit_that_no_shape_has(self):
        del self.resource["members"][0]["max"]
        self.assertEqual(self.found(), [
            "Seat.number: maximum is 9, not None",
            "Seat.number: minimum is 1, not None"])

    def test_sees_null_where_there_is_none(self):
        self.resource["members"][0]["nullable"] = True
        self.assertEqual(self.found(), [
            "Seat.number: type is 'integer', not ['integer', 'null']"])

    def test_sees_a_member_that_is_missing(self):
        self.schemas["Seat"]["required"] = []
        self.assertEqual(self.found(), ["Seat requires: number is missing"])

    def test_sees_a_member_that_need_not_be_given(self):
        del self.resource["members"][0]["required"]
        self.assertEqual(self.found(), [
            "SeatNew requires: number is not in the shape",
            "SeatReplacement requires: number is not in the shape"])

    def test_sees_a_schema_that_is_missing(self):
        del self.schemas["SeatNew"]
        self.assertEqual(self.found(), ["the schema SeatNew is missing"])


class Rules(unittest.TestCase):
    """A table of rules and tests, and what may be wrong in it."""

    def found(self, *rows):
        head = "| rule | shown by |", "|---|---|"
        return list(rules.faults("\n".join([*head, *rows])))

    def test_takes_tests_that_exist(self):
        self.assertEqual(self.found(
            "| nulls | `wire/test_lists.c: ne_leaves_nulls_out, "
            "nulls_are_last_both_ways` `wire/test_rules.c: of_bills` |",
            "| tokens | later: with replicas |"), [])

    def test_sees_a_test_that_does_not_exist(self):
        self.assertEqual(self.found(
            "| nulls | `wire/test_lists.c: ne_leaves_nulls_in` |"),
            ["wire/test_lists.c has no test ne_leaves_nulls_in"])

    def test_takes_no_other_function_for_a_test(self):
        self.assertEqual(self.found(
            "| nulls | `wire/test_lists.c: house_open` |"),
            ["wire/test_lists.c has no test house_open"])

    def test_sees_a_file_that_does_not_exist(self):
        self.assertEqual(self.found("| nulls | `wire/test_nulls.c: a_null` |")[0],
                         "wire/test_nulls.c is no file with tests")

    def test_sees_a_rule_that_nothing_shows(self):
        self.assertEqual(self.found("| nulls are last | |"),
                         ["nothing shows that nulls are last"])


if __name__ == "__main__":
    run = unittest.TextTestRunner(verbosity=0).run(
        unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]))
    failed = len(run.failures) + len(run.errors)
    print(f"{run.testsRun - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
