"""Clients that announce more than they send: of a body, of a header."""

import socket
import ssl

context = ssl.create_default_context(cafile="certificate.pem")
BODY = (
    b"POST /v1/classify HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: image/jpeg\r\nContent-Length: 1000\r\n\r\n."
)
HEADER = BODY[:60]


def hung_up(sent: bytes) -> bool:
    with socket.create_connection(("127.0.0.1", 8285), timeout=60) as raw:
        with context.wrap_socket(raw, server_hostname="localhost") as client:
            client.sendall(sent)
            return client.recv(1000) == b""


print("body: hung up by nginx:", hung_up(BODY))
print("header: hung up by nginx:", hung_up(HEADER))
