"""Print the compiler's flags for an extension that uses torch's c10."""
import sysconfig

from torch.utils.cpp_extension import include_paths, library_paths

headers = [*include_paths(), sysconfig.get_path("include")]
print(*(f"-I{p}" for p in headers), *(f"-L{p}" for p in library_paths()))
