FROM python:3.13-slim AS dependencies
COPY requirements.lock .
RUN python -m venv /opt/rongtong \
 && /opt/rongtong/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes -r requirements.lock

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /nonexistent --no-create-home rongtong
COPY --from=dependencies /opt/rongtong /opt/rongtong
COPY server /app/server
COPY worker /app/worker
COPY migrations /app/migrations
ENV PATH=/opt/rongtong/bin:$PATH PYTHONPATH=/app PYTHONDONTWRITEBYTECODE=1 RONGTONG_DATA_DIR=/tmp/rongtong
WORKDIR /app
USER rongtong
EXPOSE 8000
ENTRYPOINT ["python", "-m", "server.cli"]
CMD ["serve", "--host", "0.0.0.0"]
