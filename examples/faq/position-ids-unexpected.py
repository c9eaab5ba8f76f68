# --8<-- [start:versions]
import torch
from torch import Tensor, nn


class Embeddings(nn.Module):
    """Adds an embedding of the position, as BERT and CLIP do."""

    def __init__(self, persistent: bool) -> None:
        super().__init__()
        self.word = nn.Embedding(100, 8)
        self.position = nn.Embedding(16, 8)
        self.register_buffer("position_ids", torch.arange(16)[None],
                             persistent=persistent)

    def forward(self, words: Tensor) -> Tensor:
        places = self.position_ids[:, :words.shape[1]]
        return self.word(words) + self.position(places)


class Model(nn.Module):
    def __init__(self, persistent: bool) -> None:
        super().__init__()
        self.embeddings = Embeddings(persistent)
        self.head = nn.Linear(8, 2)

    def forward(self, words: Tensor) -> Tensor:
        return self.head(self.embeddings(words).mean(1))


torch.manual_seed(0)
old = Model(persistent=True)  # as in the library that saved the file
torch.save(old.state_dict(), "old.pt")
# --8<-- [end:versions]


try:
    # --8<-- [start:fails]
    new = Model(persistent=False)  # as in the library that loads it
    new.load_state_dict(torch.load("old.pt"))
    # --8<-- [end:fails]
except RuntimeError as error:
    print(error)


# --8<-- [start:fix]
def load_old(model: nn.Module, path: str) -> None:
    """Load strictly, without keys that are buffers of the model."""
    weights = torch.load(path, map_location="cpu")
    computed = dict(model.named_buffers()).keys() - model.state_dict().keys()
    for key in computed & weights.keys():
        print("left out:", key)
        weights.pop(key)
    print(model.load_state_dict(weights))


load_old(new, "old.pt")
words = torch.randint(0, 100, (4, 10))
difference = (new(words) - old(words)).abs().max().item()
print("largest difference:", difference)
# --8<-- [end:fix]


# --8<-- [start:hides]
weights = torch.load("old.pt")
weights["classifier.weight"] = weights.pop("head.weight")  # another name
result = Model(persistent=False).load_state_dict(weights, strict=False)
print("missing:   ", result.missing_keys)
print("unexpected:", sorted(result.unexpected_keys))
# --8<-- [end:hides]


try:
    # --8<-- [start:other]
    torch.save(new.state_dict(), "new.pt")
    old.load_state_dict(torch.load("new.pt"))
    # --8<-- [end:other]
except RuntimeError as error:
    print(error)


# --8<-- [start:back]
weights = torch.load("new.pt")
weights["embeddings.position_ids"] = torch.arange(16)[None]
print(old.load_state_dict(weights))
# --8<-- [end:back]


# --8<-- [start:installed]
from transformers import BertConfig, BertModel

config = BertConfig(
    hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
    intermediate_size=8, vocab_size=20, max_position_embeddings=16)
bert = BertModel(config)
name = "embeddings.position_ids"
print("a buffer:", name in dict(bert.named_buffers()))
print("in state_dict:", name in bert.state_dict())
# --8<-- [end:installed]


# --8<-- [start:pretrained]
from safetensors.torch import load_file, save_file

bert.save_pretrained("bert")
weights = load_file("bert/model.safetensors")
weights[name] = torch.arange(16)[None]
save_file(weights, "bert/model.safetensors", metadata={"format": "pt"})

_, report = BertModel.from_pretrained("bert", output_loading_info=True)
print("missing:   ", sorted(report["missing_keys"]))
print("unexpected:", sorted(report["unexpected_keys"]))
# --8<-- [end:pretrained]
