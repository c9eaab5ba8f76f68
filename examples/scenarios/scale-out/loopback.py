"""Keep the replicas of Ray Serve 2.60 from listening on every address."""

from ray._common import tls_utils


def only() -> None:
    """Run in each process of Ray before anything else: let it listen here.

    Each replica opens a port for calls from other deployments, on "[::]",
    and there is no setting for that address.
    """
    add_port = tls_utils.add_port_to_grpc_server
    tls_utils.add_port_to_grpc_server = lambda server, address: add_port(
        server, address.replace("[::]", "127.0.0.1")
    )
