"""StatusCode.RESOURCE_EXHAUSTED: Received message larger than max."""
# --8<-- [start:serve]
from concurrent.futures import ThreadPoolExecutor

import grpc

Options = list[tuple[str, int]]


def serve(answer_bytes: int, options: Options) -> tuple[grpc.Server, int]:
    """Answer any request with so many bytes, as a model would."""

    def predict(request: bytes, context: grpc.ServicerContext) -> bytes:
        return bytes(answer_bytes)

    server = grpc.server(ThreadPoolExecutor(1), options=options)
    method = grpc.unary_unary_rpc_method_handler(predict)
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler("Model", {"Predict": method})]
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def ask(port: int, request: bytes, options: Options) -> bytes:
    with grpc.insecure_channel(f"127.0.0.1:{port}", options) as channel:
        answer: bytes = channel.unary_unary("/Model/Predict")(request)
        return answer
# --8<-- [end:serve]


# --8<-- [start:fails]
import re


def reason(error: grpc.RpcError) -> str:
    found = re.search(r"\w+: Received.*?\)", error.details())
    return found.group() if found else error.details()


batch = bytes(8 * 3 * 224 * 224 * 4)  # 8 images in float32
server, port = serve(answer_bytes=100, options=[])
try:
    ask(port, batch, options=[])
except grpc.RpcError as error:
    print(error.code().name, reason(error))
# --8<-- [end:fails]

# --8<-- [start:client]
talkative, port_2 = serve(answer_bytes=len(batch), options=[])
try:
    ask(port_2, b"", options=[])
except grpc.RpcError as error:
    print(error.code().name, reason(error))
talkative.stop(None).wait()
# --8<-- [end:client]

# --8<-- [start:which]
LIMIT = [("grpc.max_receive_message_length", 32 * 2**20)]


def outcome(
    on_server: Options, on_client: Options, request: bytes, answer: int
) -> str:
    server, port = serve(answer, on_server)
    try:
        return f"{len(ask(port, request, on_client))} bytes"
    except grpc.RpcError as error:
        return str(error.code().name)
    finally:
        server.stop(None).wait()


big = len(batch)
print("raised on  large request       large answer")
for where, on_server, on_client in [
    ("nobody", [], []),
    ("client", [], LIMIT),
    ("server", LIMIT, []),
    ("both", LIMIT, LIMIT),
]:
    sent = outcome(on_server, on_client, batch, 100)
    received = outcome(on_server, on_client, b"", big)
    print(f"{where:10} {sent:19} {received}")
# --8<-- [end:which]

# --8<-- [start:smaller]
pixels = bytes(8 * 3 * 224 * 224)  # the same 8 images in uint8
print(f"float32: {len(batch):>9,} bytes")
print(f"uint8:   {len(pixels):>9,} bytes")
print("answered with", len(ask(port, pixels, options=[])), "bytes")
# --8<-- [end:smaller]

# --8<-- [start:chunks]
from collections.abc import Iterator

CHUNK = 2**20


def pieces(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), CHUNK):
        yield data[start : start + CHUNK]


def gather(
    request: Iterator[bytes], context: grpc.ServicerContext
) -> bytes:
    size = 0
    for piece in request:
        size += len(piece)
        if size > 16 * 2**20:  # your own limit, per request
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "over 16 MiB")
    return str(size).encode()


streaming = grpc.stream_unary_rpc_method_handler(gather)
server.add_generic_rpc_handlers(
    [grpc.method_handlers_generic_handler("Files", {"Send": streaming})]
)
with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
    send = channel.stream_unary("/Files/Send")
    print(send(pieces(batch)).decode(), "bytes arrived")
# --8<-- [end:chunks]
server.stop(None).wait()
