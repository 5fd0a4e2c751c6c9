// The reference page in a browser, wide and narrow: it is read, signed in to,
// and made to call the service; and nothing it does leaves the host.
import { existsSync } from "node:fs";
import { after, before } from "node:test";
import { chromium } from "playwright-core";
import {
  assert, assert_new, authorization, person, put_in, service, stored, test,
} from "./house.mjs";

const programs = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];
const token = authorization.replace("Bearer ", "");
let browser;

before(async () => {
  const executablePath = programs.find((path) => existsSync(path));
  assert.ok(executablePath, `no browser: ${programs.join(", ")}`);
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
});
after(() => browser?.close());

// A narrow window has no menu: the operations themselves unfold.
const windows = [
  { width: 1280, open: (page, id) => page.locator(`[id="link-${id}"]`).click(),
    sign_in: (page) => page.locator("#link-auth").click() },
  { width: 390, open: (page, id) =>
      page.locator(`[id="${id}"] .endpoint-head`).click(),
    sign_in: () => {} },
];

async function visit(width, body) {
  const context = await browser.newContext({ viewport: { width, height: 900 } });
  const asked = [], complaints = [];
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    context.on("request", (request) => asked.push(request.url()));
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(`${service}/docs`);
    await body(page);
    assert.ok(await page.evaluate(() =>
      document.documentElement.scrollWidth <= innerWidth), "it scrolls sideways");
  } finally {
    await context.close();
  }
  assert.deepEqual(complaints, []);
  assert.ok(asked.includes(`${service}/openapi.json`));
  for (const url of asked)
    assert.ok(/^(data|blob):/.test(url) || new URL(url).origin === service, url);
}

const operation = (page) => page.locator("api-request").filter({ visible: true });

// Presses TRY, and gives what was sent, what came, and what is shown of it.
async function try_it(page, method, path) {
  const [answer] = await Promise.all([
    page.waitForResponse((response) =>
      new URL(response.url()).pathname === path &&
      response.request().method() === method),
    operation(page).locator("[part~=btn-try]").click(),
  ]);
  const shown = operation(page).locator(".tab-panel:has(#tab_buttons) pre");
  return {
    request: answer.request(),
    status: await operation(page).locator(".response-message").innerText(),
    body: await answer.json(),
    shown: JSON.parse(await shown.first().innerText()),
  };
}

for (const { width, open, sign_in } of windows) {
  test(`/docs at ${width} px: a GET is tried`, () => visit(width, async (page) => {
    const one = await put_in("people", person(`docs-get-${width}`));
    await open(page, "get-/v1/people");
    for (const name of ["bioguide_gte", "bioguide_lte"])
      await operation(page).locator(`[data-pname="${name}"]`).fill(one.bioguide);
    const { request, status, body, shown } =
      await try_it(page, "GET", "/v1/people");
    assert.equal(request.headers().authorization, undefined);
    assert.match(status, /^Response Status: OK:200\b/);
    assert.deepEqual(body, [one]);
    assert.deepEqual(shown, [one]);
  }));

  test(`/docs at ${width} px: a POST is tried with a token`, () => visit(width, async (page) => {
    const asked = person(`docs-${width}`, { full_name: "Zoë Lock‑Keeper" });
    await sign_in(page);
    await page.locator("#http-bearer-api-key-input").fill(token);
    await page.getByRole("button", { name: "SET", exact: true }).click();
    await open(page, "post-/v1/people");
    await operation(page).locator("textarea.request-body-param-user-input")
      .fill(JSON.stringify(asked));
    const { request, status, body, shown } =
      await try_it(page, "POST", "/v1/people");
    assert.equal(request.headers().authorization, authorization);
    assert.match(status, /^Response Status: Created:201\b/);
    assert_new(body, asked);
    assert.deepEqual(shown, body);
    assert.deepEqual(await stored(`/people/${body.id}`), body);
  }));
}
