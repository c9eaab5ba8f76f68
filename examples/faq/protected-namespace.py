"""Field "model_name" has conflict with protected namespace "model_" """
# --8<-- [start:today]
import warnings

from pydantic import BaseModel, ConfigDict

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")

    class Request(BaseModel):
        model_name: str
        model_version: int = 1


print("warnings:", len(caught))
print(Request(model_name="resnet18").model_dump_json())
# --8<-- [end:today]

try:
    # --8<-- [start:old]
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        class OldRequest(BaseModel):
            model_config = ConfigDict(protected_namespaces=("model_",))
            model_name: str
    # --8<-- [end:old]
except UserWarning as error:
    print(error)


# --8<-- [start:names]
def declare(name: str, **config: tuple[str, ...]) -> str:
    """What pydantic says about a field of this name."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        body = {"__annotations__": {name: str}, "__module__": __name__}
        if config:
            body["model_config"] = ConfigDict(**config)
        try:
            type("Request", (BaseModel,), body)
        except Exception as error:
            return f"{type(error).__name__}: {error}".splitlines()[0]
    return str(caught[0].message).splitlines()[0] if caught else "fine"


for name in ("model_id", "model_dump_format", "model_dump", "model_fields"):
    print(f"{name}: {declare(name)}")
print("model_config:", declare("model_config"))
# --8<-- [end:names]

try:
    # --8<-- [start:empty]
    class Export(BaseModel):
        model_config = ConfigDict(protected_namespaces=())
        model_dump: str

    Export(model_dump="weights.pt").model_dump()
    # --8<-- [end:empty]
except TypeError as error:
    print(error)

# --8<-- [start:narrow]
NAMESPACES = ("model_validate", "model_dump")


class Service(BaseModel):
    model_config = ConfigDict(protected_namespaces=NAMESPACES)
    model_name: str
    model_path: str


print(Service(model_name="resnet18", model_path="weights.pt"))
print(declare("model_dump", protected_namespaces=NAMESPACES))
# --8<-- [end:narrow]

# --8<-- [start:alias]
from pydantic import Field


class Prediction(BaseModel):
    name: str = Field(alias="model_name")
    dump: str = Field(alias="model_dump")


prediction = Prediction.model_validate_json(
    '{"model_name": "resnet18", "model_dump": "weights.pt"}'
)
print(prediction.name, prediction.model_dump_json(by_alias=True))
# --8<-- [end:alias]
