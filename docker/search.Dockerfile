# Searching, training and exporting on a CPU: torch's CPU build, no web framework, no database.
# TORCH_INDEX is an index that has that build; the usual one has CUDA's, several gigabytes larger.
ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ARG TORCH_INDEX=""
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY . .
# torch first and alone: an open range elsewhere would bring another build of it.
RUN python -m venv /opt/hna \
    && /opt/hna/bin/pip install -c constraints.txt ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} torch \
    && /opt/hna/bin/pip install -c constraints.txt '.[search]'

FROM ${PYTHON_IMAGE}
RUN useradd --uid 10001 --user-group --no-create-home \
        --home-dir /var/lib/hna --shell /usr/sbin/nologin hna \
    && install --directory --owner=hna --group=hna --mode=0700 /var/lib/hna /run/hna
COPY --from=build /opt/hna /opt/hna
ENV PATH=/opt/hna/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
# Runs are written to ./runs.
WORKDIR /var/lib/hna
VOLUME /var/lib/hna
ENTRYPOINT ["hna"]
CMD ["--help"]
