"""How much memory the service can need, whatever clients send."""

from settings import Settings

PROCESS = 550_000_000  # model, libraries and the largest batch, measured
DECODER = 60_000_000  # NumPy and Pillow, measured
COPIES = 7  # of a picture, 4 bytes a pixel; WebP took the most, 6.3
ITEM = 224 * 224 * 3  # what waits for the model


def of_one_job(settings: Settings) -> int:
    """Bytes that one decoder may use; the kernel holds it to them."""
    pixels = COPIES * 4 * settings.max_pixels
    return pixels + 2 * settings.max_bytes


def worst_case(settings: Settings) -> int:
    """Bytes of all processes together, at the worst moment."""
    decoders = settings.decoders * (DECODER + of_one_job(settings))
    bodies = settings.max_bytes_inside + 2 * settings.max_bytes
    queue = settings.max_queue * ITEM
    return PROCESS + decoders + bodies + queue


if __name__ == "__main__":
    print(f"{worst_case(Settings()) / 2**20:.0f} MiB")
