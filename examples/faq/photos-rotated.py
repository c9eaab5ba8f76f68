# --8<-- [start:photo]
import io

from PIL import Image, ImageOps

ORIENTATION = 0x0112  # the tag that EXIF calls Orientation


def photo(upright: Image.Image, quality: int = 95) -> bytes:
    """Return a JPEG as a phone held upright stores it: on its side."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # turn it clockwise to show it
    file = io.BytesIO()
    sideways = upright.transpose(Image.Transpose.ROTATE_90)
    sideways.save(file, "JPEG", exif=exif, quality=quality)
    return file.getvalue()


upload = photo(Image.new("RGB", (300, 400)))
opened = Image.open(io.BytesIO(upload))
turned = ImageOps.exif_transpose(opened)
print("as stored:", opened.size, "orientation",
      opened.getexif()[ORIENTATION])
print("as shown: ", turned.size)
# --8<-- [end:photo]


# --8<-- [start:score]
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

pictures, labels = load_digits(return_X_y=True)
model = LogisticRegression(max_iter=1000, C=0.01)
model.fit(pictures[:1300], labels[:1300])


def accuracy(turn: bool) -> float:
    """Send held-out digits as photos, and return the share right."""
    rows = []
    for pixels in pictures[1300:]:
        gray = Image.fromarray((pixels * 15).astype("uint8").reshape(8, 8))
        image = Image.open(io.BytesIO(photo(gray)))
        if turn:
            image = ImageOps.exif_transpose(image)
        rows.append(np.asarray(image).reshape(64) / 15)
    return model.score(np.array(rows), labels[1300:])


as_stored, as_shown = accuracy(turn=False), accuracy(turn=True)
print(f"as stored: {as_stored:.2f}")
print(f"as shown:  {as_shown:.2f}")
# --8<-- [end:score]


# --8<-- [start:lost]
def orientation(image: Image.Image) -> int | None:
    return image.getexif().get(ORIENTATION)


resaved = io.BytesIO()
opened.resize((150, 200)).save(resaved, "JPEG")
print("resized:            ", orientation(opened.resize((150, 200))))
print("through an array:   ",
      orientation(Image.fromarray(np.asarray(opened))))
print("saved again:        ", orientation(Image.open(resaved)))
print("after the transpose:", orientation(turned))
# --8<-- [end:lost]


# --8<-- [start:fix]
def decode(data: bytes) -> Image.Image:
    """Return the picture as people see it, as RGB."""
    image = Image.open(io.BytesIO(data))
    return ImageOps.exif_transpose(image).convert("RGB")


print(decode(upload).size, decode(upload).mode)
# --8<-- [end:fix]


# --8<-- [start:test]
def test_all_orientations() -> None:
    """All eight tags must give the picture that people see."""
    corner = Image.new("L", (32, 48))
    corner.paste(255, (0, 0, 16, 16))  # white at the top left
    back = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    for tag, method in back.items():
        exif = Image.Exif()
        exif[ORIENTATION] = tag
        stored = corner if method is None else corner.transpose(method)
        file = io.BytesIO()
        stored.save(file, "JPEG", exif=exif)
        shown = decode(file.getvalue())
        assert shown.size == (32, 48), tag
        assert shown.getpixel((8, 8))[0] > 200, tag
        assert shown.getpixel((24, 40))[0] < 50, tag


test_all_orientations()
print("eight of eight")
# --8<-- [end:test]
