"""Which line of TorchCodec's long message counts?"""
import re

# The libavutil of each major version of FFmpeg has a number of its own.
FFMPEG = {4: 56, 5: 57, 6: 58, 7: 59, 8: 60}
MISSING = re.compile(r"(\S+?\.so[.\d]*): cannot open shared object")


def reason(message: str, have: set[int]) -> str:
    """have: the libavutil numbers on this machine, see below."""
    installed = [v for v, number in FFMPEG.items() if number in have]
    if not installed:
        return f"no FFmpeg of {min(FFMPEG)} to {max(FFMPEG)}: install one"
    for version in installed:
        # what the message says about the FFmpeg that is installed
        part = re.search(
            rf"FFmpeg version {version}:(.*?)(?=FFmpeg version|\Z)",
            message,
            re.DOTALL,
        )
        text = part[1] if part else ""
        if "undefined symbol" in text:
            return f"FFmpeg {version} is there; another torch than it wants"
        missing = MISSING.search(text)
        if missing:
            return f"FFmpeg {version} is there; {missing[1]} is not"
        if "Could not load this library" in text:
            return f"FFmpeg {version} is there: load that file by hand"
    return "the message does not say"
