"""What a camera would have sent, made of pictures whose label is known."""

import numpy as np
from PIL import Image

SIDE = 112


def photograph(image: np.ndarray, noise: float, seed: int = 0) -> np.ndarray:
    """An RGB photograph of a picture of Fashion-MNIST, four times as large.

    Args:
        image: uint8 [28, 28].
        noise: deviation of the sensor's noise, of 255 shades.

    Returns:
        uint8 [112, 112, 3].
    """
    small, way = Image.fromarray(image), Image.Resampling.LANCZOS
    large = small.resize((SIDE, SIDE), way)
    generator = np.random.default_rng(seed)
    shades = np.array(large, np.float32)[:, :, None]
    shades = shades + generator.normal(0, noise, (SIDE, SIDE, 3))
    return np.clip(shades, 0, 255).astype(np.uint8)
