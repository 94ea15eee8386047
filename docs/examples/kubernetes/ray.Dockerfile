# Civility on Ray, for KubeRay. From the repository's root:
#   docker build -f docs/examples/kubernetes/ray.Dockerfile -t registry.example.org/civility-ray:0.2.0 .
# Ray's own image has what KubeRay's probes and its submitter need. RAY must be the version that pip finds for civility[ray];
# the build fails where it is not.
ARG RAY=2.60.0
FROM rayproject/ray:${RAY}-py311
ARG RAY
COPY --chown=ray . /tmp/civility
RUN pip install --no-cache-dir "/tmp/civility[ray,jobs,postgres]" "ray==${RAY}" && rm -rf /tmp/civility
ENV RAY_USAGE_STATS_ENABLED=0
