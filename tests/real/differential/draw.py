"""What a request is made of: random bodies, and ways to spoil what is genuine."""
import base64
import hashlib
import hmac
import json
import time
import urllib.parse
from dataclasses import dataclass, field

CHARACTERS = [*"abcXYZ019 _-.,:;=&%+/<>'`$#{}[]", *"äßéñłЖщ中文字ابגе", "\u00a0", "\u2028", "\u200d", "\ufeff", "e\u0301",
              "🚪", "👩‍👩‍👧", "🇨🇭", "𝒳"]
ESCAPES = ["\\n", "\\r\\n", "\\t", "\\\"", "\\\\", "\\/", "\\b", "\\f", "\\u0000", "\\u00e9", "\\u2028", "\\ud83d\\udeaa"]
BLANKS = ["", "", "", " ", "\n", "\r\n", "\t", "  "]
NUMBERS = ["0", "-0", "1", "-17", "1.50", "1e3", "1E-7", "9007199254740993", "123456789012345678901234567890"]
NAMES = ["created", "timestamp", "action", "ref", "", "a", "ключ", "🔑"]
ALNUM = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
MEGABYTE = 1_000_000


@dataclass
class Request:
    """The good tag is the end of the header `tag`, from `at` on. Of its last `spare` characters a base64 decoder may pass
    over bits: they are not touched."""
    body: bytes
    headers: dict = field(default_factory=dict)
    query: str = ""
    tag: str = ""
    at: int = 0
    spare: int = 0

    def text(self):
        return self.body.decode()

    def form(self):
        return dict(urllib.parse.parse_qsl(self.text(), keep_blank_values=True))


# --- Bodies ---

def word(r, most=24, of=ALNUM):
    return "".join(r.choice(of) for _ in range(r.randint(1, most)))


def text(r, most=40):
    """Text of any script."""
    return "".join(r.choice(CHARACTERS) for _ in range(r.randrange(most)))


def quoted(r, most=30):
    """A JSON string; none of the characters needs an escape."""
    return '"' + "".join(r.choice(ESCAPES if r.random() < 0.12 else CHARACTERS) for _ in range(r.randrange(most))) + '"'


def value(r, depth):
    roll = r.random()
    if depth and roll < 0.2:
        return members(r, depth - 1)
    if depth and roll < 0.4:
        return "[" + ",".join(r.choice(BLANKS) + value(r, depth - 1) for _ in range(r.randrange(4))) + "]"
    return r.choice([quoted(r), r.choice(NUMBERS), r.choice(["true", "false", "null"])])


def members(r, depth, known=()):
    """An object as somebody may write it; no name stands twice in it, which parsers differ about."""
    pairs = [*({r.choice(NAMES): value(r, depth) for _ in range(r.randrange(6))} | dict(known)).items()]
    r.shuffle(pairs)
    blank = lambda: r.choice(BLANKS)
    name = lambda of: json.dumps(of, ensure_ascii=r.random() < 0.5)
    return "{" + ",".join(f"{blank()}{name(k)}{blank()}:{blank()}{v}{blank()}" for k, v in pairs) + "}"


def document(r, **known):
    """A JSON object with these members, each written already, and others; now and then a megabyte."""
    if r.random() < 0.01:
        known["large"] = json.dumps("🔔é\r\n" + "0123456789abcdef" * (MEGABYTE // 16))
    return (r.choice(BLANKS) + members(r, 3, known) + r.choice(BLANKS)).encode()


def lines(r):
    """Not even JSON: the controls, CRLF, any script."""
    first = lambda: chr(r.choice([r.randrange(32), r.randint(32, 126), r.randint(127, 0xd7ff), r.randint(0x10000, 0x10ffff)]))
    return "\r\n".join(first() + text(r) for _ in range(r.randint(1, 20))).encode()


def anything(r):
    """Any text: not even JSON, or nothing at all, or a megabyte."""
    roll = r.random()
    if roll < 0.5:
        return document(r)
    if roll < 0.7:
        return lines(r)
    if roll < 0.8:
        return urllib.parse.urlencode({"payload": text(r), word(r): text(r)}).encode()
    if roll < 0.82:
        again = ("x" + text(r)).encode()
        return (again * (MEGABYTE // len(again) + 1))[:MEGABYTE].decode(errors="ignore").encode()
    return r.choice([b"", b"{}", b"\r\n", b"[]"])


def binary(r):
    """Any bytes; those of `anything` among them."""
    return r.randbytes(r.choice([1, 17, 4096])) if r.random() < 0.4 else anything(r)


# --- Signatures, in the few lines that each of them is ---

def mac(secret, data, algorithm="sha256"):
    key, data = (x.encode() if isinstance(x, str) else x for x in (secret, data))
    return hmac.new(key, data, algorithm)


def sha256(data):
    return hashlib.sha256(data)


def b64(data):
    return base64.b64encode(data).decode()


def b64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def token(secret, claims, alg="HS256"):
    """A JWT; of the algorithm `none` it has no signature."""
    signed = ".".join(b64url(json.dumps(part).encode()) for part in ({"alg": alg, "typ": "JWT"}, claims))
    return f"{signed}." + ("" if alg == "none" else b64url(mac(secret, signed, f"sha{alg[2:]}").digest()))


def moment(r, kind, oldest=100, stale=(400, 5000)):
    """Far enough from the limits (300 s ago, 60 s ahead) that neither clock decides."""
    return int(time.time()) - (r.randint(*stale) if kind == "a stale time" else r.randint(-20, oldest))


# --- Ways to spoil a request: of those that are None the maker is told by their names ---

def flip(r, data, low=0, high=None, fits=lambda byte: True):
    while True:
        at = r.randrange(low, len(data) if high is None else high)
        byte = data[at] ^ 1 << r.randrange(8)
        if fits(byte):
            return data[:at] + bytes([byte]) + data[at + 1:]


def of_body(change):
    def spoil(request, r):
        was = request.body
        request.body = change(was, r) if was else b"x"
        if request.body == was:
            request.body = flip(r, was)
    return spoil


def rewritten(body, _):
    try:
        return json.dumps(json.loads(body)).encode()
    except ValueError:
        return body


def alter(name, change):
    """Changes a header's value through `change(value, r)`; to None, the header goes."""
    def spoil(request, r):
        new = change(request.headers.pop(name), r)
        request.headers |= {name: new} if new is not None else {}
    return spoil


def tag_bit(request, r):
    was = request.headers[request.tag].encode()
    high = len(was) - request.spare
    request.headers[request.tag] = flip(r, was, request.at, high, lambda byte: 0x20 < byte < 0x7f).decode()


def tag_cut(request, r):
    was = request.headers[request.tag]
    request.headers[request.tag] = was[:r.randrange(request.at, len(was) - request.spare)]


def tag_rewritten(request, r):
    """Hexadecimal as base64, and the other way round: the same bytes."""
    was = request.headers[request.tag]
    tag = was[request.at:]
    new = base64.b64decode(tag).hex() if request.spare else b64(bytes.fromhex(tag))
    request.headers[request.tag] = was[:request.at] + new


BODY = {
    "body: a bit": of_body(lambda body, r: flip(r, body)),
    "body: a byte less": of_body(lambda body, r: body[:-1]),
    "body: a line end more": of_body(lambda body, r: body + r.choice([b"\n", b"\r\n"])),
    "body: JSON rewritten": of_body(rewritten),
    "body: not UTF-8": of_body(lambda body, r: body + b"\xff\xfe"),
}
TAG = {
    "signature: a bit": tag_bit,
    "signature: cut off": tag_cut,
    "signature: missing": lambda request, r: request.headers.pop(request.tag),
    "another secret": None,
}
MAC = TAG | {"signature: another encoding": tag_rewritten}


def earlier(value, r):
    head, digits, rest = value.partition(next(part for part in value.replace("=", ",").split(",") if part.isdigit()))
    return f"{head}{int(digits) - r.randint(1, 60)}{rest}"


def timed(name, in_tag=False):
    """What can be wrong with a time in this header; `in_tag`: it stands beside the tag."""
    missing = {} if in_tag else {"time: missing": alter(name, lambda v, r: None)}
    return {"another time": alter(name, earlier), "a stale time": None} | missing


def form_field(change):
    """Changes the fields of a form through `change(list of pairs, r)`."""
    def spoil(request, r):
        fields = urllib.parse.parse_qsl(request.text(), keep_blank_values=True)
        request.body = urllib.parse.urlencode(change(fields, r)).encode()
    return spoil
