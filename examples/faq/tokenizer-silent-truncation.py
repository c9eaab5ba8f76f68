# --8<-- [start:reproduce]
from tokenizers import Tokenizer, models, pre_tokenizers

text = "the end is what i did not like about it"
words = {"[PAD]": 0} | {w: n for n, w in enumerate(text.split(), 1)}
made = Tokenizer(models.WordLevel(words, unk_token="[PAD]"))
made.pre_tokenizer = pre_tokenizers.Whitespace()
made.enable_truncation(8)
made.enable_padding(length=8)
made.save("tokenizer.json")

tokenizer = Tokenizer.from_file("tokenizer.json")
print(len(tokenizer.encode("like").ids), len(tokenizer.encode(text).ids))
print(tokenizer.encode(text).tokens)
# --8<-- [end:reproduce]
# --8<-- [start:fix]
limit = tokenizer.truncation["max_length"]
tokenizer.no_truncation()
tokenizer.no_padding()
ids = tokenizer.encode(text).ids
print(len(tokenizer.encode("like").ids), len(ids))
print("cut:", len(ids) - limit)
# --8<-- [end:fix]
