import os
import sys
import time

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

tokenizer = Tokenizer(WordLevel({"good": 0, "?": 1}, unk_token="?"))
tokenizer.pre_tokenizer = Whitespace()
texts = ["good film"] * 400

if "before" in sys.argv:  # as a warm-up before the server forks
    tokenizer.encode_batch(texts)

child = os.fork()
if child == 0:
    tokenizer.encode_batch(texts)
    os._exit(0)

deadline = time.monotonic() + 2
while os.waitpid(child, os.WNOHANG) == (0, 0):
    if time.monotonic() > deadline:
        os.kill(child, 9)
        os.waitpid(child, 0)
        print("the child hangs")
        break
    time.sleep(0.01)
else:
    print("the child answered")
