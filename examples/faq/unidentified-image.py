"""PIL.UnidentifiedImageError: cannot identify image file"""
# --8<-- [start:sent]
import base64
import io

from PIL import Image

buffer = io.BytesIO()
Image.linear_gradient("L").save(buffer, "PNG")
png = buffer.getvalue()
text = base64.b64encode(png).decode()  # as JSON carries it
# --8<-- [end:sent]

try:
    # --8<-- [start:fails]
    Image.open(io.BytesIO(text.encode()))
    # --8<-- [end:fails]
except Exception as error:
    print(error)

# --8<-- [start:others]
for what, stream in {
    "empty": io.BytesIO(),
    "web page": io.BytesIO(b"<!DOCTYPE html>"),
    "data URL": io.BytesIO(
        base64.b64decode("data:image/jpeg;base64," + text)
    ),
    "cut in half": io.BytesIO(png[: len(png) // 2]),
}.items():
    try:
        Image.open(stream).load()
    except Exception as error:
        print(f"{what:16} {type(error).__name__}")
# --8<-- [end:others]

# --8<-- [start:fix]
def decode(sent: bytes | str) -> Image.Image:
    """An RGB image of a file's bytes, base64 or a data URL.

    Raises ValueError, which a service answers with 422.
    """
    if isinstance(sent, str):
        encoded = sent.partition(",")[2] if sent[:5] == "data:" else sent
        try:
            sent = base64.b64decode(encoded, validate=True)
        except ValueError as error:
            raise ValueError(f"no base64: {error}") from None
    if not sent:
        raise ValueError("no bytes: was the upload read before?")
    try:
        return Image.open(io.BytesIO(sent)).convert("RGB")
    except OSError:
        raise ValueError(
            f"no image: {len(sent)} bytes, beginning with {sent[:8]!r}"
        ) from None


for sent in (png, text, "data:image/png;base64," + text):
    print(decode(sent).size)
for sent in (b"", b"<!DOCTYPE html>", "http://example.org/a.png", png[:-60]):
    try:
        decode(sent)
    except ValueError as error:
        print(error)
# --8<-- [end:fix]
