# An agent that measures a Jetson of JetPack 6 through the trtexec that JetPack ships.
# JetPack 6's own Python is 3.10, and so are its TensorRT bindings; hna-nas needs 3.11, which Ubuntu
# 22.04 has in its universe.  Run it with --runtime nvidia.
ARG JETPACK_REGISTRY
ARG JETPACK=r36.4.0

FROM ${JETPACK_REGISTRY}/nvidia/l4t-jetpack:${JETPACK} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3.11-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN python3.11 -m venv /opt/hna \
    && /opt/hna/bin/pip install -c constraints.txt .

FROM ${JETPACK_REGISTRY}/nvidia/l4t-jetpack:${JETPACK}
# The groups that own /dev/nvhost*, /dev/nvmap and /dev/dri have these numbers on a Jetson.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3.11 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --force --system render \
    && useradd --uid 10001 --user-group --no-create-home --groups video,render \
        --home-dir /var/lib/hna --shell /usr/sbin/nologin hna \
    && install --directory --owner=hna --group=hna --mode=0700 /var/lib/hna /run/hna
COPY --from=build /opt/hna /opt/hna
ENV PATH=/opt/hna/bin:/usr/src/tensorrt/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
WORKDIR /var/lib/hna
VOLUME /var/lib/hna
ENTRYPOINT ["hna"]
CMD ["agent", "--state-dir", "/var/lib/hna", "--backend", "trtexec"]
