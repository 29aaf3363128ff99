"""NVIDIA GPUs: who they are, and the small part of the CUDA driver that measuring needs."""
