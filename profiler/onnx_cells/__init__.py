"""
What an ONNX model consists of, as operations a table can price.

A model this project exported names its network, and its cells are the network's own.  Any other
model is cut into cells: a convolution or matrix product with what follows it alone.

Files are read in a process of their own with bounded memory and time (``reader``), because a file
can be anything; importing this package loads no ONNX.
"""
