# --8<-- [start:reproduce]
from sacrebleu.metrics import BLEU

references = ["确保该值小于或等于十。", "输入一个有效的域名。"]
translations = ["确保这个值小于或等于十。", "请输入一个有效的域名。"]
default = BLEU()
print(f"{default.corpus_score(translations, [references]).score:.1f}")
# --8<-- [end:reproduce]

# --8<-- [start:why]
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a
from sacrebleu.tokenizers.tokenizer_zh import TokenizerZh

print(Tokenizer13a()(references[1]).split())
print(TokenizerZh()(references[1]).split())
# --8<-- [end:why]

# --8<-- [start:fix]
chinese = BLEU(tokenize="zh")
print(f"{chinese.corpus_score(translations, [references]).score:.1f}")
print(chinese.get_signature())
# --8<-- [end:fix]
