// Random requests, genuine or spoiled in one way, each with the verdict of the provider's own verifier: one JSON object
// a line. Nothing here is Doorbell's code. The same seed and secrets make the same requests, but for the time in them,
// which is now.
//
//     GITHUB_SECRET=... STRIPE_SECRET=whsec_... ... node verdicts.mjs SEED N OUT.jsonl
//
// N is per provider. The public keys of those that sign with a private one go to OUT.jsonl.keys, by the names of their
// variables: such a pair is made anew each time. What Doorbell and a verifier see differently on purpose is not generated:
//   - house rules (reasons: DECIDED in tests/tests/vectors.rs): times more than a minute ahead or not written as plain
//     digits, a good signature in upper-case hex, a header sent twice, two t=, blanks around a tag, a misshapen tag
//     beside a good one;
//   - base64 in another spelling (LINE, Svix, SendGrid): Node's decoder takes it without its padding and with
//     whatever stands in the bits that no byte needs; Doorbell takes one spelling, so that a tag has no twin;
//   - Discord: hex in upper case; and SendGrid: lengths inside the signature's DER that do not fit. Their libraries
//     pass over both, Doorbell takes one spelling, for the same reason;
//   - signed bodies that are empty or, where the function also reads the body (Stripe, Standard Webhooks, Svix, Telnyx), not
//     JSON;
//   - signed bodies that are not UTF-8 or begin with a byte order mark: most hash text, not the bytes that came.
//     Spoiling may make such bytes;
//   - Paddle's five seconds: Doorbell's window is five minutes, so that Paddle's retries fit in, and genuine requests are not
//     older here than both take; for the same reason WorkOS's three minutes bound what is genuine there;
//   - Twilio's older ways to write the URL (escaped anew, a legacy query): Doorbell takes the operator's own, with its port
//     or without; a field that a form has twice with one value;
//   - Discord's and SendGrid's verifiers ask for no fresh time, and Doorbell for none there by default.
import { createHmac, generateKeyPairSync, sign as signed } from "node:crypto";
import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { validateSignature } from "@line/bot-sdk";
import { Webhooks as MuxWebhooks } from "@mux/mux-node/resources/webhooks";
import { verify } from "@octokit/webhooks-methods";
import { Paddle } from "@paddle/paddle-node-sdk";
import { WorkOS } from "@workos-inc/node";
import { verifyKey } from "discord-interactions";
import { Webhook } from "standardwebhooks";
import Stripe from "stripe";
import { Webhook as SvixWebhook } from "svix";
import { TelnyxWebhook } from "telnyx/lib/webhooks";

const require = createRequire(import.meta.url);
const { EventWebhook } = require("@sendgrid/eventwebhook");
const { isValidSlackRequest } = require("@slack/bolt");
const { validateWebhookSignature } = require("razorpay/dist/utils/razorpay-utils");
const { validateRequest } = require("twilio/lib/webhooks/webhooks");

const [seed, count, out] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]];
const { GITHUB_SECRET, STRIPE_SECRET, STANDARD_SECRET, SVIX_SECRET, LINE_SECRET, SLACK_SECRET } = process.env;
const { MUX_SECRET, PADDLE_SECRET, WORKOS_SECRET, RAZORPAY_SECRET, TWILIO_SECRET, TWILIO_URL } = process.env;
const given = [GITHUB_SECRET, STRIPE_SECRET, STANDARD_SECRET, SVIX_SECRET, LINE_SECRET, SLACK_SECRET, MUX_SECRET];
given.push(PADDLE_SECRET, WORKOS_SECRET, RAZORPAY_SECRET, TWILIO_SECRET, TWILIO_URL);
if (!out || given.some((secret) => !secret) || !Number.isSafeInteger(seed) || !(count > 0)) {
  console.error("usage: GITHUB_SECRET=... STRIPE_SECRET=... ... node verdicts.mjs SEED N OUT.jsonl");
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
const noUpperHex = (byte) => visible(byte) && !(byte >= 0x41 && byte <= 0x46);

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
/** The good tag is the last one and begins at `request.tag`; a tag beside it stays well formed. Of base64 the last `spare`
 * characters have bits that no byte needs, or are padding: they are not touched. */
const signature = (name, spare = 0, fits = visible) => ({
  ...BODY,
  "signature: a bit": alter(name, (v, { tag }) => flipBit(Buffer.from(v), tag, v.length - spare, fits).toString()),
  "signature: cut off": alter(name, (v, { tag }) => v.slice(0, between(tag, v.length - 1 - spare))),
  "signature: missing": alter(name),
  "another secret": null, // signed with it, see below
});

// --- Providers ---

const now = () => Math.floor(Date.now() / 1000);
/** Far enough from the limits (300 s ago, 60 s ahead) that neither clock decides, nor the minutes until all are judged. */
const moment = (stale, oldest = 100) => now() - (stale ? between(400, 5000) : between(-20, oldest));
const earlier = (v) => v.replace(/\d+/, (t) => `${Number(t) - between(1, 60)}`);
const hmac = (secret, data, encoding) => createHmac("sha256", secret).update(data).digest(encoding);
const hex = (n) => times(n, () => below(16).toString(16)).join("");
const other = () => `whsec_${Buffer.from(hex(32)).toString("base64")}`;
const header = (request, name) => request.headers.find(([k]) => k === name)?.[1];

/** A time and a tag in one header, over time and body. */
function pairs(name, own, { oldest, write, accepts }) {
  return {
    spoilers: { ...signature(name), "another time": alter(name, earlier), "a stale time": null },
    make({ secret = own, stale }) {
      const payload = json();
      const value = write(secret, payload, moment(stale, oldest));
      return { body: Buffer.from(payload), tag: value.lastIndexOf("=") + 1, headers: [[name, value]] };
    },
    accepts: (request) => accepts(request.body.toString(), header(request, name) ?? ""),
  };
}
/** A signature by a private key over time and body, in headers of their own. With `last` only so many of its last characters
 * are spoiled. */
function publicKey(name, timed, { between, spare, fits, last, fresh, sign, pair, accepts }) {
  return {
    spoilers: {
      ...signature(name, spare, fits),
      "another time": alter(timed, earlier),
      "time: missing": alter(timed),
      ...(fresh ? { "a stale time": null } : {}),
    },
    make({ secret, stale }) {
      const payload = json();
      const time = moment(stale);
      const data = Buffer.from(`${time}${between}${payload}`);
      const key = secret ? generateKeyPairSync(pair.privateKey.asymmetricKeyType, { namedCurve: "prime256v1" }) : pair;
      const value = sign(key, data);
      return { body: Buffer.from(payload), tag: last ? value.length - last : 0, headers: [[timed, `${time}`], [name, value]] };
    },
    accepts: (request) => accepts(request.body, header(request, name), header(request, timed)),
  };
}
const spoilForm = (change) => (request) => {
  request.body = Buffer.from(new URLSearchParams(change([...new URLSearchParams(request.body.toString())])).toString());
};

const [DISCORD, TELNYX] = [generateKeyPairSync("ed25519"), generateKeyPairSync("ed25519")];
const SENDGRID = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const raw = ({ publicKey }) => Buffer.from(publicKey.export({ format: "jwk" }).x, "base64url");
const spki = ({ publicKey }) => publicKey.export({ type: "spki", format: "der" }).toString("base64");
writeFileSync(`${out}.keys`, JSON.stringify({
  DISCORD_KEY: raw(DISCORD).toString("hex"),
  TELNYX_KEY: raw(TELNYX).toString("base64"),
  SENDGRID_KEY: spki(SENDGRID),
}));
const paddle = new Paddle("an API key that is not used");
const workos = new WorkOS("sk_that_is_not_used");

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

  svix: {
    spoilers: {
      ...signature("svix-signature", 2),
      "another time": alter("svix-timestamp", earlier),
      "a stale time": null,
      "time: missing": alter("svix-timestamp"),
      "another id": alter("svix-id", (v) => v + pick(["0", "x", "."])),
    },
    make({ secret = SVIX_SECRET, stale }) {
      const payload = json();
      const timestamp = moment(stale);
      const id = `msg_${hex(between(1, 40))}`;
      return {
        body: Buffer.from(payload),
        tag: 3,
        headers: [
          ["svix-id", id],
          ["svix-timestamp", `${timestamp}`],
          ["svix-signature", new SvixWebhook(secret).sign(id, new Date(timestamp * 1000), payload)],
        ],
      };
    },
    accepts: (request) => (new SvixWebhook(SVIX_SECRET).verify(request.body, Object.fromEntries(request.headers)), true),
  },

  line: {
    spoilers: signature("x-line-signature", 2),
    make({ secret = LINE_SECRET }) {
      const body = Buffer.from(pick([json, json, text])());
      return { body, tag: 0, headers: [["x-line-signature", hmac(secret, body, "base64")]] };
    },
    accepts: (request) => validateSignature(request.body, LINE_SECRET, header(request, "x-line-signature")),
  },

  razorpay: {
    spoilers: signature("X-Razorpay-Signature"),
    make({ secret = RAZORPAY_SECRET }) {
      const body = Buffer.from(pick([json, json, text])());
      return { body, tag: 0, headers: [["X-Razorpay-Signature", hmac(secret, body, "hex")]] };
    },
    accepts: (request) => validateWebhookSignature(request.body, header(request, "X-Razorpay-Signature"), RAZORPAY_SECRET),
  },

  slack: {
    spoilers: {
      ...signature("X-Slack-Signature"),
      "another time": alter("X-Slack-Request-Timestamp", earlier),
      "a stale time": null,
      "time: missing": alter("X-Slack-Request-Timestamp"),
    },
    make({ secret = SLACK_SECRET, stale }) {
      const body = pick([json, form, text])();
      const timestamp = moment(stale);
      return {
        body: Buffer.from(body),
        tag: 3,
        headers: [
          ["X-Slack-Request-Timestamp", `${timestamp}`],
          ["X-Slack-Signature", `v0=${hmac(secret, `v0:${timestamp}:${body}`, "hex")}`],
        ],
      };
    },
    accepts: (request) => {
      const headers = Object.fromEntries(request.headers.map(([k, v]) => [k.toLowerCase(), v]));
      return isValidSlackRequest({ signingSecret: SLACK_SECRET, body: request.body.toString(), headers });
    },
  },

  mux: pairs("Mux-Signature", MUX_SECRET, {
    write: (secret, payload, time) => `t=${time},v1=${hmac(secret, `${time}.${payload}`, "hex")}`,
    accepts: async (body, value) => (await new MuxWebhooks({}).verifySignature(body, { "mux-signature": value }, MUX_SECRET), true),
  }),

  paddle: pairs("Paddle-Signature", PADDLE_SECRET, {
    oldest: 0,
    write: (secret, payload, time) => `ts=${time};h1=${hmac(secret, `${time}:${payload}`, "hex")}`,
    accepts: (body, value) => paddle.webhooks.isSignatureValid(body, PADDLE_SECRET, value),
  }),

  workos: pairs("WorkOS-Signature", WORKOS_SECRET, {
    oldest: 30,
    write: (secret, payload, time) => `t=${time * 1000 + 17},v1=${hmac(secret, `${time * 1000 + 17}.${payload}`, "hex")}`,
    accepts: (payload, sigHeader) => workos.webhooks.verifyHeader({ payload, sigHeader, secret: WORKOS_SECRET }),
  }),

  twilio: {
    spoilers: {
      "body: a value": spoilForm((fields) => fields.map(([k, v], n) => [k, n ? v : `${v}x`])),
      "body: a name": spoilForm((fields) => fields.map(([k, v], n) => [n ? k : `${k}x`, v])),
      "body: a field more": spoilForm((fields) => [...fields, ["Zz", "1"]]),
      "body: a field less": spoilForm((fields) => fields.slice(1)),
      "another query": (request) => void (request.query = `${request.query}x`),
      "signature: a bit": alter("X-Twilio-Signature", (v) => flipBit(Buffer.from(v), 0, v.length, visible).toString()),
      "signature: cut off": alter("X-Twilio-Signature", (v) => v.slice(0, between(0, v.length - 1))),
      "signature: missing": alter("X-Twilio-Signature"),
      "another secret": null,
    },
    make({ secret = TWILIO_SECRET }) {
      const names = ["MessageSid", "From", "To", "Body", "ключ", "a b", "NumMedia", "Zone"].filter(() => chance(0.6));
      const fields = [["AccountSid", hex(32)], ...names.map((name) => [name, JSON.parse(quoted(40)).toWellFormed()])];
      const query = `foo=${below(100)}&bar=${pick(["a%20b", "a+b", "", "%C3%A9"])}`;
      const url = pick([`${TWILIO_URL}?${query}`, `${TWILIO_URL.replace(/(?<=[a-z])\/twilio/, ":443/twilio")}?${query}`]);
      const data = fields.toSorted(([a], [b]) => (a < b ? -1 : 1)).reduce((all, [k, v]) => all + k + v, url);
      return {
        body: Buffer.from(new URLSearchParams(fields).toString()),
        query,
        headers: [["X-Twilio-Signature", createHmac("sha1", secret).update(data).digest("base64")]],
      };
    },
    accepts: (request) =>
      validateRequest(TWILIO_SECRET, header(request, "X-Twilio-Signature"), `${TWILIO_URL}?${request.query}`, Object.fromEntries(new URLSearchParams(request.body.toString()))),
  },

  discord: publicKey("X-Signature-Ed25519", "X-Signature-Timestamp", {
    between: "",
    fits: noUpperHex,
    sign: (pair, data) => signed(null, data, pair.privateKey).toString("hex"),
    pair: DISCORD,
    accepts: (body, signature, time) => verifyKey(body, signature, time, raw(DISCORD).toString("hex")),
  }),

  telnyx: publicKey("Telnyx-Signature-Ed25519", "Telnyx-Timestamp", {
    between: "|",
    spare: 3,
    fresh: true,
    sign: (pair, data) => signed(null, data, pair.privateKey).toString("base64"),
    pair: TELNYX,
    accepts: async (body, signature, time) => {
      const headers = { "telnyx-signature-ed25519": signature, "telnyx-timestamp": time };
      return (await new TelnyxWebhook(raw(TELNYX).toString("base64")).verify(body.toString(), headers), true);
    },
  }),

  sendgrid: publicKey("X-Twilio-Email-Event-Webhook-Signature", "X-Twilio-Email-Event-Webhook-Timestamp", {
    between: "",
    spare: 3,
    last: 40,
    sign: (pair, data) => signed("sha256", data, pair.privateKey).toString("base64"),
    pair: SENDGRID,
    accepts: (body, signature, time) => {
      const webhook = new EventWebhook();
      return webhook.verifySignature(webhook.convertPublicKeyToECDSA(spki(SENDGRID)), body, signature, time);
    },
  }),
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
    writeSync(file, JSON.stringify({ provider, n, kind, query: request.query, headers, body_base64: request.body.toString("base64"), accepted, why }) + "\n");
  }
}
closeSync(file);
