"""Which native libraries of an app are not ready for pages of 16 KB?"""

import struct
import sys
import zipfile
from pathlib import Path

PAGE = 16 * 1024
LOAD = 1  # the type of a segment that is mapped into memory


def alignment(library: bytes) -> int:
    """The smallest alignment among the loaded segments of a 64-bit ELF."""
    if library[:5] != b"\x7fELF\x02":
        raise ValueError("not a 64-bit ELF file")
    (table,) = struct.unpack_from("<Q", library, 32)
    size, count = struct.unpack_from("<HH", library, 54)
    segments = [table + i * size for i in range(count)]
    return min(
        struct.unpack_from("<Q", library, segment + 48)[0]
        for segment in segments
        if struct.unpack_from("<I", library, segment)[0] == LOAD
    )


def libraries(path: Path) -> dict[str, bytes]:
    """The 64-bit libraries of an APK, an AAB or an AAR, or one library."""
    if path.suffix == ".so":
        return {path.name: path.read_bytes()}
    with zipfile.ZipFile(path) as archive:
        return {
            name: archive.read(name)
            for name in sorted(archive.namelist())
            if name.endswith(".so") and ("arm64" in name or "x86_64" in name)
        }


bad = 0
for argument in sys.argv[1:]:
    for name, content in libraries(Path(argument)).items():
        found = alignment(content)
        bad += found % PAGE != 0
        print("BAD " if found % PAGE else "good", hex(found), name)
sys.exit(bad > 0)
