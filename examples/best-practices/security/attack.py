"""What an attacker tries first, and what comes back."""

import socket
import ssl

import httpx

trusted = ssl.create_default_context(cafile="server.crt")
client = httpx.Client(
    base_url="https://localhost:8302", verify=trusted, timeout=60
)
key = open("alice.key").read().strip()
alice = {"Authorization": f"Bearer {key}", "Content-Type": "image/jpeg"}
photograph = open("artifact/golden.jpg", "rb").read()


def ask(headers: dict[str, str], path: str = "/v1/classify") -> httpx.Response:
    return client.post(path, headers=headers, content=photograph)


print("no key:", ask({"Content-Type": "image/jpeg"}).status_code)
wrong = ask(alice | {"Authorization": f"Bearer {key[:-1]}"})
print("wrong key:", wrong.status_code, wrong.headers["WWW-Authenticate"])
print("key in the address:", client.post(
    f"/v1/classify?key={key}", content=photograph,
    headers={"Content-Type": "image/jpeg"},
).status_code)  # fmt: skip
print("right key:", ask(alice).status_code)
print("the interface's map:", client.get("/openapi.json").status_code)
print("other people's files:", [
    client.get(path).status_code
    for path in ("/v2/models/..%2f..%2fetc%2fpasswd", "/..%2fartifact")
])  # fmt: skip

forged = 'x", "level": "critical'
answer = ask(alice | {"X-Request-ID": forged})
print("a forged log line:", forged in answer.headers["X-Request-ID"])

many = [ask(alice).status_code for _ in range(4)]
print("faster than allowed:", sorted(set(many)))

with socket.create_connection(("127.0.0.1", 8302)) as plain:
    plain.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
    print("without TLS:", plain.recv(100) or "closed")
