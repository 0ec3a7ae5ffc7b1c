"""MLServer with a model of its own kind: one row, an input for each column; `mlserver start` starts it."""

from mlserver import MLModel
from mlserver.types import InferenceRequest, InferenceResponse, ResponseOutput

from benchmarks.peers.lowered import load_lowered


class ExportedWeights(MLModel):
    """The model behind the Open Inference Protocol v2."""

    async def load(self) -> bool:
        """Load the model."""
        self.ask = load_lowered()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Answer one row."""
        answer = self.ask({tensor.name: tensor.data[0] for tensor in payload.inputs})
        output = ResponseOutput(
            name="probability", shape=[1, 1], datatype="FP64", data=[answer["probability"]]
        )
        return InferenceResponse(model_name=self.name, outputs=[output])
