# syntax=docker/dockerfile:1
# One image, few roles: `strom serve`, `strom edge`, `strom worker`.
ARG PYTHON_VERSION=3.12

FROM python:${PYTHON_VERSION}-slim AS build
ENV PIP_NO_CACHE_DIR=1 UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_CACHE=1
RUN python -m venv /opt/build && /opt/build/bin/pip install "uv>=0.7,<1" \
    && python -m venv --without-pip /opt/strom
WORKDIR /src
# The libraries first: they change less often than we do.
COPY requirements/base.txt requirements/base.txt
RUN /opt/build/bin/uv pip install --python /opt/strom/bin/python --require-hashes -r requirements/base.txt
COPY pyproject.toml README.md LICENSE ./
COPY app app
RUN /opt/build/bin/uv pip install --python /opt/strom/bin/python --no-deps .

FROM python:${PYTHON_VERSION}-slim
LABEL org.opencontainers.image.title="Strom" \
      org.opencontainers.image.description="Take Bitcoin Lightning payments at an electric-vehicle charge point" \
      org.opencontainers.image.licenses="MIT"
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/strom strom
COPY --from=build /opt/strom /opt/strom
ENV PATH="/opt/strom/bin:$PATH" PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER strom
WORKDIR /var/lib/strom
VOLUME /var/lib/strom
EXPOSE 8000
# SIGTERM drains: chargers are closed with jitter and come back to the next one.
STOPSIGNAL SIGTERM
ENTRYPOINT ["strom"]
CMD ["serve"]
