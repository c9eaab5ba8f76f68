import socket

REQUESTS = {
    "a TLS handshake": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "HTTP/2, as gRPC": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "PROXY protocol": b"PROXY TCP4 10.0.0.1 10.0.0.2 56324 443\r\n",
    "a blank in the URL": b"GET /my photo.jpg HTTP/1.1\r\nHost: x\r\n\r\n",
    "a correct request": b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
}

for what, request in REQUESTS.items():
    with socket.create_connection(("127.0.0.1", 8650), timeout=30) as client:
        client.sendall(request)
        answer = client.recv(1000).split(b"\r\n")[0].decode()
    print(f"{what:19} {answer or 'no answer'}")
