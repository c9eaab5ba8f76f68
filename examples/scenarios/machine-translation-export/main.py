# --8<-- [start:open]
from pathlib import Path

import torch

from exported import Exported

torch.set_num_threads(1)
folder = Path("artifact")
exported = Exported(folder)
for path in sorted(folder.glob("*.pt2")):
    print(path.name, f"{path.stat().st_size / 1e6:.0f} MB")
print("cross:", tuple(exported.form))
print("past: ", tuple(exported.nothing(1).shape))
# --8<-- [end:open]

# --8<-- [start:steps]
from catalogues import load_pairs
from decoding import Greedy, beam_search
from subwords import END, START, mask
from translator import pad
from weights import load

model, subwords, _ = load(Path("weights"))
held_out = load_pairs(Path("weights/pairs.json"))["test"]
rows = [subwords.encode(mask(pair.english)[0]) for pair in held_out[:32]]
source = pad(rows)
eager = Greedy(model, source, 64)
program = Greedy(exported, source, 64)
steps = equal = 0
largest = 0.0
while eager.step() and program.step():
    steps += 1
    equal += eager.pieces == program.pieces
    difference = (eager.past - program.past).abs().max()
    largest = max(largest, float(difference))
print("all steps equal:", equal == steps, "| caches:", largest < 1e-3)
print("all done:", all(program.done), eager.why == program.why)
# --8<-- [end:steps]

# --8<-- [start:beams]
few = source[:8]
print(beam_search(model, few, 64) == beam_search(exported, few, 64))
# --8<-- [end:beams]


# --8<-- [start:without]
def greedy_without_cache(row: list[int], longest: int) -> tuple[list[int], int]:
    """The same translation, all of it computed anew for each piece."""
    source = torch.tensor([row])
    pieces, computed = [START], 0
    with torch.inference_mode():
        cross = model.encode(source)
        for _ in range(longest):
            nothing = model.nothing(1)
            given = torch.tensor([pieces])
            scores, _ = model.decode(given, source, cross, nothing)
            computed += len(pieces)
            pieces.append(int(scores[0, -1].argmax()))
            if pieces[-1] == END:
                break
    return pieces[1:], computed


ended = [n for n, why in enumerate(program.why) if why == "end"]
longest = max(ended, key=lambda n: len(program.pieces[n]))
again, computed = greedy_without_cache(rows[longest], 64)
cached = program.pieces[longest]
print("the same:", again == cached)
print(f"computed: {len(cached)} with the cache, {computed} without")
# --8<-- [end:without]

try:
    # --8<-- [start:too-long]
    exported.encode(torch.full((1, 65), 5))
    # --8<-- [end:too-long]
except AssertionError as error:
    print(error)
