// refine's stock REST provider, unmodified, with its own axios instance. Where
// it has no updateMany and deleteMany, refine's hooks call update and deleteOne
// once for each id, as is done here.
import refine, { axiosInstance } from "@refinedev/simple-rest";
import {
  a_session, api, assert, assert_new, authorization, bill, gone, ids, person,
  put_in, stored, test,
} from "./house.mjs";

axiosInstance.defaults.headers.common.Authorization = authorization;

const provider = refine(api, axiosInstance);
const session = "refine";
const house = a_session(session);
const check = (what, body) => test(`@refinedev/simple-rest: ${what}`, body);
const of_session = { field: "session", operator: "eq", value: session };
const up_to_16 = { field: "number", operator: "lte", value: 16 };

check("getList filters, sorts, cuts a page and counts", async () => {
  const { bills } = await house;
  const wanted = bills.filter(({ status, number }) =>
    status !== "failed" && number >= 3 && number <= 13);
  const list = await provider.getList({
    resource: "bills",
    filters: [
      of_session,
      { field: "status", operator: "ne", value: "failed" },
      { field: "introduced_on", operator: "gte", value: "2026-03-18" },
      { field: "introduced_on", operator: "lte", value: "2026-03-28" },
    ],
    sorters: [
      { field: "status", order: "desc" }, { field: "number", order: "asc" },
    ],
    pagination: { currentPage: 2, pageSize: 4 },
  });
  // by code point: vetoed, introduced, enacted
  const order = ["vetoed", "introduced", "enacted"];
  wanted.sort((a, b) =>
    order.indexOf(a.status) - order.indexOf(b.status) || a.number - b.number);
  assert.deepEqual(list, { data: wanted.slice(4, 8), total: wanted.length });
});

check("getList takes one of several, and what contains", async () => {
  const { bills } = await house;
  const wanted = bills.filter(({ status, number }) =>
    ["introduced", "vetoed"].includes(status) && number % 5 === 0);
  const list = await provider.getList({
    resource: "bills",
    filters: [
      of_session,
      { field: "status", operator: "in", value: ["introduced", "vetoed"] },
      { field: "title", operator: "contains", value: "HEALTH" },
    ],
    sorters: [{ field: "number", order: "asc" }],
  });
  assert.equal(wanted.length, 1);
  assert.deepEqual(list, { data: wanted, total: 1 });
});

check("getList searches", async () => {
  const { bills } = await house;
  const list = await provider.getList({
    resource: "bills",
    filters: [of_session, { field: "q", operator: "eq", value: "veterans" }],
    sorters: [{ field: "number", order: "asc" }],
  });
  assert.deepEqual(list, { data: [bills[4], bills[9], bills[14]], total: 3 });
});

check("getList of nothing is empty", async () => {
  const list = await provider.getList({
    resource: "bills",
    filters: [of_session, { field: "number", operator: "eq", value: 99 }],
  });
  assert.deepEqual(list, { data: [], total: 0 });
});

check("getList without paging gives a first page", async () => {
  const list = await provider.getList({
    resource: "people", pagination: { mode: "off" },
  });
  assert.equal(list.data.length, 25);
});

check("getList of a field there is none is refused in words", async () => {
  await assert.rejects(
    provider.getList({
      resource: "bills",
      filters: [{ field: "colour", operator: "eq", value: "red" }],
    }),
    ({ statusCode, message }) => statusCode === 400 && /colour/.test(message));
});

check("getOne gives the object", async () => {
  const { bills, sponsor } = await house;
  assert.deepEqual(await provider.getOne({ resource: "bills", id: bills[7].id }),
    { data: bills[7] });
  assert.deepEqual(await provider.getOne({ resource: "people", id: sponsor.id }),
    { data: sponsor });
});

check("getOne of what is not there is a 404 with a message", async () => {
  const id = "01a1fc7f-2b95-7000-ad81-e9a8f8dd767f";
  await assert.rejects(provider.getOne({ resource: "bills", id }),
    ({ statusCode, message }) => statusCode === 404 && message.length > 0);
});

check("getMany gives those asked for", async () => {
  const { bills } = await house;
  const wanted = [bills[0], bills[5], bills[11]];
  const { data } = await provider.getMany({
    resource: "bills", ids: ids(wanted),
  });
  assert.deepEqual(data, wanted);
});

check("getMany gives all of more than a page has", async () => {
  const wanted = ids(await stored("/bills?limit=150"));
  const { data } = await provider.getMany({ resource: "bills", ids: wanted });
  assert.deepEqual(ids(data).sort(), wanted.sort());
});

check("a sponsor's bills come by page, with their number", async () => {
  const { bills, sponsor } = await house;
  const theirs = bills.filter(({ sponsor_id }) => sponsor_id === sponsor.id);
  const list = await provider.getList({
    resource: "bills",
    filters: [
      { field: "sponsor_id", operator: "eq", value: sponsor.id }, up_to_16,
    ],
    sorters: [{ field: "number", order: "desc" }],
    pagination: { currentPage: 3, pageSize: 3 },
  });
  assert.deepEqual(list, { data: [theirs[1], theirs[0]], total: 8 });
});

check("create stores what it was given", async () => {
  const variables = bill(session, 101, {
    status: "to_president", subjects: ["Canals"], summary: "ﬁn e\u0301 é 🏛",
  });
  const { data } = await provider.create({ resource: "bills", variables });
  assert_new(data, variables);
  assert.deepEqual(await stored(`/bills/${data.id}`), data);
});

check("create says in words what is wrong", async () => {
  const variables = bill(session, 102, { chamber: "attic" });
  await assert.rejects(provider.create({ resource: "bills", variables }),
    ({ statusCode, message, response }) => statusCode === 422 &&
      message === response.data.message &&
      typeof response.data.errors.chamber === "string");
});

check("update changes the members given and no others", async () => {
  const before = await put_in("bills", bill(session, 201, { summary: "Old" }));
  const { data } = await provider.update({
    resource: "bills", id: before.id,
    variables: { title: "Changed", summary: null },
  });
  assert.deepEqual(data, {
    ...before, title: "Changed", summary: null,
    version: data.version, updated_at: data.updated_at,
  });
  assert.ok(data.version > before.version);
  assert.ok(data.updated_at > before.updated_at);
  assert.deepEqual(await stored(`/bills/${before.id}`), data);
});

check("update of many, at once, changes each", async () => {
  const some = [];
  for (let number = 301; number <= 304; number++)
    some.push(await put_in("bills", bill(session, number)));
  const variables = { status: "withdrawn" };
  const answers = await Promise.all(ids(some).map((id) =>
    provider.update({ resource: "bills", id, variables })));
  answers.forEach(({ data }, i) => assert.deepEqual(data, {
    ...some[i], ...variables,
    version: data.version, updated_at: data.updated_at,
  }));
  const versions = answers.map(({ data }) => data.version);
  assert.equal(new Set(versions).size, 4);
});

check("update of what is not there is a 404", async () => {
  const id = "01a1fc7f-2b95-7000-ad81-e9a8f8dd767f";
  await assert.rejects(
    provider.update({ resource: "people", id, variables: { party: "A" } }),
    ({ statusCode }) => statusCode === 404);
});

check("deleteOne deletes, and again it is a 404", async () => {
  const { id } = await put_in("bills", bill(session, 401));
  const { data } = await provider.deleteOne({ resource: "bills", id });
  assert.deepEqual(data, { id });
  assert.ok(await gone(`/bills/${id}`));
  await assert.rejects(provider.deleteOne({ resource: "bills", id }),
    ({ statusCode }) => statusCode === 404);
});

check("deleteOne of many, at once, deletes each", async () => {
  const some = [];
  for (let number = 501; number <= 505; number++)
    some.push((await put_in("bills", bill(session, number))).id);
  await Promise.all(some.map((id) =>
    provider.deleteOne({ resource: "bills", id })));
  for (const id of some) assert.ok(await gone(`/bills/${id}`));
});

check("people are written as bills are", async () => {
  const variables = person(`${session}-9`, { state: "VT", district: 0 });
  const { data: made } = await provider.create({ resource: "people", variables });
  assert_new(made, variables);
  const { data: changed } = await provider.update({
    resource: "people", id: made.id, variables: { party: "Independent" },
  });
  assert.deepEqual(changed, {
    ...made, party: "Independent",
    version: changed.version, updated_at: changed.updated_at,
  });
  const list = await provider.getList({
    resource: "people",
    filters: [{ field: "bioguide", operator: "eq", value: `${session}-9` }],
  });
  assert.deepEqual(list, { data: [changed], total: 1 });
  await provider.deleteOne({ resource: "people", id: made.id });
  assert.ok(await gone(`/people/${made.id}`));
});
