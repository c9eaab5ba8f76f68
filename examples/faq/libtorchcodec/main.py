# --8<-- [start:cases]
from reason import reason

AVUTIL = "libavutil.so.{}: cannot open shared object file"
MESSAGES = {
    "python:slim": (set(), "FFmpeg version 8: " + AVUTIL.format(60)),
    "an old torch": (
        {59},
        f"FFmpeg version 8: {AVUTIL.format(60)}\n"
        "FFmpeg version 7: libtorchcodec_core7.so: undefined symbol: _ZN3c10",
    ),
    "no CUDA": (
        {58},
        "FFmpeg version 6: libnvrtc.so.13: cannot open shared object file",
    ),
    "ffmpeg too new": ({61}, "FFmpeg version 8: " + AVUTIL.format(60)),
}
for case, (have, message) in MESSAGES.items():
    print(f"{case + ':':15} {reason(message, have)}")
# --8<-- [end:cases]

# --8<-- [start:pair]
# torch -> the releases of torchcodec built for it, from its README
PAIRS = {
    "2.8": ["0.6", "0.7"],
    "2.9": ["0.8", "0.9"],
    "2.10": ["0.10"],
    "2.11": ["0.11"],
}


def fits(torch_version: str, codec_version: str) -> bool:
    torch_minor = ".".join(torch_version.split("+")[0].split(".")[:2])
    codec_minor = ".".join(codec_version.split("+")[0].split(".")[:2])
    if int(codec_minor.split(".")[1]) >= 12:  # one wheel for several
        return tuple(map(int, torch_minor.split("."))) >= (2, 11)
    return codec_minor in PAIRS.get(torch_minor, [])


for pair in (
    ("2.4.0+cu124", "0.8.1"),
    ("2.8.0", "0.8.1"),
    ("2.9.1+cu128", "0.9.1"),
    ("2.13.0+cpu", "0.9.1"),
    ("2.10.0", "0.14.0"),
    ("2.13.0+cpu", "0.14.0"),
):
    print("torch {:12} torchcodec {:7}".format(*pair), fits(*pair))
# --8<-- [end:pair]

# --8<-- [start:wav]
import wave

import numpy as np
import torch


def load(path: str) -> tuple[torch.Tensor, int]:
    """A WAV file with 16 bits a sample, as channels x samples."""
    with wave.open(path) as file:
        if file.getsampwidth() != 2:
            raise ValueError(f"{file.getsampwidth() * 8} bits a sample")
        data = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        samples = torch.from_numpy(data.reshape(-1, file.getnchannels()).copy())
        return samples.T / 32768, file.getframerate()


# --8<-- [end:wav]
# --8<-- [start:try]
with wave.open("tone.wav", "wb") as file:
    file.setparams((2, 2, 16000, 0, "NONE", ""))
    tone = (np.sin(np.arange(16000) / 10) * 16384).astype("<i2")
    file.writeframes(np.stack([tone, tone], axis=1).tobytes())

audio, rate = load("tone.wav")
print(tuple(audio.shape), audio.dtype, rate, f"{audio.max():.2f}")

with wave.open("bytes.wav", "wb") as file:
    file.setparams((1, 1, 8000, 0, "NONE", ""))
    file.writeframes(bytes(8000))
try:
    load("bytes.wav")
except ValueError as error:
    print("refused:", error)
# --8<-- [end:try]
