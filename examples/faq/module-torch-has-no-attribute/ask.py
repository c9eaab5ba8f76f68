import importlib.util

spec = importlib.util.find_spec("torch")
if spec is None:
    print("torch is not installed here")
elif spec.origin is None:
    print("a folder without __init__.py")
elif "site-packages" not in spec.origin:
    print("not the package:", spec.origin.rpartition("/")[2])
else:
    print("the package")
