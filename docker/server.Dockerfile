# The lookup-table server: no torch; PostgreSQL or a SQLite file in its volume.
ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY . .
RUN python -m venv /opt/hna \
    && /opt/hna/bin/pip install -c constraints.txt '.[postgres]'

FROM ${PYTHON_IMAGE}
RUN useradd --uid 10001 --user-group --no-create-home \
        --home-dir /var/lib/hna --shell /usr/sbin/nologin hna \
    && install --directory --owner=hna --group=hna --mode=0700 /var/lib/hna /run/hna
COPY --from=build /opt/hna /opt/hna
ENV PATH=/opt/hna/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HNA_SERVER_DATABASE=/var/lib/hna/lut.db
USER 10001
WORKDIR /var/lib/hna
VOLUME /var/lib/hna
EXPOSE 8765
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD \
    ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8765/readyz', timeout=4)"]
ENTRYPOINT ["hna"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8765"]
