// What tests/run prints, for node's test runner: a line for each test, what is
// known of a failure, and how many passed and failed.
import { inspect } from "node:util";

export default async function* reporter(source) {
  let passed = 0, failed = 0;
  for await (const { type, data } of source) {
    if (data?.details?.type === "suite") continue;
    if (type === "test:pass" && data.skip !== undefined) {
      yield `- ${data.name}: ${data.skip}\n`;
    } else if (type === "test:pass") {
      passed++;
      yield `  ${data.name}\n`;
    } else if (type === "test:fail") {
      const why = data.details.error.cause ?? data.details.error;
      failed++;
      const told = why.stack ?? inspect(why, { depth: 1 });
      yield `✗ ${data.name}\n${told.slice(0, 4000)}\n`;
    } else if (type === "test:stderr" || type === "test:stdout") {
      yield data.message;
    }
  }
  yield `${passed} passed, ${failed} failed\n`;
}
