import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"  # before the import; as a firewall does

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import AutoTokenizer, PreTrainedTokenizerFast

name = sys.argv[1]
if name == "./model":  # in the build of the image, with a network
    vocabulary = Tokenizer(WordLevel({"good": 0, "?": 1}, unk_token="?"))
    made = PreTrainedTokenizerFast(
        tokenizer_object=vocabulary, unk_token="?"
    )
    made.save_pretrained(name)
try:
    tokenizer = AutoTokenizer.from_pretrained(name, local_files_only=True)
    print("ids:", tokenizer("good")["input_ids"])
except OSError as error:
    print("OSError:", str(error).splitlines()[0])
