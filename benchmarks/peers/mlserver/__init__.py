"""MLServer with a custom runtime: one row, one input tensor a column; `mlserver start` starts it."""

from mlserver import MLModel
from mlserver.types import InferenceRequest, InferenceResponse, ResponseOutput

from benchmarks.peers.exported_model import ExportedModel


class RowModel(MLModel):
    """The model behind the Open Inference Protocol v2."""

    async def load(self) -> bool:
        """Load the model."""
        self._model = ExportedModel()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Predict one row."""
        prediction = self._model.predict({tensor.name: tensor.data[0] for tensor in payload.inputs})
        output = ResponseOutput(
            name="probability", shape=[1, 1], datatype="FP64", data=[prediction["probability"]]
        )
        return InferenceResponse(model_name=self.name, outputs=[output])
