"""A client that announces a picture and sends a byte of it."""

import socket
import ssl

context = ssl.create_default_context(cafile="certificate.pem")
with socket.create_connection(("127.0.0.1", 8285), timeout=30) as raw:
    with context.wrap_socket(raw, server_hostname="localhost") as client:
        client.sendall(
            b"POST /v1/classify HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: image/jpeg\r\nContent-Length: 1000\r\n\r\n."
        )
        print("hung up by nginx:", client.recv(1000) == b"")
