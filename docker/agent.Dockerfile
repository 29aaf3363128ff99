# An agent that measures a CPU, x86 or ARM: build it on the board, or with --platform linux/arm64.
ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY . .
RUN python -m venv /opt/hna \
    && /opt/hna/bin/pip install -c constraints.txt .

FROM ${PYTHON_IMAGE}
RUN useradd --uid 10001 --user-group --no-create-home \
        --home-dir /var/lib/hna --shell /usr/sbin/nologin hna \
    && install --directory --owner=hna --group=hna --mode=0700 /var/lib/hna /run/hna
COPY --from=build /opt/hna /opt/hna
ENV PATH=/opt/hna/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
WORKDIR /var/lib/hna
VOLUME /var/lib/hna
# No HEALTHCHECK: an agent listens nowhere, and a probe would be a neighbour while it measures.
ENTRYPOINT ["hna"]
CMD ["agent", "--state-dir", "/var/lib/hna"]
