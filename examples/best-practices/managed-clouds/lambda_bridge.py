"""Lambda's runtime API on one side, the service on the other.

What AWS's Lambda Web Adapter does, in its simplest form: for each event,
one HTTP request to the service on this machine.
"""

import base64
import os
from typing import Any

import httpx

NEXT = "http://{api}/2018-06-01/runtime/invocation/next"
RESPONSE = "http://{api}/2018-06-01/runtime/invocation/{id}/response"


def to_request(event: dict[str, Any], service: str) -> httpx.Request:
    """An event of a function URL or an HTTP API, format 2.0."""
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        content = base64.b64decode(body)
    else:
        content = body.encode()
    return httpx.Request(
        event["requestContext"]["http"]["method"],
        httpx.URL(
            service,
            path=event["rawPath"],
            query=event.get("rawQueryString", "").encode(),
        ),
        headers=event.get("headers") or {},
        content=content,
    )


def to_result(answer: httpx.Response) -> dict[str, Any]:
    """The response as Lambda wants it; here always text."""
    return {
        "statusCode": answer.status_code,
        "headers": {"content-type": answer.headers["content-type"]},
        "body": answer.text,
        "isBase64Encoded": False,
    }


def main(api: str, service: str) -> None:
    """Fetch events and answer them, one after the other, until stopped."""
    with httpx.Client(timeout=None) as client:
        while True:
            event = client.get(NEXT.format(api=api))
            request_id = event.headers["Lambda-Runtime-Aws-Request-Id"]
            answer = client.send(to_request(event.json(), service))
            client.post(
                RESPONSE.format(api=api, id=request_id),
                json=to_result(answer),
            ).raise_for_status()


if __name__ == "__main__":
    main(os.environ["AWS_LAMBDA_RUNTIME_API"], os.environ["APP_URL"])
