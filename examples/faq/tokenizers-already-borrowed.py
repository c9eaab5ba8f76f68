# --8<-- [start:build]
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace


def build() -> Tokenizer:
    """A tokenizer of two words."""
    model = WordLevel({"[UNK]": 0, "word": 1}, unk_token="[UNK]")
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = Whitespace()
    return tokenizer


def encode(tokenizer: Tokenizer, text: str, limit: int) -> int:
    """Encode as transformers does: first the setting, then the text."""
    current = tokenizer.truncation
    if current is None or current["max_length"] != limit:
        tokenizer.enable_truncation(limit)
    [encoding] = tokenizer.encode_batch([text])
    return len(encoding)
# --8<-- [end:build]


# --8<-- [start:shared]
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

text = "word " * 600


def ask(encode_one: Callable[[str, int], int], number: int) -> str:
    """Every second request allows 8 tokens, the others 512."""
    limit = 8 if number % 2 else 512
    try:
        length = encode_one(text, limit)
    except RuntimeError as error:
        return f"RuntimeError: {error}"
    return "right length" if length == limit else "another request's length"


def outcomes(encode_one: Callable[[str, int], int]) -> Counter[str]:
    """What 1000 requests in 16 threads got."""
    with ThreadPoolExecutor(16) as pool:
        return Counter(pool.map(lambda n: ask(encode_one, n), range(1000)))


shared = build()
mixed = outcomes(lambda text, limit: encode(shared, text, limit))
print(sorted(mixed))
# --8<-- [end:shared]


# --8<-- [start:lock]
lock = threading.Lock()


def encode_locked(text: str, limit: int) -> int:
    with lock:
        return encode(shared, text, limit)


print(sorted(outcomes(encode_locked)))
# --8<-- [end:lock]


# --8<-- [start:thread]
import copy

local = threading.local()


def encode_own(text: str, limit: int) -> int:
    """Encode with a copy that belongs to the calling thread."""
    if not hasattr(local, "tokenizer"):
        with lock:
            local.tokenizer = copy.deepcopy(shared)
    return encode(local.tokenizer, text, limit)


print(sorted(outcomes(encode_own)))
# --8<-- [end:thread]


# --8<-- [start:once]
configured = build()
configured.enable_truncation(512)
configured.enable_padding(length=512)
with ThreadPoolExecutor(16) as pool:
    encoded = pool.map(lambda _: configured.encode(text), range(1000))
print({len(one) for one in encoded})
# --8<-- [end:once]
