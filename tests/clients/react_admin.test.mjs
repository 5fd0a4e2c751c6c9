// React-admin's two stock REST providers, unmodified. They are asked the same
// questions and put them differently: JSON in `filter`, `range` and `sort` with
// the total in Content-Range, or plain parameters with X-Total-Count.
import simple_rest from "ra-data-simple-rest";
import json_server from "ra-data-json-server";
import { fetchUtils } from "ra-core";
import {
  a_session, api, assert, assert_new, authorization, bill, gone, ids, person,
  put_in, stored, test,
} from "./house.mjs";

function signed(options) {
  return {
    ...options,
    user: { authenticated: true, token: authorization },
  };
}

const client = (url, options) => fetchUtils.fetchJson(url, signed(options));

// `updateMany` sends some members to many ids, by PUT, and means: change these
// alone. PUT replaces; so an application says PATCH here, where the id is
// missing that react-admin has in every whole record.
const patching_client = (url, options = {}) =>
  options.method === "PUT" && !("id" in JSON.parse(options.body))
    ? client(url, { ...options, method: "PATCH" })
    : client(url, options);

const providers = [
  ["ra-data-simple-rest", "ra-s", simple_rest],
  ["ra-data-json-server", "ra-j", json_server],
];

for (const [name, session, make] of providers) {
  const provider = make(api, client);
  const check = (what, body) => test(`${name}: ${what}`, body);
  const house = a_session(session);
  const by_number = (page, perPage, order = "ASC") => ({
    pagination: { page, perPage },
    sort: { field: "number", order },
  });

  check("getList filters, sorts, cuts a page and counts", async () => {
    const { bills } = await house;
    const wanted = bills.filter(({ status, number }) =>
      ["enacted", "vetoed"].includes(status) && number <= 14);
    const list = await provider.getList("bills", {
      filter: {
        session, status: ["enacted", "vetoed"], introduced_on_gte: "2026-03-17",
      },
      sort: { field: "introduced_on", order: "DESC" },
      pagination: { page: 2, perPage: 3 },
    });
    assert.equal(wanted.length, 8);
    assert.deepEqual(list, { data: wanted.slice(3, 6), total: 8 });
  });

  check("getList searches", async () => {
    const { bills } = await house;
    const list = await provider.getList("bills", {
      filter: { session, q: "veterans health" }, ...by_number(1, 10, "DESC"),
    });
    assert.deepEqual(list, { data: [bills[14], bills[9], bills[4]], total: 3 });
  });

  check("getList without a filter counts all", async () => {
    const list = await provider.getList("people", {
      filter: {}, sort: { field: "full_name", order: "ASC" },
      pagination: { page: 1, perPage: 7 },
    });
    const names = list.data.map(({ full_name }) => full_name);
    assert.equal(names.length, 7);
    assert.deepEqual(names, [...names].sort());
    assert.ok(list.total >= 300);
  });

  check("getList of nothing is empty, and so is a page too far", async () => {
    assert.deepEqual(
      await provider.getList("bills", {
        filter: { session, number: 99 }, ...by_number(1, 10),
      }),
      { data: [], total: 0 });
    assert.deepEqual(
      await provider.getList("bills", {
        filter: { session, type: "hr", number_lte: 16 }, ...by_number(9, 10),
      }),
      { data: [], total: 16 });
  });

  check("getList of a field there is none is refused in words", async () => {
    const refused = provider.getList("bills", {
      filter: { session, colour: "red" }, ...by_number(1, 10),
    });
    await assert.rejects(refused, (error) =>
      error.status === 400 && /colour/.test(error.message + JSON.stringify(error.body)));
  });

  check("getOne gives the object", async () => {
    const { bills, sponsor } = await house;
    assert.deepEqual(
      await provider.getOne("bills", { id: bills[2].id }), { data: bills[2] });
    assert.deepEqual(
      await provider.getOne("people", { id: sponsor.id }), { data: sponsor });
  });

  check("getOne of what is not there is a 404 with a message", async () => {
    const id = "01a1fc7f-2b95-7000-ad81-e9a8f8dd767f";
    await assert.rejects(provider.getOne("bills", { id }), (error) =>
      error.name === "HttpError" && error.status === 404 &&
      error.message === error.body.message && error.message.length > 0);
  });

  check("getMany gives those asked for", async () => {
    const { bills } = await house;
    const wanted = [bills[1], bills[8], bills[15]];
    const { data } = await provider.getMany("bills", { ids: ids(wanted) });
    assert.deepEqual(data, wanted);
  });

  check("getMany gives all of more than a page has", async () => {
    const wanted = ids((await stored("/bills?limit=150")));
    const { data } = await provider.getMany("bills", { ids: wanted });
    assert.deepEqual(ids(data).sort(), wanted.sort());
  });

  check("getManyReference gives a page of a sponsor's bills", async () => {
    const { bills, sponsor } = await house;
    const theirs = bills.filter(({ sponsor_id }) => sponsor_id === sponsor.id);
    const list = await provider.getManyReference("bills", {
      target: "sponsor_id", id: sponsor.id,
      filter: { number_gt: 2 }, ...by_number(2, 3),
    });
    assert.equal(theirs.length, 8);
    assert.deepEqual(list, { data: theirs.slice(4, 7), total: 7 });
  });

  check("create stores what it was given", async () => {
    const asked = bill(session, 101, {
      status: "reported", subjects: ["Canals", "Ponts d’été, ‮עברית‬"],
      summary: "Line one\nline two \u2028 🏛", policy_area: null,
    });
    const { data } = await provider.create("bills", { data: asked });
    assert_new(data, asked);
    assert.deepEqual(await stored(`/bills/${data.id}`), data);
  });

  check("create says what is wrong with each member", async () => {
    const data = bill(session, 102, { title: "", introduced_on: "2026-02-30" });
    await assert.rejects(provider.create("bills", { data }), (error) => {
      assert.equal(error.status, 422);
      assert.equal(error.message, error.body.message);
      assert.deepEqual(Object.keys(error.body.errors).sort(),
        ["introduced_on", "title"]);
      for (const text of Object.values(error.body.errors))
        assert.equal(typeof text, "string");
      return true;
    });
  });

  check("create of one that exists names the members", async () => {
    await house;
    await assert.rejects(
      provider.create("bills", { data: bill(session, 3) }), (error) => {
        assert.equal(error.status, 409);
        assert.equal(error.body.code, "duplicate");
        assert.deepEqual(Object.keys(error.body.errors).sort(),
          ["number", "session", "type"]);
        return true;
      });
  });

  check("update replaces a whole record, read-only members and all", async () => {
    const before = await put_in("bills", bill(session, 201, { summary: "Old" }));
    const { data } = await provider.update("bills", {
      id: before.id, previousData: before,
      data: { ...before, title: "Changed", summary: null, status: "enacted" },
    });
    assert.deepEqual(data, {
      ...before, title: "Changed", summary: null, status: "enacted",
      version: data.version, updated_at: data.updated_at,
    });
    assert.ok(data.version > before.version);
    assert.ok(data.updated_at > before.updated_at);
    assert.deepEqual(await stored(`/bills/${before.id}`), data);
  });

  check("updateMany by PUT of a part is refused and changes nothing", async () => {
    const two = [await put_in("people", person(`${session}-1`, { party: "A" })),
                 await put_in("people", person(`${session}-2`, { party: "B" }))];
    await assert.rejects(
      provider.updateMany("people", { ids: ids(two), data: { party: "C" } }),
      (error) => error.status === 422 && "full_name" in error.body.errors);
    for (const one of two)
      assert.deepEqual(await stored(`/people/${one.id}`), one);
  });

  check("updateMany changes a member of many", async () => {
    const some = [];
    for (let number = 301; number <= 304; number++)
      some.push(await put_in("bills", bill(session, number)));
    const change = { status: "withdrawn", policy_area: "Canals" };
    const { data } = await make(api, patching_client)
      .updateMany("bills", { ids: ids(some), data: change });
    assert.deepEqual(data, ids(some));
    for (const one of some) {
      const now = await stored(`/bills/${one.id}`);
      assert.deepEqual(now, {
        ...one, ...change, version: now.version, updated_at: now.updated_at,
      });
      assert.ok(now.version > one.version);
    }
  });

  check("delete gives the id back", async () => {
    const one = await put_in("bills", bill(session, 401));
    const { data } = await provider.delete("bills", {
      id: one.id, previousData: one,
    });
    assert.deepEqual(data, { id: one.id });
    assert.ok(await gone(`/bills/${one.id}`));
    await assert.rejects(provider.delete("bills", { id: one.id }),
      (error) => error.status === 404);
  });

  check("deleteMany gives the ids back", async () => {
    const some = [];
    for (let number = 501; number <= 505; number++)
      some.push(await put_in("bills", bill(session, number)));
    const { data } = await provider.deleteMany("bills", { ids: ids(some) });
    assert.deepEqual(data, ids(some));
    for (const id of data) assert.ok(await gone(`/bills/${id}`));
  });

  check("people are written as bills are", async () => {
    const asked = person(`${session}-9`, {
      given_name: "Ada", family_name: "Quill", party: "Independent",
      state: "VT", chamber: "house", district: 0, current: true,
    });
    const { data: made } = await provider.create("people", { data: asked });
    assert_new(made, asked);
    const { data: changed } = await provider.update("people", {
      id: made.id, previousData: made, data: { ...made, party: null },
    });
    assert.deepEqual(changed, {
      ...made, party: null,
      version: changed.version, updated_at: changed.updated_at,
    });
    const list = await provider.getList("people", {
      filter: { family_name: "Quill", bioguide_prefix: `${session}-` },
      sort: { field: "id", order: "ASC" },
      pagination: { page: 1, perPage: 5 },
    });
    assert.deepEqual(list, { data: [changed], total: 1 });
    const { data } = await provider.deleteMany("people", { ids: [made.id] });
    assert.deepEqual(data, [made.id]);
    assert.ok(await gone(`/people/${made.id}`));
  });
}
