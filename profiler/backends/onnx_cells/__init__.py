"""The process that reads ONNX files: what it runs, and how it cuts a model into cells."""
