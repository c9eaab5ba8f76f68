# --8<-- [start:cases]
from require import starts

IMAGES = {  # shortened: a real one names more brands
    "CUDA 12.4": "cuda>=12.4 brand=tesla,driver>=535,driver<536",
    "CUDA 12.8": "cuda>=12.8 brand=tesla,driver>=535,driver<536",
}
HOSTS = {
    "RTX 4090, 550.144": ("12.4", "550.144.03", "geforce"),
    "V100,     535.183": ("12.2", "535.183.01", "tesla"),
    "RTX 4090, 580.95": ("13.0", "580.95.05", "geforce"),
}
for name, (cuda, driver, brand) in HOSTS.items():
    host = {"cuda": cuda, "driver": driver, "brand": brand}
    for image, require in IMAGES.items():
        answer = "starts" if starts(require, host) else "refused"
        print(f"{name:17}  image for {image}: {answer}")
# --8<-- [end:cases]

# --8<-- [start:alone]
host = {"cuda": "12.4", "driver": "550.144.03", "brand": "geforce"}
if not starts("cuda>=12.8", host):
    print("requirement error: unsatisfied condition: cuda>=12.8")
# --8<-- [end:alone]
