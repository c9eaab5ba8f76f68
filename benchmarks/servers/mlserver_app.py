"""MLServer: mlserver start folder (with the two settings files beside it)"""

import numpy as np
from classifier import Classifier
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse


class Digits(MLModel):
    """In this process; requests that come together go together."""

    async def load(self) -> bool:
        self.classifier = Classifier()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        pixels = self.decode(payload.inputs[0], default_codec=NumpyCodec)
        digits = np.array(self.classifier(pixels.tolist()))
        return InferenceResponse(
            model_name=self.name,
            outputs=[NumpyCodec.encode_output("digit", digits)],
        )
