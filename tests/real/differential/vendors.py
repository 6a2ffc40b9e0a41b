"""The verifiers that providers publish on PyPI, and what makes requests for each.

What Doorbell and a verifier see differently on purpose is not generated, beside what verdicts.mjs lists for all:
  - base64 in another spelling (Python's decoder, too, passes over the bits that no byte needs, and over foreign characters);
  - binary and empty bodies where the function takes text or reads JSON; where it takes bytes they are generated;
  - Braintree, Dropbox Sign, Mercado Pago, Adyen's payments: what their signatures do not cover;
  - Pusher: a key (which names the app, and is no secret) or a `time_ms` that is not its own: the library looks at both;
  - Vonage: the library does not look at the body, nor who issued the token; Doorbell does;
  - MessageBird: the library takes HS384 and HS512 as well, Doorbell one algorithm; Doorbell asks for a `jti`;
  - MessageBird's older signature: the library's 10 s, where Doorbell takes 100;
  - HubSpot's version header: the library is told the version;
  - Box: the library also takes a signature over the body with its non-ASCII characters escaped;
  - Replicate: the library passes over the version of a tag; Doorbell takes `v1`;
  - Mercado Pago and Plivo: blanks around a value; Plivo: a query that is not ASCII, which the library reads as Latin-1;
  - QStash: the library knows no leeway, so that tokens here begin before now; HubSpot's looks for no time ahead.
"""
import time
import warnings

import gocardless_pro.webhooks
import pycronofy
import resend
from Adyen import util as adyen
from anthropic import Anthropic
from coinbase_commerce.webhook import Webhook as CoinbaseCommerce
from easypost.util import validate_webhook
from elevenlabs import ElevenLabs
from finch import Finch
from fintoc.webhook import WebhookSignature as Fintoc
from increase import Increase
from lithic import Lithic
from modern_treasury import ModernTreasury
from onfido.webhook_event_verifier import WebhookEventVerifier
from openai import OpenAI
from polar.webhooks import validate_event
from pusher import Pusher
from replicate.webhook import Webhooks as Replicate, WebhookSigningSecret
from square.utils.webhooks_helper import verify_signature
from viberbot import Api as Viber, BotConfiguration

import inside
import macs
import tokens
from draw import anything, binary, document, quoted
from macs import URL, base64_of_body, base64_secret, hex_of_body, hexadecimal, pairs, plain, some, standard

warnings.simplefilter("ignore")


# What a library says of a body, the header that has its tag (or the request as a whole), and a secret.

def adyen_platforms(body, tag, secret):
    return adyen.is_valid_hmac_payload(tag, secret, body)


def anthropic(q, secret):
    return ANTHROPIC.beta.webhooks.unwrap(q.text(), headers=q.headers, key=secret) is not None


def coinbase_commerce(body, tag, secret):
    return CoinbaseCommerce.construct_event(body.decode(), tag, secret) is not None


def cronofy(body, tag, secret):
    return pycronofy.Client(client_secret=secret).hmac_valid(tag, body.decode())


def easypost(body, tag, secret):
    return validate_webhook(body, {"X-Hmac-Signature": tag}, secret) is not None


def elevenlabs(body, tag, secret):
    return ELEVENLABS.webhooks.construct_event(body, tag, secret) is not None


def finch(q, secret):
    return FINCH.webhooks.verify_signature(q.body, q.headers, secret=secret) is None


def gocardless(body, tag, secret):
    return gocardless_pro.webhooks.parse(body, secret, tag) is not None


def increase(q, secret):
    return Increase(api_key="not used", webhook_secret=secret).events.unwrap(q.text(), headers=q.headers) is not None


def lithic(q, secret):
    return LITHIC.webhooks.verify_signature(q.text(), q.headers, secret=secret) is None


def modern_treasury(body, tag, secret):
    return TREASURY.webhooks.validate_signature(body.decode(), {"X-Signature": tag}, key=secret)


def onfido(body, tag, secret):
    return WebhookEventVerifier(secret).read_payload(body.decode(), tag) is not None


def openai(q, secret):
    return OPENAI.webhooks.verify_signature(q.body, q.headers, secret=secret) is None


def polar(q, secret):
    return validate_event(q.body, q.headers, secret, frozenset(["order.paid"]), lambda data: [data]) is not None


def pusher(body, tag, secret):
    return Pusher("1", "key", secret).validate_webhook("key", tag, body.decode()) is not None


def replicate(q, secret):
    secret = WebhookSigningSecret(key=secret)
    return Replicate.validate(headers=q.headers, body=q.text(), secret=secret, tolerance=300) is None


def resend_(q, secret):
    headers = {name.removeprefix("svix-"): q.headers.get(name, "") for name in SVIX_HEADERS}
    return resend.Webhooks.verify({"payload": q.text(), "headers": headers, "webhook_secret": secret}) is not None


def square(body, tag, secret):
    url = f"{URL}/square"
    return verify_signature(request_body=body.decode(), signature_header=tag, signature_key=secret, notification_url=url)


def viber(body, tag, secret):
    return Viber(BotConfiguration(secret, "bot", "")).verify_signature(body, tag)


ANTHROPIC = Anthropic(api_key="not used")
ELEVENLABS = ElevenLabs(api_key="not used")
FINCH = Finch(access_token="not used")
LITHIC = Lithic(api_key="not used")
OPENAI = OpenAI(api_key="not used")
TREASURY = ModernTreasury(api_key="not used", organization_id="not used")
SVIX_HEADERS = "svix-id", "svix-timestamp", "svix-signature"
FINCH_HEADERS = "finch-event-id", "finch-timestamp", "finch-signature"
EASYPOST = "hmac-sha256-hex="

# Bodies with what the libraries read in them.
COINBASE_EVENT = some(event=lambda r: '{"type":%s}' % quoted(r))
GOCARDLESS_EVENTS = some(events=lambda r: '[{"id":"EV1","action":%s}]' % quoted(r))
ONFIDO_EVENT = some(payload=lambda r: '{"resource_type":"check","object":{"id":%s}}' % quoted(r))
POLAR_EVENT = some(type=lambda r: '"order.paid"')
PUSHER_EVENT = some(time_ms=lambda r: f"{int(time.time() * 1000)}")

SOURCES = {
    "adyen-payments": inside.adyen_payments(),
    "adyen-platforms": plain(
        "HmacSignature", adyen_platforms, binary, lambda secret, body: adyen.generate_payload_sig(body, secret).decode(),
        spare=2, config={"provider": "adyen", "mode": "platforms"}, secret=hexadecimal),
    "anthropic": standard(anthropic),
    "box": macs.box(),
    "braintree": inside.braintree_source(),
    "cloudinary": macs.cloudinary_of("sha1"),
    "cloudinary-sha256": macs.cloudinary_of("sha256"),
    "coinbase-commerce": plain("X-CC-Webhook-Signature", coinbase_commerce, COINBASE_EVENT, hex_of_body),
    "cronofy": plain("Cronofy-HMAC-SHA256", cronofy, anything, base64_of_body, spare=2),
    "dropbox-sign": inside.dropbox_sign_source(),
    "easypost": plain("X-Hmac-Signature", easypost, document, lambda *of: EASYPOST + hex_of_body(*of), at=len(EASYPOST)),
    "elevenlabs": pairs("ElevenLabs-Signature", "v0", elevenlabs, stale=(2000, 9000)),
    "finch": standard(finch, FINCH_HEADERS, secret=base64_secret()),
    "fintoc": pairs("Fintoc-Signature", "v1", Fintoc.verify_header),
    "gocardless": plain("Webhook-Signature", gocardless, GOCARDLESS_EVENTS, hex_of_body),
    "hubspot-v1": macs.hubspot("v1"),
    "hubspot-v2": macs.hubspot("v2"),
    "hubspot-v3": macs.hubspot("v3"),
    "increase": standard(increase, key=str.encode, secret=lambda r: f"whsec_{hexadecimal(r)}"),
    "lithic": standard(lithic),
    "livekit": tokens.livekit_source(),
    "mercadopago": macs.mercadopago_source(),
    "messagebird-hmac": macs.older_messagebird(),
    "messagebird-jwt": tokens.messagebird(),
    "modern-treasury": plain("X-Signature", modern_treasury, anything, hex_of_body),
    "onfido": plain("X-SHA2-Signature", onfido, ONFIDO_EVENT, hex_of_body),
    "openai": standard(openai),
    "plivo": inside.plivo(),
    "polar": standard(polar, key=str.encode, body=POLAR_EVENT, secret=lambda r: f"polar_whs_{hexadecimal(r)}"),
    "polar-new": standard(polar, body=POLAR_EVENT, config={"provider": "polar"}),
    "pusher": plain("X-Pusher-Signature", pusher, PUSHER_EVENT, hex_of_body),
    "replicate": standard(replicate),
    "resend": standard(resend_, SVIX_HEADERS),
    "square": plain(
        "x-square-hmacsha256-signature", square, document,
        lambda secret, body: base64_of_body(secret, f"{URL}/square".encode() + body), spare=2),
    "upstash-qstash": tokens.qstash(),
    "viber": plain("X-Viber-Content-Signature", viber, binary, hex_of_body),
    "vonage": tokens.vonage(),
}
