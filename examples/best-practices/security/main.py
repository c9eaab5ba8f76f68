# --8<-- [start:bucket]
from pydantic import SecretStr

from security import Gate, TooFast, Unknown

clock = [0.0]
keys = {"alice": SecretStr("k-4711"), "bob": SecretStr("k-0815")}
gate = Gate(keys, requests_per_s=2, clock=lambda: clock[0])


def knock(key: str) -> str:
    try:
        return gate.enter(key)
    except TooFast as limit:
        return f"429, come back in {limit.retry_after:.2f} s"
    except Unknown:
        return "401"


print([knock("k-4711") for _ in range(3)])
print("bob is not affected:", knock("k-0815"))
clock[0] = 0.5  # half a second: one request's worth
print([knock("k-4711") for _ in range(2)])
print([knock(key) for key in ("", "k-471", "k-47111", "K-4711")])
# --8<-- [end:bucket]

# --8<-- [start:secret]
from settings import Settings

settings = Settings(api_keys=keys)
print(settings.api_keys)
# --8<-- [end:secret]
