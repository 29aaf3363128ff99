# An agent's image in which systemd is the first process: a board, for the tests of hna agent install.
ARG AGENT_IMAGE
FROM ${AGENT_IMAGE}
USER 0
RUN apt-get update \
    && apt-get install --yes --no-install-recommends systemd \
    && rm -rf /var/lib/apt/lists/*
ENTRYPOINT ["/lib/systemd/systemd"]
CMD []
