// Random requests, genuine or spoiled in one way, each with the verdict of the provider's own verifier: one JSON object
// a line. Nothing here is Doorbell's code. The same seed and secrets make the same requests, but for the time in them,
// which is now.
//
//     GITHUB_SECRET=... STRIPE_SECRET=whsec_... STANDARD_SECRET=whsec_... node verdicts.mjs SEED N OUT.jsonl
//
// N is per provider. What Doorbell and a verifier see differently on purpose is not generated:
//   - house rules (reasons: DECIDED in tests/tests/vectors.rs): times more than a minute ahead or not written as plain
//     digits, a good signature in upper-case hex, a header sent twice, two t=, blanks around a tag, a misshapen tag
//     beside a good one;
//   - signed bodies that are empty or, for Stripe and Standard Webhooks, not JSON: their functions also read the body;
//   - signed bodies that are not UTF-8 or begin with a byte order mark: all three hash text, not the bytes that came.
//     Spoiling may make such bytes.
import { createHmac } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { verify } from "@octokit/webhooks-methods";
import { Webhook } from "standardwebhooks";
import Stripe from "stripe";

const [seed, count, out] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]];
const { GITHUB_SECRET, STRIPE_SECRET, STANDARD_SECRET } = process.env;
if (!out || !GITHUB_SECRET || !STRIPE_SECRET || !STANDARD_SECRET || !Number.isSafeInteger(seed) || !(count > 0)) {
  console.error("usage: GITHUB_SECRET=... STRIPE_SECRET=... STANDARD_SECRET=... node verdicts.mjs SEED N OUT.jsonl");
  process.exit(64);
}

// --- Randomness: mulberry32 ---

let state = 0;
/** Each request has a start of its own: how often one draws may depend on the time, and must not change the next. */
function restart(...of) {
  state = createHmac("sha256", String(seed)).update(of.join("/")).digest().readUInt32LE();
}
function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const below = (n) => Math.floor(random() * n);
const between = (low, high) => low + below(high - low + 1);
const pick = (list) => list[below(list.length)];
const chance = (p) => random() < p;
const times = (n, make) => Array.from({ length: n }, make);

// --- Bodies ---

const CHARACTERS = [..."abcXYZ019 _-.,:;=&%+/<>'`$#{}[]", ..."äßéñłЖщ中文字ابגे", "\u00a0", "\u2028", "\u200d", "\ufeff", "e\u0301", "🚪", "🔔", "👩‍👩‍👧", "🇨🇭", "𝒳"];
const ESCAPES = ["\\n", "\\r\\n", "\\t", "\\\"", "\\\\", "\\/", "\\b", "\\f", "\\u0000", "\\u00e9", "\\u2028", "\\ud83d\\udeaa", "\\ud800"];
const BLANKS = ["", "", "", " ", "\n", "\r\n", "\t", "  "];
const NUMBERS = ["0", "-0", "1", "-17", "1.50", "1e3", "1E-7", "9007199254740993", "123456789012345678901234567890", "1e999"];
const KEYS = ["id", "type", "created", "timestamp", "action", "data", "ref", "", "a", "ключ", "🔑"];

const quoted = (most) => `"${times(below(most), () => (chance(0.12) ? pick(ESCAPES) : pick(CHARACTERS))).join("")}"`;
const joined = (items) => items.map((item) => pick(BLANKS) + item + pick(BLANKS)).join(",") || pick(BLANKS);
const scalar = () => pick([() => quoted(30), () => pick(NUMBERS), () => pick(["true", "false", "null"])])();
const value = (depth) => (depth && chance(0.4) ? pick([object, array])(depth - 1) : scalar());
const array = (depth) => `[${joined(times(below(4), () => value(depth)))}]`;
const object = (depth) =>
  `{${joined(times(below(6), () => `${chance(0.7) ? JSON.stringify(pick(KEYS)) : quoted(8)}${pick(BLANKS)}:${pick(BLANKS)}${value(depth)}`))}}`;

function json() {
  const roll = random();
  if (roll < 0.05) return pick(["{}", "[]", " {}\r\n", "{\n}", '""', "0", '{"":{}}']);
  if (roll < 0.08) return `{"id":"evt_${below(1e9)}","data":"${pick(CHARACTERS).repeat(3)}${"0123456789abcdef".repeat(12_800)}"}`; // 200 kB
  if (roll < 0.1) return `{"deep":${"[".repeat(200)}${"]".repeat(200)}}`;
  return pick(BLANKS) + object(4) + pick(BLANKS);
}
const form = () => `payload=${encodeURIComponent(json().toWellFormed())}`;
/** Not even JSON: any character but a surrogate or U+FFFD, NUL and the other controls among them. */
const text = () => "x" + times(between(1, 200), () => String.fromCodePoint(pick([below(32), between(32, 126), between(127, 0xd7ff), between(0xe000, 0xfffc), between(0x10000, 0x10ffff)]))).join("");

// --- Ways to spoil a request ---

function flipBit(bytes, from = 0, to = bytes.length, fits = () => true) {
  const copy = Buffer.from(bytes);
  for (;;) {
    const at = from + below(to - from);
    const byte = copy[at] ^ (1 << below(8));
    if (fits(byte)) return copy.fill(byte, at, at + 1);
  }
}
const visible = (byte) => byte > 0x20 && byte < 0x7f;

/** Changes a header's value through `change(value)`; with none, the header goes. */
const alter = (name, change) => (request) => {
  request.headers = request.headers.flatMap(([k, v]) => (k !== name ? [[k, v]] : change ? [[k, change(v, request)]] : []));
};
const body = (change) => (request) => {
  const was = request.body;
  request.body = change(was);
  if (request.body.equals(was)) request.body = flipBit(was);
};
const BODY = {
  "body: a bit": body((b) => flipBit(b)),
  "body: a byte less": body((b) => b.subarray(0, -1)),
  "body: a line end more": body((b) => Buffer.concat([b, Buffer.from(pick(["\n", "\r\n"]))])),
  "body: JSON rewritten": body((b) => {
    try {
      return Buffer.from(JSON.stringify(JSON.parse(b.toString())));
    } catch {
      return flipBit(b);
    }
  }),
};
/** The good tag is the last one and begins at `request.tag`; a tag beside it stays well formed. */
const signature = (name) => ({
  ...BODY,
  "signature: a bit": alter(name, (v, { tag }) => flipBit(Buffer.from(v), tag, v.length, visible).toString()),
  "signature: cut off": alter(name, (v, { tag }) => v.slice(0, between(tag, v.length - 1))),
  "signature: missing": alter(name),
  "another secret": null, // signed with it, see below
});

// --- Providers ---

const now = () => Math.floor(Date.now() / 1000);
/** Far enough from the limits (300 s ago, 60 s ahead) that neither clock decides. */
const moment = (stale) => now() - (stale ? between(400, 5000) : between(-20, 200));
const hmac = (secret, data, encoding) => createHmac("sha256", secret).update(data).digest(encoding);
const hex = (n) => times(n, () => below(16).toString(16)).join("");
const other = () => `whsec_${Buffer.from(hex(32)).toString("base64")}`;
const header = (request, name) => request.headers.find(([k]) => k === name)?.[1];

const PROVIDERS = {
  github: {
    spoilers: signature("X-Hub-Signature-256"),
    make({ secret = GITHUB_SECRET }) {
      const body = Buffer.from(pick([json, json, json, form, text])());
      return {
        body,
        tag: 0,
        headers: [
          ["X-GitHub-Event", pick(["push", "issues", "ping", "star"])],
          ["X-GitHub-Delivery", `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`],
          ["X-Hub-Signature-256", `sha256=${hmac(secret, body, "hex")}`],
        ],
      };
    },
    // A missing signature is a TypeError: a refusal as well.
    accepts: (request) => verify(GITHUB_SECRET, request.body.toString(), header(request, "X-Hub-Signature-256")),
  },

  stripe: {
    spoilers: {
      ...signature("Stripe-Signature"),
      "another time": alter("Stripe-Signature", (v) => v.replace(/t=(\d+)/, (_, t) => `t=${Number(t) - between(1, 60)}`)),
      "a stale time": null,
    },
    make({ secret = STRIPE_SECRET, stale }) {
      const payload = json();
      const timestamp = moment(stale);
      const genuine = Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });
      const at = genuine.indexOf(",") + 1;
      const beside = [`v1=${hex(64)},`, `v0=${hex(64)},`, `v1=${hex(64)},v0=${hex(64)},`]; // a secret being rolled, a test scheme
      const more = chance(0.3) ? pick(beside) : "";
      return {
        body: Buffer.from(payload),
        tag: more ? at + more.length : 0,
        headers: [["Stripe-Signature", genuine.slice(0, at) + more + genuine.slice(at)]],
      };
    },
    accepts: (request) => (Stripe.webhooks.constructEvent(request.body, header(request, "Stripe-Signature") ?? "", STRIPE_SECRET), true),
  },

  "standard-webhooks": {
    spoilers: {
      ...signature("webhook-signature"),
      "another time": alter("webhook-timestamp", (v) => `${Number(v) - between(1, 60)}`),
      "a stale time": null,
      "time: missing": alter("webhook-timestamp"),
      "another id": alter("webhook-id", (v) => v + pick(["0", "x", "."])),
      "id: missing": alter("webhook-id"),
    },
    make({ secret = STANDARD_SECRET, stale }) {
      const payload = json();
      const timestamp = moment(stale);
      const id = `msg_${hex(between(1, 40))}`;
      const random32 = () => Buffer.from(hex(64), "hex").toString("base64");
      const more = chance(0.3) ? `${pick(["v1", "v1a", "v2"])},${random32()} ` : "";
      return {
        body: Buffer.from(payload),
        tag: more.length,
        headers: [
          ["webhook-id", id],
          ["webhook-timestamp", `${timestamp}`],
          ["webhook-signature", more + new Webhook(secret).sign(id, new Date(timestamp * 1000), payload)],
        ],
      };
    },
    accepts: (request) => (new Webhook(STANDARD_SECRET).verify(request.body, Object.fromEntries(request.headers)), true),
  },
};

const file = openSync(out, "w");
for (const [provider, { make, spoilers, accepts }] of Object.entries(PROVIDERS)) {
  const kinds = Object.keys(spoilers);
  for (let n = 0; n < count; n++) {
    restart(provider, n);
    const kind = chance(0.4) ? "genuine" : pick(kinds);
    const request = make({ secret: kind === "another secret" ? other() : undefined, stale: kind === "a stale time" });
    spoilers[kind]?.(request);
    let accepted = false;
    let why = "";
    try {
      accepted = await accepts(request);
    } catch (error) {
      why = String(error.message ?? error).split("\n")[0];
    }
    // HTTP does not mind the case of a name.
    const spelling = pick([(k) => k, (k) => k, (k) => k.toLowerCase(), (k) => k.toUpperCase()]);
    const headers = [["Content-Type", "application/json"], ...request.headers].map(([k, v]) => [spelling(k), v]);
    writeSync(file, JSON.stringify({ provider, n, kind, headers, body_base64: request.body.toString("base64"), accepted, why }) + "\n");
  }
}
closeSync(file);
