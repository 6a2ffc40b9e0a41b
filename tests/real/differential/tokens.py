"""Tokens in headers, with a digest of the body in them."""
import time

import vonage_jwt
from livekit import api as livekit
from messagebird.request_validator import RequestValidator
from qstash import Receiver

from draw import BODY, TAG, Request, anything, b64, b64url, binary, sha256, token, word
from macs import URL, Source, some


def tokens(name, claims, accepts, wrong, body=anything, prefix="", spoil=BODY, encode=token, **more):
    """A JWT in one header. `claims(payload, kind)`; `wrong` is the kinds that it knows."""
    def make(r, kind, secret):
        payload = body(r)
        alg = {"another algorithm": "HS512", "no algorithm": "none"}.get(kind, "HS256")
        made = {k: v for k, v in claims(payload, r, kind).items() if v is not None}
        return Request(payload, {name: prefix + encode(secret, made, alg)}, tag=name, at=len(prefix), spare=1)
    kinds = dict.fromkeys([*wrong, "no algorithm"])
    return Source(make, accepts, spoil | TAG | kinds, **more)


def life(r, kind):
    now = int(time.time())
    if kind == "expired":
        return {"nbf": now - 900, "exp": now - r.randint(120, 600)}
    return {"nbf": now + r.randint(120, 600) if kind == "not yet" else now - r.randint(2, 100), "exp": now + 900}


def qstash():
    def claims(payload, r, kind):
        return life(r, kind) | {
            "iss": "Somebody" if kind == "another issuer" else "Upstash",
            "sub": URL + ("/another" if kind == "another URL" else "/upstash-qstash"),
            "iat": int(time.time()) - 100, "jti": f"jwt_{word(r)}",
            "body": b64url(sha256(payload).digest()) + r.choice(["", "="]),
        } | ({"exp": None} if kind == "no end" else {})

    def accepts(q, secret):
        url = f"{URL}/upstash-qstash"
        return Receiver(*secret).verify(signature=q.headers["Upstash-Signature"], body=q.text(), url=url) is None
    wrong = ["expired", "not yet", "another issuer", "another URL", "no end", "another algorithm"]
    encode = lambda secret, made, alg: token(secret[made["iat"] % 2], made, alg)
    return tokens("Upstash-Signature", claims, accepts, wrong, encode=encode, secrets=2)


def livekit_source():
    def claims(payload, r, kind):
        without = {"no end": {"exp": None}, "no digest": {"sha256": None}}.get(kind, {})
        issuer = "API2" if kind == "another issuer" else "API1"
        return life(r, kind) | {"iss": issuer, "sha256": b64(sha256(payload).digest())} | without

    def accepts(q, secret):
        receiver = livekit.WebhookReceiver(livekit.TokenVerifier("API1", secret))
        return receiver.receive(q.text(), q.headers["Authorization"]).event != ""

    body = some(event=lambda r: f'"{r.choice(["room_started", "track_published"])}"', id=lambda r: f'"EV_{word(r)}"',
                createdAt=lambda r: f'"{int(time.time())}"')
    wrong = ["expired", "not yet", "another issuer", "no end", "no digest", "another algorithm"]
    return tokens("Authorization", claims, accepts, wrong, body, config={"issuer": "API1"})


def messagebird():
    def claims(payload, r, kind):
        url = f"{URL}/messagebird-jwt"
        return life(r, kind) | {
            "iss": "Somebody" if kind == "another issuer" else "MessageBird", "jti": word(r),
            "url_hash": sha256((url + ("/another" if kind == "another URL" else "")).encode()).hexdigest(),
            "payload_hash": sha256(payload).hexdigest() if payload and kind != "no digest" else None,
        } | ({"exp": None} if kind == "no end" else {})

    def accepts(q, secret):
        signature = q.headers.get("MessageBird-Signature-JWT")
        return bool(RequestValidator(secret).validate_signature(signature, f"{URL}/messagebird-jwt", q.body))
    wrong = ["expired", "not yet", "another issuer", "another URL", "no end"]
    return tokens("MessageBird-Signature-JWT", claims, accepts, wrong, binary, config={"provider": "messagebird", "mode": "jwt"})


def vonage():
    def claims(payload, r, kind):
        made = {"iss": "Vonage", "iat": int(time.time()) - r.randint(0, 3600), "jti": word(r)}
        return made | {"payload_hash": sha256(payload).hexdigest()} | (life(r, kind) if kind in ("expired", "not yet") else {})
    accepts = lambda q, secret: vonage_jwt.verify_signature(q.headers["Authorization"].removeprefix("Bearer "), secret)
    return tokens("Authorization", claims, accepts, ["expired", "not yet", "another algorithm"], anything, "Bearer ", spoil={})
