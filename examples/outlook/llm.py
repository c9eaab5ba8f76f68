# --8<-- [start:shape]
from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """A decoder's sizes; the defaults are those of Llama 3 with 8B."""

    layers: int = 32
    width: int = 4096
    heads: int = 32
    shared_heads: int = 8  # keys and values, each read by four heads
    hidden: int = 14_336
    vocabulary: int = 128_256
    bytes_each: int = 2  # bfloat16

    @property
    def weights(self) -> int:
        """Numbers that every step reads: all but the input embedding."""
        head = self.width // self.heads
        attention = 2 * self.width * (self.heads + self.shared_heads) * head
        layer = attention + 3 * self.width * self.hidden + 2 * self.width
        return self.layers * layer + self.width * (self.vocabulary + 1)

    @property
    def cache_bytes(self) -> int:
        """Bytes of keys and values for each token of each request."""
        head = self.width // self.heads
        return 2 * self.layers * self.shared_heads * head * self.bytes_each


llama = Shape()
stored = llama.weights + llama.width * llama.vocabulary
print(f"{stored / 1e9:.2f} billion weights,",
      f"{llama.weights * 2 / 1e9:.1f} GB read in each step,",
      f"{llama.cache_bytes // 1024} KiB of cache a token")
# --8<-- [end:shape]


# --8<-- [start:intensity]
PEAK, BANDWIDTH = 989e12, 3.35e12  # an H100 SXM: FLOP/s in bf16, bytes/s


def step(shape: Shape, rows: int, new: int, held: int) -> tuple[float, float]:
    """Return FLOP and bytes of one step.

    Each of the rows brings new tokens, and has held tokens in its cache.
    """
    products = 2 * shape.weights * rows * new
    attention = 4 * shape.layers * shape.width * rows * new * held
    moved = (shape.weights * shape.bytes_each
             + shape.cache_bytes * rows * (held + new))
    return products + attention, moved


print(f"the ridge: {PEAK / BANDWIDTH:.0f} FLOP for each byte")
for name, rows, new in (("read 2,048 tokens", 1, 2048),
                        ("write, 1 request", 1, 1),
                        ("write, 8 requests", 8, 1),
                        ("write, 64 requests", 64, 1)):
    flop, moved = step(llama, rows, new, held=2048)
    busy = min(1.0, flop / moved / (PEAK / BANDWIDTH))
    print(f"{name:18} {flop / moved:6.0f} FLOP a byte,",
          f"{busy:6.1%} of the arithmetic")
# --8<-- [end:intensity]


# --8<-- [start:memory]
room = 80e9 * 0.9 - stored * llama.bytes_each
for length in (2_048, 8_192, 131_072):
    each = llama.cache_bytes * length
    print(f"{length:7,} tokens: {each / 1e9:5.2f} GB a request,",
          f"{room / each:5.0f} requests on 80 GB")
# --8<-- [end:memory]
