// The running service as the tests reach it without any of the clients: what
// a test needs to be there, and what is stored after a client wrote.
import { test } from "node:test";
import assert from "node:assert/strict";

export const service = process.env.SERVICE_URL;
export const api = `${service}/v1`;
export const authorization = `Bearer ${process.env.ADMIN_TOKEN}`;

async function call(method, path, body) {
  const answer = await fetch(api + path, {
    method,
    headers: {
      Authorization: authorization,
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() };
}

export async function stored(path) {
  const answer = await call("GET", path);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body;
}

export async function gone(path) {
  return (await call("GET", path)).status === 404;
}

export async function put_in(resource, object) {
  const answer = await call("POST", `/${resource}`, object);
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body;
}

// a bill of the least members; `session` keeps the tests' bills apart
export function bill(session, number, more = {}) {
  return {
    session, type: "hr", number, chamber: "house",
    title: `Bill ${number} of ${session}`, introduced_on: "2026-03-01",
    ...more,
  };
}

export function person(bioguide, more = {}) {
  return { bioguide, full_name: `Person ${bioguide}`, ...more };
}

export const ids = (objects) => objects.map(({ id }) => id);

// the members of `object` that `part` names
export const only = (part, object) =>
  Object.fromEntries(Object.keys(part).map((name) => [name, object[name]]));

// What the service itself sets, as against what a client asked for.
export function assert_new(object, asked) {
  assert.deepEqual(only(asked, object), asked);
  assert.match(object.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/);
  assert.ok(object.version > 0);
  assert.equal(object.updated_at, object.created_at);
  assert.equal(object.deleted_at, null);
}

// sixteen bills, the even ones with a sponsor of their own
export async function a_session(session) {
  const sponsor = await put_in("people", person(session, {
    full_name: `Sponsor of ${session}`,
  }));
  const statuses = ["introduced", "enacted", "vetoed", "failed"];
  const bills = [];
  for (let number = 1; number <= 16; number++)
    bills.push(await put_in("bills", bill(session, number, {
      status: statuses[number % 4],
      introduced_on: `2026-03-${String(31 - number).padStart(2, "0")}`,
      title: number % 5 ? `Bill ${number}` : `Veterans' health, part ${number}`,
      sponsor_id: number % 2 ? null : sponsor.id,
    })));
  return { session, sponsor, bills };
}

export { assert, test };
