# The bot: Rasa on its own environment, sealed. It needs the actions server and nothing else of a network, holds two keys
# and no secret, and writes nothing: run it with a read-only root file system.
#
#     docker build --file deploy/image/bot.Dockerfile --build-arg MODEL=<fingerprint> --tag citydesk-bot .
#     docker build --file deploy/image/bot.Dockerfile --target without-model --tag citydesk-bot .     # mount it at /models
#
# MODEL is what `desk train` prints, without folder and ending. /prepared has what `desk bot --prepare` wrote.
# The encoder's wheel has a library for AVX2: it needs x86-64 of 2013 or later.
#
# Where a proxy with a certificate of its own stands before the package index: --secret id=ca,src=<bundle of certificates>
ARG BASE=docker.io/library/python:3.13-slim-trixie@sha256:9d2e5553305c7c7b0097999bb17187c69b921ccd6bc9d40e4bb5ebe652c00285

FROM ${BASE} AS built
ENV UV_PYTHON=python3.13 UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_NO_CACHE=1 UV_COMPILE_BYTECODE=1 \
    PIP_CERT=/etc/ssl/certs/ca-certificates.crt SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
COPY deploy/image/uv.txt /tmp/uv.txt
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    python3.13 -m venv /opt/uv \
    && /opt/uv/bin/python -m pip install --no-cache-dir --require-hashes --only-binary :all: --requirement /tmp/uv.txt
WORKDIR /srv/citydesk
COPY bot/pyproject.toml bot/uv.lock bot/
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    /opt/uv/bin/uv sync --locked --no-default-groups --project bot
COPY bot bot
COPY roles roles
COPY values values
RUN rm -rf bot/tuning bot/.venv/.lock && bot/.venv/bin/python -m compileall -q -x "[.]venv" bot roles values

FROM ${BASE} AS without-model
RUN groupadd --gid 10001 citydesk \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin citydesk \
    && install --directory --owner 10001 --group 10001 --mode 0700 /prepared \
    && install --directory --mode 0755 /models
COPY deploy/image/healthy.py /usr/local/lib/citydesk/healthy.py
COPY --chmod=0755 deploy/image/start-bot /usr/local/bin/start-bot
COPY --from=built /srv/citydesk /srv/citydesk
ENV HOME=/tmp PYTHONUTF8=1 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 ACTIONS_URL=http://actions:5055
WORKDIR /srv/citydesk
USER 10001:10001
EXPOSE 5005 9100
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=120s --retries=3 \
    CMD ["python3.13", "-I", "/usr/local/lib/citydesk/healthy.py"]
ENTRYPOINT ["start-bot"]
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Citydesk, bot" \
      org.opencontainers.image.description="Understands what residents write; remembers nothing" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

FROM without-model AS bot
ARG MODEL
COPY --chmod=0444 .desk/models/${MODEL}.tar.gz /models/
