# --8<-- [start:train]
import torch
from small_llm import (
    END,
    chat_prompt,
    conversations,
    encode,
    train,
    zen,
)

torch.set_num_threads(1)  # passes this small gain nothing from more
model = train()
weights = sum(weight.numel() for weight in model.parameters())
print(f"{weights:,} weights, at most {model.limit} tokens a sequence")
# --8<-- [end:train]


# --8<-- [start:recompute]
@torch.inference_mode()
def recompute(prompt: list[int], count: int) -> tuple[list[int], int]:
    """Write greedily without a cache; return tokens and positions."""
    made, positions = [], 0
    while len(made) < count and END not in made:
        tokens = torch.tensor([prompt + made])
        positions += tokens.numel()
        made.append(int(model(tokens)[0, -1].argmax()))
    return made, positions


@torch.inference_mode()
def cached(prompt: list[int], count: int) -> tuple[list[int], int]:
    """Write greedily with a cache; return tokens and positions."""
    cache = model.new_cache(slots=1)
    logits = model(torch.tensor([prompt]), cache=cache)  # prefill
    made, positions = [int(logits[0, -1].argmax())], len(prompt)
    while len(made) < count and END not in made:  # decode
        logits = model(torch.tensor([made[-1:]]),
                       torch.tensor([[positions]]), cache)
        positions += 1
        made.append(int(logits[0, -1].argmax()))
    return made, positions


pairs = conversations()
right = same = slow = fast = 0
for number, (question, answer) in enumerate(pairs):
    quick, kept = cached(chat_prompt(question), 80)
    right += quick == [*encode(answer), END]
    if number % 3 == 0:
        plain, computed = recompute(chat_prompt(question), 80)
        same += plain == quick
        slow, fast = slow + computed, fast + kept
print(f"{right} of {len(pairs)} answers by heart")
print(f"{same} of {len(pairs[::3])} the same with and without a cache")
print(f"positions computed: {slow:,} without, {fast:,} with")
# --8<-- [end:recompute]


# --8<-- [start:memory]
cache = model.new_cache(slots=4)
layers, heads, size = len(model.blocks), model.heads, 64 // model.heads
per_token = layers * 2 * heads * size * 4  # keys and values, 4 bytes each
computed = per_token * 4 * model.limit
allocated = cache.keys.nbytes + cache.values.nbytes
print(f"{per_token} bytes a token, {per_token * model.limit} a slot")
print(f"4 slots: {computed} computed, {allocated} allocated")
# --8<-- [end:memory]


# --8<-- [start:steps]
from engine import Engine, QueueFull, Request


def work(engine: Engine, requests: list[Request]) -> None:
    """Serve requests until all have ended."""
    for request in requests:
        engine.submit(request)
    while engine.step():
        pass


short, middle, long = [
    Request(chat_prompt(question), max_tokens=80) for question in
    ["Readability", "What is better than ugly?", "Errors should"]]
engine = Engine(model, slots=2)
for request in (middle, long, short):
    engine.submit(request)
while engine.step():
    if engine.steps % 9 == 0:
        print(engine.steps, [slot.text if slot else None
                             for slot in engine.slots])
# --8<-- [end:steps]


# --8<-- [start:compare]
def arrivals() -> list[Request]:
    """Return 32 requests as users send them: most short, some long."""
    prompts = [encode(line[:len(line) // 2]) for line in zen()]
    random = torch.Generator().manual_seed(1)
    wanted = -25 * torch.rand(32, generator=random).log() + 3
    return [Request(prompts[number % len(prompts)], int(length))
            for number, length in enumerate(wanted.clamp(max=85))]


class StaticBatches(Engine):
    """Admits a new batch when the whole last one has ended."""

    def admit(self) -> None:
        if not self.busy():
            super().admit()


def passes(name: str, engine: Engine, requests: list[Request]) -> int:
    """Return the decode passes for all, and print what they did."""
    firsts: dict[Request, int] = {}  # passes before the first token

    def note(request: Request) -> None:
        firsts.setdefault(request, engine.steps)

    for request in requests:
        request.on_text = lambda text, finish, who=request: note(who)
    work(engine, requests)
    tokens = sum(len(request.made) - 1 for request in requests)
    busy = tokens / (engine.steps * len(engine.slots))
    print(f"{name:14} {engine.steps} passes, {busy:.0%} of slots busy, "
          f"first token after {sum(firsts.values()) / len(firsts):.0f}")
    return engine.steps


def by_length(requests: list[Request]) -> list[Request]:
    return sorted(requests, key=lambda request: request.max_tokens)


served = arrivals()
static = passes("static", StaticBatches(model, queue_limit=32),
                arrivals())
ordered = passes("static, sorted", StaticBatches(model, queue_limit=32),
                 by_length(arrivals()))
continuous = passes("continuous", Engine(model, queue_limit=32), served)
# --8<-- [end:compare]


# --8<-- [start:alone]
equal = 0
for request in served:
    [single] = alone = [Request(request.prompt, request.max_tokens)]
    work(Engine(model, slots=1), alone)
    equal += single.made == request.made
print(f"{equal} of {len(served)} texts as if served alone")
# --8<-- [end:alone]


# --8<-- [start:slot]
engine = Engine(model, slots=1, queue_limit=2)
first, second, third = [
    Request(chat_prompt(question), max_tokens=80)
    for question in ["Errors should", "Readability", "Flat is"]]
engine.submit(first)
engine.step()  # the first has the slot, and the next two wait
engine.submit(second)
engine.submit(third)
print(len(engine.busy()), "in slots,", len(engine.waiting), "waiting")
# --8<-- [end:slot]
try:
    # --8<-- [start:full]
    engine.submit(Request(chat_prompt("Sparse is"), max_tokens=80))
    # --8<-- [end:full]
except QueueFull as error:
    print(error)


# --8<-- [start:cancel]
engine.cancel(first)  # its client has gone
engine.cancel(third)  # so has one that was still waiting
while engine.step():
    pass
for request in (first, second, third):
    print(repr(request.text), request.finish)
# --8<-- [end:cancel]


# --8<-- [start:stop]
request = Request(chat_prompt("Errors should"), max_tokens=80,
                  stop=("never pass", "\n"))
work(Engine(model, slots=1), [request])
print(repr(request.text), request.finish, len(request.made), "tokens")
# --8<-- [end:stop]


# --8<-- [start:utf8]
from engine import TextStream

stream = TextStream(stop=("ve!",))
print([stream.push(byte) for byte in "naïve one".encode()])
# --8<-- [end:utf8]


# --8<-- [start:sampling]
def sampled(seed: int, temperature: float, top_p: float) -> Request:
    return Request(encode("Now is"), 60, temperature, top_p, seed)


print("temperature, top_p: different texts of 8 seeds")
different: dict[tuple[float, float], int] = {}
for temperature, top_p in ((0, 1), (1.5, 1), (1.5, 0.5)):
    requests = [sampled(seed, temperature, top_p) for seed in range(8)]
    work(Engine(model, slots=4), requests)
    count = len({request.text for request in requests})
    different[temperature, top_p] = count
    print(f"{temperature:11}, {top_p:5}: {count}")
# --8<-- [end:sampling]


# --8<-- [start:seeds]
crowd = [sampled(seed, 1.5, 1) for seed in range(8)]
work(Engine(model, slots=4), crowd + arrivals()[:8])
reverse = [sampled(seed, 1.5, 1) for seed in reversed(range(8))]
work(Engine(model, slots=3), reverse)
equal = sum(one.made == other.made
            for one, other in zip(crowd, reversed(reverse)))
print(f"{equal} of 8 sampled texts the same in another batch")
# --8<-- [end:seeds]
