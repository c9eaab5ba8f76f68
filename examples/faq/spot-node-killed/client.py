import sys
from http.client import HTTPException
from urllib.request import urlopen


def predict(addresses: list[str], timeout_s: float) -> str:
    """Ask one replica after the other; safe, as nothing is written."""
    for address in addresses:
        try:
            with urlopen(f"{address}/predict", timeout=timeout_s) as answer:
                return answer.read().decode()
        except (OSError, HTTPException) as error:
            print(f"lost: {type(error).__name__}")
    raise TimeoutError("no replica answered")


if __name__ == "__main__":
    print("answered by", predict(sys.argv[1:], timeout_s=30))
