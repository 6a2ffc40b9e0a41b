// Every example delivery of GitHub's own list (@octokit/webhooks-examples, api.github.com), signed by GitHub's own
// library (@octokit/webhooks-methods), one JSON object a line. Nothing here is Doorbell's code: that is the point.
//
//     DOORBELL_SECRET=... node sign.mjs [OUT.jsonl]
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
import { sign } from "@octokit/webhooks-methods";

const secret = process.env.DOORBELL_SECRET;
if (!secret) {
  console.error("sign.mjs: DOORBELL_SECRET is not set");
  process.exit(64);
}
const groups = createRequire(import.meta.url)("@octokit/webhooks-examples");

const lines = [];
for (const { name: event, examples } of groups) {
  for (const example of examples) {
    const n = lines.length;
    const body = JSON.stringify(example);
    // The same examples get the same ids on every run, so that a failure can be looked up.
    const delivery = `00000000-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;
    const headers = [
      ["Content-Type", "application/json"],
      ["User-Agent", "GitHub-Hookshot/044aadd"],
      ["X-GitHub-Event", event],
      ["X-GitHub-Delivery", delivery],
      ["X-GitHub-Hook-ID", "292430182"],
      ["X-Hub-Signature-256", await sign(secret, body)],
    ];
    const action = typeof example.action === "string" ? example.action : null;
    lines.push(JSON.stringify({ n, event, action, delivery, headers, body_base64: Buffer.from(body).toString("base64") }));
  }
}

const out = lines.join("\n") + "\n";
if (process.argv[2]) writeFileSync(process.argv[2], out);
else process.stdout.write(out);
console.error(`sign.mjs: ${lines.length} deliveries of ${groups.length} events`);
