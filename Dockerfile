# syntax=docker/dockerfile:1
# One image, few roles: `strom serve`, `strom edge`, `strom worker`. For arm64 and amd64:
#   docker buildx build --platform linux/arm64,linux/amd64 --build-arg SOURCE_DATE_EPOCH=0 \
#     --output type=image,rewrite-timestamp=true .
# scripts/check_image.py takes the same steps without a builder and looks at what comes out.
# A tag can come to mean another image: who builds for keeps names the digest that was looked at,
# --build-arg PYTHON_IMAGE=python:3.12-slim@sha256:…  (docs/guide/runbook.md says how to find it).
ARG PYTHON_IMAGE=python:3.12-slim

FROM ${PYTHON_IMAGE} AS build
# Bytecode that is checked by what it was made from, not by when: the same bytes each time.
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy PYC_INVALIDATION_MODE=CHECKED_HASH
WORKDIR /src
COPY requirements/image.txt requirements/image.txt
RUN python -m venv /opt/build && /opt/build/bin/python -m pip install --quiet --no-cache-dir --require-hashes -r requirements/image.txt
RUN python -m venv --without-pip /opt/strom
# The libraries first: they change less often than we do.
COPY requirements/base.txt requirements/base.txt
RUN /opt/build/bin/uv pip install --quiet --only-binary :all: --python /opt/strom/bin/python --require-hashes -r requirements/base.txt
# What libraries bring along for their own command lines and for made-up examples.
RUN /opt/build/bin/uv pip uninstall --quiet --python /opt/strom/bin/python faker polyfactory rich rich-click pygments markdown-it-py mdurl
COPY pyproject.toml README.md LICENSE ./
COPY app app
RUN /opt/build/bin/uv build --quiet --wheel --no-build-isolation --python /opt/build/bin/python --out-dir dist
RUN /opt/build/bin/uv pip install --quiet --no-deps --no-index --find-links dist --python /opt/strom/bin/python strom
# What is in it, for those who look for known weaknesses.
RUN /opt/build/bin/cyclonedx-py environment --no-validate --output-reproducible --output-format JSON --output-file /opt/strom/sbom.cdx.json /opt/strom/bin/python

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Strom" \
      org.opencontainers.image.description="Take Bitcoin Lightning payments at an electric-vehicle charge point" \
      org.opencontainers.image.licenses="MIT"
RUN groupadd --system --gid 10001 strom && useradd --system --uid 10001 --gid 10001 --create-home --home-dir /var/lib/strom strom
COPY --from=build /opt/strom /opt/strom
ENV PATH="/opt/strom/bin:$PATH" PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /var/lib/strom
VOLUME /var/lib/strom
EXPOSE 8000 9000
# SIGTERM drains: chargers are closed with jitter and come back to the next one.
STOPSIGNAL SIGTERM
# Of `strom serve`; who runs another role says how that is looked at.
HEALTHCHECK --interval=30s --timeout=15s --start-period=60s CMD ["strom", "health"]
ENTRYPOINT ["strom"]
CMD ["serve"]
