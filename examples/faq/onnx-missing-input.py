"""Required inputs (['input_ids']) are missing from input feed"""
# --8<-- [start:model]
import numpy as np
import onnx
import onnxruntime

model = onnx.parser.parse_model("""
<ir_version: 10, opset_import: ["" : 18]>
classifier (int64[batch, length] input_ids) => (float[batch, length] scores) {
    scores = Cast <to = 1> (input_ids)
}""")
session = onnxruntime.InferenceSession(
    model.SerializeToString(), providers=["CPUExecutionProvider"]
)
ids = np.ones((1, 4), np.int64)
# --8<-- [end:model]

try:
    # --8<-- [start:missing]
    session.run(None, {"input": ids})
    # --8<-- [end:missing]
except ValueError as error:
    print(error)

try:
    # --8<-- [start:extra]
    tokens = {"input_ids": ids, "token_type_ids": np.zeros_like(ids)}
    session.run(None, tokens)
    # --8<-- [end:extra]
except Exception as error:
    print(error)

# --8<-- [start:ask]
for value in session.get_inputs():
    print("in: ", value.name, value.shape, value.type)
for value in session.get_outputs():
    print("out:", value.name, value.shape, value.type)
# --8<-- [end:ask]

# --8<-- [start:fix]
def run(
    session: onnxruntime.InferenceSession, arrays: dict[str, np.ndarray]
) -> list[np.ndarray]:
    """Pass what the model takes; say what is missing."""
    wanted = [value.name for value in session.get_inputs()]
    missing = [name for name in wanted if name not in arrays]
    if missing:
        raise KeyError(f"missing {missing}, given {sorted(arrays)}")
    return session.run(None, {name: arrays[name] for name in wanted})


print(run(session, tokens)[0].shape)
# --8<-- [end:fix]
