"""Signatures inside the body, and one over its fields."""
import json
import time
import urllib.parse

import braintree
import dropbox_sign
from Adyen import util as adyen
from plivo.utils.signature_v3 import construct_post_url, get_signature_v3, validate_v3_signature

from draw import ALNUM, MAC, Request, alter, b64, form_field, mac, tag_bit, text, word
from macs import URL, Source, another_query, hexadecimal

FORM = {"Content-Type": "application/x-www-form-urlencoded"}

def adyen_payments():
    texts = ["eventCode", "merchantAccountCode", "merchantReference", "pspReference", "success", "originalReference"]

    def make(r, kind, secret):
        item = {
            "amount": {"currency": r.choice(["EUR", "JPY"]), "value": r.randrange(10**9)}, "pspReference": word(r),
            "merchantAccountCode": text(r), "merchantReference": text(r) + r.choice(["", ":1130"]),
            "eventCode": r.choice(["AUTHORISATION", "REFUND"]), "success": r.choice(["true", "false"]), "reason": text(r),
        } | ({"originalReference": word(r)} if r.random() < 0.5 else {})
        tag = adyen.generate_notification_sig(item, secret).decode()
        edit(item, tag, kind, r)
        whole = {"live": "false", "notificationItems": [{"NotificationRequestItem": item}]}
        return Request(json.dumps(whole, ensure_ascii=r.random() < 0.5, indent=r.choice([None, 2])).encode())

    def edit(item, tag, kind, r):
        if kind in texts:
            item[kind] = item.get(kind, "") + r.choice("0xй")
        elif kind == "value":
            item["amount"]["value"] += 1
        elif kind == "currency":
            item["amount"]["currency"] = "USD"
        elif kind == "signature: a bit":
            q = Request(b"", {"tag": tag}, tag="tag", spare=2)
            tag_bit(q, r)
            tag = q.headers["tag"]
        if kind != "signature: missing":
            item["additionalData"] = {"hmacSignature": tag}
    kinds = [*texts, "value", "currency", "signature: a bit", "signature: missing", "another secret"]
    return Source(make, lambda q, secret: adyen.is_valid_hmac_notification(json.loads(q.body), secret), dict.fromkeys(kinds),
                  config={"provider": "adyen", "mode": "payments"}, secret=hexadecimal)


def braintree_source():
    kinds = ["check", "subscription_canceled", "subscription_charged_successfully", "dispute_opened", "transaction_settled"]

    def gateway(secret, public="public1"):
        return braintree.BraintreeGateway(braintree.Configuration(braintree.Environment.Sandbox, "merchant", public, secret))

    def make(r, kind, secret):
        made = gateway(secret).webhook_testing.sample_notification(r.choice(kinds), word(r))
        # It is signed with the line end at its end, which may get lost on the way.
        payload = made["bt_payload"].decode()
        fields = [("bt_signature", made["bt_signature"]), ("bt_payload", payload.rstrip("\n") if r.random() < 0.5 else payload)]
        if r.random() < 0.3:
            fields[0] = fields[0][0], r.choice(["public2|", "public0|"]) + hexadecimal(r)[:40] + "&" + fields[0][1]
        r.shuffle(fields)
        return Request(urllib.parse.urlencode(fields).encode(), FORM)

    def accepts(q, secret):
        return bool(gateway(secret).webhook_notification.parse(q.form().get("bt_signature"), q.form().get("bt_payload")))

    def change(name, how):
        return form_field(lambda fields, r: [(k, how(v, r) if k == name else v) for k, v in fields])
    digit = lambda v, r: v[:-1] + r.choice([c for c in "0123456789abcdef" if c != v[-1]])
    spoil = {
        "payload: a letter": change("bt_payload", lambda v, r: r.choice([c for c in ALNUM if c != v[0]]) + v[1:]),
        "payload: more": change("bt_payload", lambda v, r: v + "AAAA"),
        "payload: missing": form_field(lambda fields, r: [f for f in fields if f[0] != "bt_payload"]),
        "signature: a digit": change("bt_signature", digit),
        "signature: cut off": change("bt_signature", lambda v, r: v[:-1]),
        "signature: missing": form_field(lambda fields, r: [f for f in fields if f[0] != "bt_signature"]),
        "another secret": None,
    }
    return Source(make, accepts, spoil, config={"values.public_key": "public1"})


def dropbox_sign_source():
    kinds = ["signature_request_viewed", "signature_request_signed", "template_created", "callback_test"]

    def make(r, kind, secret):
        at, what = f"{int(time.time()) - r.randrange(10**6)}", r.choice(kinds)
        tag = mac(secret, at + what).hexdigest()
        if kind == "another time":
            at = f"{int(at) - 1}"
        elif kind == "another type":
            what = r.choice([k for k in kinds if k != what])
        elif kind == "hash: a digit":
            tag = r.choice([c for c in "0123456789abcdef" if c != tag[0]]) + tag[1:]
        elif kind == "hash: cut off":
            tag = tag[:-1]
        event = {"event_time": at, "event_type": what, "event_hash": tag, "event_metadata": {"reported_for_account_id": text(r)}}
        if kind == "hash: missing":
            del event["event_hash"]
        written = json.dumps({"event": event, "note": text(r)}, ensure_ascii=r.random() < 0.5)
        if r.random() < 0.5:
            return Request(urllib.parse.urlencode({"json": written}).encode(), FORM)
        edge = word(r)
        part = f'--{edge}\r\nContent-Disposition: form-data; name="json"\r\n\r\n{written}\r\n--{edge}--\r\n'
        return Request(part.encode(), {"Content-Type": f"multipart/form-data; boundary={edge}"})

    def accepts(q, secret):
        multipart = "multipart" in q.headers["Content-Type"]
        written = q.text().split("\r\n\r\n", 1)[1].rsplit("\r\n--", 1)[0] if multipart else q.form()["json"]
        return dropbox_sign.EventCallbackHelper.is_valid(secret, dropbox_sign.EventCallbackRequest.init(json.loads(written)))
    names = ["another time", "another type", "hash: a digit", "hash: cut off", "hash: missing", "another secret"]
    return Source(make, accepts, dict.fromkeys(names))


def plivo():
    names = "X-Plivo-Signature-V3", "X-Plivo-Signature-V3-Nonce"

    def fields(q):
        lists = urllib.parse.parse_qs(q.text(), keep_blank_values=True)
        return {k: v[0] if len(v) == 1 else v for k, v in lists.items()}

    def url(q):
        return f"{URL}/plivo" + (f"?{q.query}" if q.query else "")

    def make(r, kind, secret):
        known = ["From", "To", "Text", "ключ", "a b", "Zone"]
        form = [("CallUUID", word(r)), *((r.choice(known), text(r)) for _ in range(r.randrange(6)))]
        query = urllib.parse.urlencode([(word(r, 3), word(r)) for _ in range(r.randrange(4))])
        q = Request(urllib.parse.urlencode(form).encode(), FORM | {names[1]: word(r)}, query, names[0], spare=2)
        tag = get_signature_v3(secret.encode(), construct_post_url(url(q), fields(q)).decode(), q.headers[names[1]]).decode()
        more = b64(r.randbytes(32)) + "," if r.random() < 0.3 else ""
        q.headers[names[0]], q.at = more + tag, len(more)
        return q

    def accepts(q, secret):
        return validate_v3_signature("POST", url(q), q.headers[names[1]], secret, q.headers[names[0]], fields(q))
    spoil = MAC | {
        "body: a value": form_field(lambda f, r: [(k, v if n else v + "x") for n, (k, v) in enumerate(f)]),
        "body: a name": form_field(lambda f, r: [(k if n else k + "x", v) for n, (k, v) in enumerate(f)]),
        "body: a field more": form_field(lambda f, r: [*f, ("Zz", "1")]),
        "body: a field less": form_field(lambda f, r: f[1:]),
        "another query": another_query,
        "another nonce": alter(names[1], lambda v, r: v + "0"),
        "nonce: missing": alter(names[1], lambda v, r: None),
    }
    return Source(make, accepts, spoil)
