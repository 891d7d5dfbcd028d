# The server with all that it needs, as a user without rights. docs/operating.md says how to run it.
FROM python:3.13-slim AS build
WORKDIR /source
RUN python -m venv /app
COPY requirements.lock ./
RUN /app/bin/pip install --no-cache-dir --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY sample_lake ./sample_lake
COPY src ./src
RUN /app/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home bedrot && install --directory --owner=bedrot /state
COPY --from=build /app /app
USER 10001
WORKDIR /state
ENV PATH=/app/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    LOG_DIR=/state/logs \
    COPIES_DIR=/state/copies \
    STATE_DIR=/state \
    BACKEND_HOST=0.0.0.0
VOLUME /state
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/live', timeout=4)"]
ENTRYPOINT ["bedrot-graph"]
CMD ["serve"]
