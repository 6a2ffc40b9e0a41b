"""Signatures in headers, over the body and what stands beside it: the shapes that many have, and some that one has."""
import base64
import hashlib
import time
import urllib.parse
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import cloudinary
from box_sdk_gen.managers.webhooks import WebhooksManager as Box
from cloudinary.utils import verify_notification_signature
from hubspot.utils.signature import Signature as Hubspot
from messagebird.signed_request import SignedRequest
from mercadopago.webhook import WebhookSignatureValidator

from draw import ALNUM, BODY, MAC, Request, alter, anything, b64, document, earlier, mac, moment, sha256, text, timed, word

URL = "https://hooks.example.com"


@dataclass
class Source:
    """`make(r, kind, secret)` is a Request, genuine under that secret; `accepts(request, secret)` is what the library says,
    and an exception is a no as well."""
    make: object
    accepts: object
    spoil: dict
    config: dict = field(default_factory=dict)
    secret: object = lambda r: word(r, 1) + "".join(r.choice(ALNUM) for _ in range(31))
    secrets: int = 1


def hexadecimal(r):
    return r.randbytes(32).hex()


def base64_secret(prefix=""):
    return lambda r: prefix + b64(r.randbytes(24))


def key_of(secret):
    return base64.b64decode(secret.removeprefix("whsec_"))


def plain(name, accepts, body, sign, spare=0, at=0, **more):
    """A signature of the body in one header."""
    def make(r, kind, secret):
        payload = body(r)
        return Request(payload, {name: sign(secret, payload)}, tag=name, at=at, spare=spare)
    return Source(make, lambda q, secret: accepts(q.body, q.headers.get(name), secret), BODY | MAC, **more)


def hex_of_body(secret, body):
    return mac(secret, body).hexdigest()


def base64_of_body(secret, body):
    return b64(mac(secret, body).digest())


def some(**members):
    """A maker of bodies with these members, each made by a function of `r`."""
    return lambda r: document(r, **{name: make(r) for name, make in members.items()})


def pairs(name, tag, accepts, stale=(400, 5000)):
    """A time and a tag in one header, over time and body."""
    def make(r, kind, secret):
        payload, at = document(r), moment(r, kind, stale=stale)
        value = f"t={at},{tag}={mac(secret, f'{at}.'.encode() + payload).hexdigest()}"
        return Request(payload, {name: value}, tag=name, at=value.rindex("=") + 1)
    judge = lambda q, secret: accepts(q.text(), q.headers.get(name), secret)
    return Source(make, judge, BODY | MAC | timed(name, in_tag=True))


STANDARD = "webhook-id", "webhook-timestamp", "webhook-signature"


def standard(accepts, names=STANDARD, key=key_of, body=document, secret=base64_secret("whsec_"), **more):
    """Standard Webhooks, and what has its shape."""
    def make(r, kind, secret):
        payload, at, own = body(r), moment(r, kind), f"msg_{word(r)}"
        value = f"v1,{b64(mac(key(secret), f'{own}.{at}.'.encode() + payload).digest())}"
        more = f"v1,{b64(r.randbytes(32))} " if r.random() < 0.3 else ""
        return Request(payload, dict(zip(names, (own, f"{at}", more + value))), tag=names[2], at=len(more) + 3, spare=2)
    another = {"another id": alter(names[0], lambda v, r: v + r.choice("0x.")), "id: missing": alter(names[0], lambda v, r: None)}
    return Source(make, accepts, BODY | MAC | timed(names[1]) | another, secret=secret, **more)


def cloudinary_of(algorithm):
    def make(r, kind, secret):
        payload, at = anything(r), moment(r, kind, stale=(7400, 90_000))
        value = hashlib.new(algorithm, payload + f"{at}{secret}".encode()).hexdigest()
        return Request(payload, {"X-Cld-Timestamp": f"{at}", "X-Cld-Signature": value}, tag="X-Cld-Signature")

    def accepts(q, secret):
        cloudinary.config(api_secret=secret)
        h = q.headers
        return verify_notification_signature(q.text(), h["X-Cld-Timestamp"], h["X-Cld-Signature"], algorithm=algorithm)
    mode = {"mode": "sha256"} if algorithm == "sha256" else {}
    return Source(make, accepts, BODY | MAC | timed("X-Cld-Timestamp"), config={"provider": "cloudinary"} | mode)


def hubspot(version):
    name = "X-HubSpot-Signature-V3" if version == "v3" else "X-HubSpot-Signature"
    clock = "X-HubSpot-Request-Timestamp"

    def url(q):
        return f"{URL}/hubspot-{version}" + (f"?{q.query}" if q.query else "")

    def make(r, kind, secret):
        query = r.choice(["", f"a={r.randrange(99)}&b=%C3%A9+x"]) if version != "v1" else ""
        q = Request(anything(r), query=query, tag=name)
        at = f"{moment(r, kind) * 1000 + 17}"
        q.headers = {"X-HubSpot-Signature-Version": version} if version != "v3" else {clock: at}
        q.headers[name] = Hubspot.get_signature(secret, q.text(), version, url(q), "POST", at)
        q.spare = 2 if version == "v3" else 0
        return q

    def accepts(q, secret):
        return Hubspot.is_valid(q.headers.get(name), secret, q.text(), url(q), "POST", version, q.headers.get(clock))
    more = {"v1": {}, "v2": {"another query": another_query}, "v3": {"another query": another_query} | timed(clock)}[version]
    return Source(make, accepts, BODY | MAC | more, config={"provider": "hubspot", "mode": version})


def another_query(request, r):
    request.query += r.choice(["&c=1", "x"]) if request.query else "a=1"


def box():
    names, clock = ("box-signature-primary", "box-signature-secondary"), "box-delivery-timestamp"

    def make(r, kind, secret):
        payload = document(r)
        # The library takes no time ahead of its own, not even a second.
        age = r.randint(700, 5000) if kind == "a stale time" else r.randint(5, 300)
        at = datetime.fromtimestamp(int(time.time()) - age, timezone(timedelta(hours=r.choice([-8, 0, 2])))).isoformat()
        which = r.randrange(2)
        keys = secret[::-1] if kind == "the other key" else secret
        tag = b64(mac(keys[which], payload + at.encode()).digest())
        head = {clock: at, "box-signature-version": "1", "box-signature-algorithm": "HmacSHA256", names[which]: tag}
        return Request(payload, head, tag=names[which], spare=2)
    changes = {
        "another time": alter(clock, lambda v, r: (datetime.fromisoformat(v) - timedelta(seconds=1)).isoformat()),
        "time: missing": alter(clock, lambda v, r: None),
        "another version": alter("box-signature-version", lambda v, r: "2"),
        "another algorithm": alter("box-signature-algorithm", lambda v, r: "HmacSHA1"),
        "a stale time": None, "the other key": None,
    }
    return Source(make, lambda q, secret: Box.validate_message(q.text(), q.headers, secret[0], secondary_key=secret[1]),
                  BODY | MAC | changes, secrets=2)


def mercadopago_source():
    def make(r, kind, secret):
        known, asked = word(r) if r.random() < 0.8 else "", word(r) if r.random() < 0.8 else ""
        at = int(time.time() * r.choice([1, 1000]))
        signed = (f"id:{known};" if known else "") + (f"request-id:{asked};" if asked else "") + f"ts:{at};"
        value = f"ts={at},v1={mac(secret, signed).hexdigest()}"
        head = {"x-signature": value} | ({"x-request-id": asked} if asked else {})
        query = "type=payment" + (f"&data.id={known}" if known else "")
        return Request(document(r), head, query, "x-signature", value.rindex("=") + 1)

    def accepts(q, secret):
        known = dict(urllib.parse.parse_qsl(q.query)).get("data.id")
        x = q.headers.get("x-signature"), q.headers.get("x-request-id")
        return WebhookSignatureValidator.validate(*x, known, secret) is None

    def another(request, r):
        request.query += "0" if "data.id" in request.query else "&data.id=1"

    def request_id(request, r):
        request.headers["x-request-id"] = request.headers.get("x-request-id", "") + "0"
    time_ = {"another time": alter("x-signature", earlier)}
    return Source(make, accepts, MAC | time_ | {"another id": another, "another request id": request_id})


def older_messagebird():
    names = "MessageBird-Request-Timestamp", "MessageBird-Signature"

    def make(r, kind, secret):
        payload = anything(r)
        at = int(time.time()) - (r.randint(200, 5000) if kind == "a stale time" else r.randint(0, 4))
        fields = {word(r, 6): text(r, 8) for _ in range(r.randrange(4))}
        signed = f"{at}\n{urllib.parse.urlencode(sorted(fields.items()))}\n".encode() + sha256(payload).digest()
        head = {names[0]: f"{at}", names[1]: b64(mac(secret, signed).digest())}
        return Request(payload, head, urllib.parse.urlencode(fields), names[1], spare=2)

    def accepts(q, secret):
        signed = SignedRequest(q.headers[names[1]], q.headers[names[0]], q.body.decode("latin-1"),
                               urllib.parse.parse_qs(q.query, keep_blank_values=True))
        return signed.verify(secret) and signed.is_recent()
    spoil = BODY | MAC | timed(names[0]) | {"another query": another_query}
    return Source(make, accepts, spoil, config={"provider": "messagebird", "mode": "hmac"})
