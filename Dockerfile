# Resync, for compose.yaml. It holds no setting and no secret: they come with the environment.
FROM python:3.13-slim-bookworm AS build
RUN python -m venv /opt/resync
COPY requirements/runtime.txt /build/
RUN /opt/resync/bin/pip install --no-cache-dir --no-compile --only-binary :all: --require-hashes -r /build/runtime.txt

FROM python:3.13-slim-bookworm
ENV PATH=/opt/resync/bin:$PATH PYTHONPATH=/opt/resync/program PYTHONUNBUFFERED=1 RESYNC_LISTEN=0.0.0.0:8080
COPY --from=build /opt/resync /opt/resync
COPY bot /opt/resync/program/bot
COPY flows /opt/resync/program/flows
COPY handlers /opt/resync/program/handlers
COPY locales /opt/resync/program/locales
RUN install -d -m 700 -o 10001 -g 10001 /var/lib/resync
WORKDIR /var/lib/resync
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["python", "-c", "from bot.cli import main; main()"]
CMD ["run"]
