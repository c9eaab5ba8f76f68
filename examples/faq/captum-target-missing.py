try:
    # --8<-- [start:reproduce]
    import torch
    from captum.attr import IntegratedGradients
    from torch import nn

    torch.manual_seed(0)
    model = nn.Linear(4, 3)  # three logits
    explainer = IntegratedGradients(model)
    explainer.attribute(torch.rand(2, 4))
    # --8<-- [end:reproduce]
except AssertionError as error:
    print(error)

# --8<-- [start:fix]
rows = torch.rand(2, 4)
answers = model(rows).argmax(dim=1)
attributions = explainer.attribute(rows, target=answers)
print(attributions.shape)
# --8<-- [end:fix]


# --8<-- [start:single]
single = nn.Sequential(nn.Linear(4, 1), nn.Flatten(0))  # one number a row
print(IntegratedGradients(single).attribute(rows).shape)
# --8<-- [end:single]
