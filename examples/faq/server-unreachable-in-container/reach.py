import socket


def reach(listens_on: str, called_at: str) -> str:
    """Open a server on one address and call it at another."""
    with socket.socket() as server:
        server.bind((listens_on, 0))
        server.listen()
        port = server.getsockname()[1]
        try:
            socket.create_connection((called_at, port), timeout=5).close()
        except ConnectionRefusedError:
            return "connection refused"
        return "answers"


# 127.0.0.2 plays the container's address on Docker's network
print("--host 127.0.0.1:", reach("127.0.0.1", "127.0.0.2"))
print("--host 127.0.0.2:", reach("127.0.0.2", "127.0.0.2"))
