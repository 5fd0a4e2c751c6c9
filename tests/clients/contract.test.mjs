// openapi.yaml as the tools of others read it: a linter, a maker of types, the
// compiler, and a client that knows nothing but those types.
import { execFile } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  assert, assert_new, authorization, bill, service, stored, test,
} from "./house.mjs";

const run = promisify(execFile);
const here = fileURLToPath(new URL(".", import.meta.url));
const contract = fileURLToPath(new URL("../../openapi.yaml", import.meta.url));
const made = `${here}node_modules/.contract`;

async function tool(name, ...args) {
  const env = {
    ...process.env,
    REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true",
  };
  try {
    return await run(`${here}node_modules/.bin/${name}`, args,
      { cwd: here, env, maxBuffer: 1 << 24 });
  } catch (error) {
    assert.fail(`${name}: ${error.stdout}${error.stderr}`);
  }
}

// What stands in x-everywhere and x-elsewhere (for OpenAPI has no place) refers to
// components as well, which the linter does not see.
async function is_used(pointer) {
  return (await readFile(contract, "utf8")).includes(`'${pointer}'`);
}

test("@redocly/cli finds nothing in openapi.yaml, not even a warning", async () => {
  const { stdout } = await tool("redocly", "lint", "--format=json", contract);
  const found = [];
  for (const { ruleId, message, location: [{ pointer }] } of
       JSON.parse(stdout).problems)
    if (ruleId !== "no-unused-components" || !(await is_used(pointer)))
      found.push(`${ruleId} ${pointer}: ${message}`);
  assert.deepEqual(found, []);
});

const session = "typed";
let typed, client, first;

test("openapi-typescript makes types that tsc --strict takes", async () => {
  await mkdir(made, { recursive: true });
  await tool("openapi-typescript", contract, "-o", `${made}/contract.d.ts`);
  await tool("tsc", "-p", here);
  typed = await import(`${made}/round_trip.mjs`);
  client = typed.client_of(service, authorization);
});

test("openapi-fetch creates and gets", async () => {
  const asked = bill(session, 1, { status: "enacted" });
  first = await typed.create(client, asked);
  assert_new(first, asked);
  assert.deepEqual(await typed.get(client, first.id), first);
  assert.deepEqual(await stored(`/bills/${first.id}`), first);
});

test("openapi-fetch lists with several parameters and a count", async () => {
  for (const [number, status] of [[2, "vetoed"], [3, "enacted"],
                                  [4, "enacted"], [5, "failed"]])
    await typed.create(client, bill(session, number, { status }));
  assert.deepEqual(await typed.list(client, session),
    { titles: ["Bill 3 of typed", "Bill 2 of typed"], total: 3 });
});

test("openapi-fetch changes what it read, once", async () => {
  const changed = await typed.change(client, first);
  assert.deepEqual(changed, {
    ...first, status: "vetoed",
    version: changed.version, updated_at: changed.updated_at,
  });
  await assert.rejects(typed.change(client, first), /precondition_failed/);
});

test("what the compiler refuses the service refuses too", async () => {
  assert.deepEqual(await typed.ask_wrongly(client), [
    [400, "invalid_parameter"], [400, "invalid_parameter"],
    [422, "validation"], [404, "not_found"],
  ]);
});
