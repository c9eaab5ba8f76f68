from main import app


def start_response(status: str, headers: list[tuple[str, str]]) -> None:
    """A WSGI server hands this to the application."""


try:
    app({"REQUEST_METHOD": "GET"}, start_response)
except TypeError as error:
    print(f"{type(error).__name__}: {error}")
