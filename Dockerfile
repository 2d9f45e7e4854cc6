FROM python:3.11-slim AS build
RUN pip install --no-cache-dir uv
WORKDIR /srv
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
COPY pyproject.toml uv.lock README.md LICENSE ./
COPY app app
COPY migrations migrations
RUN uv sync --locked --no-editable --python 3.11

FROM python:3.11-slim
RUN useradd --create-home --uid 1000 bridge && mkdir /data && chown bridge /data
COPY --from=build /srv/.venv /srv/.venv
ENV PATH=/srv/.venv/bin:$PATH \
    BRIDGE_DATABASE_URL=sqlite:////data/bridge.db \
    BRIDGE_EVENT_LOG_DIR=/data/event-log \
    BRIDGE_HOST=0.0.0.0
USER bridge
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ.get('BRIDGE_PORT', '8000')}/ready\", timeout=4)"]
CMD ["woo-allegro", "serve"]
