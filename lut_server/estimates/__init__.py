"""What networks are estimated to take, and what ONNX models consist of."""
