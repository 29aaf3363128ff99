# An agent that measures an NVIDIA GPU through ONNX Runtime's CUDA provider (CUDA 13, cuDNN 9).
# Run it with --gpus all; the driver is the host's.
ARG CUDA_IMAGE=nvidia/cuda:13.0.1-cudnn-runtime-ubuntu24.04

FROM ${CUDA_IMAGE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3.12-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# Both builds of ONNX Runtime are one package folder: the CPU's goes before the GPU's comes.
RUN python3.12 -m venv /opt/hna \
    && /opt/hna/bin/pip install -c constraints.txt '.[cuda]' \
    && /opt/hna/bin/pip uninstall --yes onnxruntime \
    && /opt/hna/bin/pip install -c constraints.txt onnxruntime-gpu

FROM ${CUDA_IMAGE}
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3.12 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home \
        --home-dir /var/lib/hna --shell /usr/sbin/nologin hna \
    && install --directory --owner=hna --group=hna --mode=0700 /var/lib/hna /run/hna
COPY --from=build /opt/hna /opt/hna
ENV PATH=/opt/hna/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
WORKDIR /var/lib/hna
VOLUME /var/lib/hna
ENTRYPOINT ["hna"]
CMD ["agent", "--state-dir", "/var/lib/hna"]
