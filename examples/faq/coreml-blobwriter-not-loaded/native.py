"""Which native libraries does the installed coremltools have?"""

from importlib.metadata import distribution

PURPOSE = {
    "libmilstoragepython": "writes the weights of an mlpackage",
    "libmodelpackage": "writes the folder of an mlpackage",
    "libcoremlpython": "runs models, on macOS only",
}

package = distribution("coremltools")
names = {file.name.split(".")[0] for file in package.files or []}
wheel = package.read_text("WHEEL") or ""
for name, purpose in PURPOSE.items():
    print("yes" if name in names else "no ", name, "-", purpose)
print("no Python of its own:", "py3-none-any" in wheel)
