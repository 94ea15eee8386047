# docker build -t civility . && docker run --rm -p 8000:8000 civility
#
# BASE     a Debian or Ubuntu image; python3 is installed where it is missing.
# EXTRAS   "torch" adds the runtime for detoxify: and hf: models.
# TORCH    what pip is given for torch, such as "torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu";
#          with EXTRAS=torch and the default, pip's own choice: the CUDA build on Linux.
ARG BASE=python:3.11-slim

FROM ${BASE} AS build
ARG EXTRAS=""
ARG TORCH="torch"
RUN command -v python3 >/dev/null || \
    (apt-get update && apt-get install -y --no-install-recommends python3 python3-venv ca-certificates && \
     rm -rf /var/lib/apt/lists/*)
RUN python3 -m venv /opt/civility
WORKDIR /src
COPY . .
RUN if [ -n "${EXTRAS}" ]; then /opt/civility/bin/pip install --no-cache-dir ${TORCH}; fi && \
    /opt/civility/bin/pip install --no-cache-dir ".[jobs,postgres${EXTRAS:+,${EXTRAS}}]"

FROM ${BASE}
RUN command -v python3 >/dev/null || \
    (apt-get update && apt-get install -y --no-install-recommends python3 ca-certificates && \
     rm -rf /var/lib/apt/lists/*)
RUN useradd --no-create-home --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin civility && \
    install -d -o civility /var/cache/civility && install -d -o civility -m 700 /var/lib/civility
COPY --from=build /opt/civility /opt/civility
ENV PATH=/opt/civility/bin:$PATH PYTHONUNBUFFERED=1 CIVILITY_HOST=0.0.0.0 CIVILITY_PORT=8000 \
    CIVILITY_DATA=/var/lib/civility \
    HF_HOME=/var/cache/civility/huggingface TORCH_HOME=/var/cache/civility/torch
USER civility
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
    CMD ["python3", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['CIVILITY_PORT'] + '/health/ready', timeout=2)"]
ENTRYPOINT ["civility"]
CMD ["serve"]
