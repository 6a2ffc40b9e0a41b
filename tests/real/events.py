#!/usr/bin/env python3
"""What AWS makes of an HTTP request before a Lambda function sees it, and what it makes of the function's answer.

`event(door, delivery)` is the JSON of one front door; `reply(door, answer)` reads an answer exactly as far as that door
reads it: a header put where the door does not look is a header lost. The shapes follow the developer guides (Function
URLs, HTTP API payload format 2.0, REST API proxy integration, ALB targets) and must deserialize with `aws_lambda_events`.

    url       Function URL                         rawPath and rawQueryString verbatim, no stage
    v2        HTTP API, stage $default             as above
    v2-prod   HTTP API, stage prod                 rawPath carries /prod
    v1        REST API, stage prod                 the sender's header spelling; queries only as decoded maps
    alb       ALB target, single-value headers     lower-case headers; queries as undecoded maps
    alb-mv    ALB target, multi-value headers      nothing but multiValueHeaders

    events.py DELIVERIES.jsonl [--door DOOR ...]   prints {"door", "n", "event"} a line
"""
import argparse
import base64
import json
import sys
from urllib.parse import parse_qsl

from harness import Reply, read_deliveries

DOORS = ("url", "v2", "v2-prod", "v1", "alb", "alb-mv")
SOURCE_IP = "192.0.2.44"
TIME, EPOCH = "22/Nov/2026:10:00:00 +0000", 1795341600000
TARGET_GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/doorbell/6d0ecf831eec9f09"


def event(door, delivery, path="/github", query="", as_base64=False):
    """The event of `door` for `delivery`; `as_base64` chooses how the body travels, which the platform may do either way."""
    body = base64.b64encode(delivery.body).decode() if as_base64 else delivery.body.decode()
    made = {"url": _v2, "v2": _v2, "v2-prod": _v2, "v1": _v1, "alb": _alb, "alb-mv": _alb}[door](door, delivery, path, query)
    return made | {"body": body, "isBase64Encoded": as_base64}


def reply(door, answer):
    """The HTTP response that `door` sends for the function's `answer`."""
    if not isinstance(answer, dict) or not isinstance(answer.get("statusCode"), int):
        raise ValueError(f"{door} would answer 502: no statusCode in {str(answer)[:200]}")
    single, multi = answer.get("headers") or {}, answer.get("multiValueHeaders") or {}
    multi_pairs = [(k, v) for k, values in multi.items() for v in values]
    named_in_multi = {k.lower() for k in multi}
    pairs = {
        "v1": [(k, v) for k, v in single.items() if k.lower() not in named_in_multi] + multi_pairs,
        "alb-mv": multi_pairs,
    }.get(door, list(single.items()) + [("set-cookie", c) for c in answer.get("cookies") or []])
    body = answer.get("body") or ""
    body = base64.b64decode(body, validate=True) if answer.get("isBase64Encoded") else body.encode()
    return Reply.of(answer["statusCode"], pairs, body)


def _v2(door, delivery, path, query):
    url_id, stage = "a1b2c3d4e5", "$default"
    domain, route, parameters = f"{url_id}.execute-api.us-east-1.amazonaws.com", "$default", None
    if door == "url":
        url_id = "jfnsbzqyz7q6mmmrkmu4kdg5pa0jrsgx"
        domain = f"{url_id}.lambda-url.us-east-1.on.aws"
    if door == "v2-prod":
        stage, route, parameters = "prod", "POST /{proxy+}", {"proxy": path.lstrip("/")}
        path = f"/prod{path}"
    made = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": query,
        "headers": _joined(_lower(_arriving(delivery, domain)), ","),
        "requestContext": {
            "accountId": "anonymous" if door == "url" else "123456789012",
            "apiId": url_id,
            "domainName": domain,
            "domainPrefix": url_id,
            "http": {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": SOURCE_IP, "userAgent": _user_agent(delivery)},
            "requestId": _request_id(delivery),
            "routeKey": route,
            "stage": stage,
            "time": TIME,
            "timeEpoch": EPOCH,
        },
    }
    if query:
        made["queryStringParameters"] = _joined(_pairs(query), ",")
    if parameters:
        made["pathParameters"] = parameters
    return made


def _v1(_door, delivery, path, query):
    domain = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"
    headers, pairs = _arriving(delivery, domain), _pairs(query)
    nobody = dict.fromkeys(
        ("accessKey", "accountId", "caller", "cognitoAuthenticationProvider", "cognitoAuthenticationType",
         "cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId", "user", "userArn"))
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": "POST",
        "headers": dict(headers),
        "multiValueHeaders": _lists(headers),
        "queryStringParameters": dict(pairs) or None,
        "multiValueQueryStringParameters": _lists(pairs) or None,
        "pathParameters": {"proxy": path.lstrip("/")},
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3d4e5",
            "deploymentId": "8n1lqx",
            "domainName": domain,
            "domainPrefix": "a1b2c3d4e5",
            "extendedRequestId": "JKJaXmPLvHcESHA=",
            "httpMethod": "POST",
            "identity": nobody | {"sourceIp": SOURCE_IP, "userAgent": _user_agent(delivery)},
            "path": f"/prod{path}",
            "protocol": "HTTP/1.1",
            "requestId": _request_id(delivery),
            "requestTime": TIME,
            "requestTimeEpoch": EPOCH,
            "resourceId": "2gxmpl",
            "resourcePath": "/{proxy+}",
            "stage": "prod",
        },
    }


def _alb(door, delivery, path, query):
    headers = _lower(_arriving(delivery, "doorbell-1334523864.us-east-1.elb.amazonaws.com"))
    # The load balancer splits the query and leaves its percent-encoding alone.
    pairs = [tuple(part.partition("=")[::2]) for part in query.split("&") if part]
    made = {"requestContext": {"elb": {"targetGroupArn": TARGET_GROUP}}, "httpMethod": "POST", "path": path}
    if door == "alb-mv":
        return made | {"multiValueQueryStringParameters": _lists(pairs), "multiValueHeaders": _lists(headers)}
    return made | {"queryStringParameters": dict(pairs), "headers": dict(headers)}


def _arriving(delivery, host):
    """The sender's headers, with those that every door adds in front of the function."""
    return list(delivery.headers) + [
        ("Content-Length", str(len(delivery.body))),
        ("Host", host),
        ("X-Amzn-Trace-Id", "Root=1-5c34e93e-4dea0086f9763ac0667b115a"),
        ("X-Forwarded-For", SOURCE_IP),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
    ]


def _lower(headers):
    return [(k.lower(), v) for k, v in headers]


def _pairs(query):
    return parse_qsl(query, keep_blank_values=True)


def _lists(pairs):
    made = {}
    for k, v in pairs:
        made.setdefault(k, []).append(v)
    return made


def _joined(pairs, comma):
    return {k: comma.join(values) for k, values in _lists(pairs).items()}


def _user_agent(delivery):
    return next((v for k, v in delivery.headers if k.lower() == "user-agent"), "")


def _request_id(delivery):
    return f"c6af9ac6-7b61-11e6-9a41-{delivery.n:012x}"


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("deliveries")
    args.add_argument("--door", action="append", choices=DOORS)
    args = args.parse_args()
    for delivery in read_deliveries(args.deliveries):
        for door in args.door or DOORS:
            made = event(door, delivery, as_base64=delivery.n % 2 == 1)
            json.dump({"door": door, "n": delivery.n, "event": made}, sys.stdout, ensure_ascii=False)
            print()


if __name__ == "__main__":
    main()
