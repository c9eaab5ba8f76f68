# --8<-- [start:bucket]
from security import Gate, TooFast, Unknown
from settings import digests

ALICE, SPARE, BOB = "alice's key" * 3, "alice's next" * 3, "bob's key" * 4
clock = [0.0]
keys = {"alice": digests([ALICE, SPARE]), "bob": digests(BOB)}
gate = Gate(keys, requests_per_s=2, wrong_per_s=3, clock=lambda: clock[0])


def knock(key: str, scheme: str = "Bearer") -> str:
    try:
        return gate.enter(f"{scheme} {key}", address="192.0.2.7")
    except TooFast as limit:
        return f"429, come back in {limit.retry_after:.2f} s"
    except Unknown:
        return "401"


print([knock(key) for key in (ALICE, SPARE, ALICE)])
print("bob is not affected:", knock(BOB, "bearer"))
clock[0] = 0.5  # half a second: one request's worth
print([knock(ALICE) for _ in range(2)])
print([knock(key) for key in ("", ALICE[:-1], ALICE + "x", ALICE.upper())])
print("the right key, from there:", knock(BOB))
# --8<-- [end:bucket]

# --8<-- [start:secret]
from settings import Settings

settings = Settings(api_keys={"alice": ALICE})
print(ALICE in repr(settings), settings.api_keys["alice"][0][:8])
# --8<-- [end:secret]
