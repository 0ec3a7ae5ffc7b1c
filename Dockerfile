ARG BASE=python:3.11-slim
# A tag can move to another image. For a reproducible build, name the digest, too:
# docker build --build-arg BASE=python:3.11-slim@sha256:...

# The serving dependencies, checked against their hashes, in a virtual environment without pip. The tests of numpy
# are removed, because they are a fifth of its size.
FROM ${BASE} AS dependencies
WORKDIR /build
RUN python -m venv --without-pip /venv
COPY requirements/serving.txt ./
RUN python -m pip --python /venv/bin/python install --no-cache-dir --require-hashes -r serving.txt \
 && find /venv/lib/python3*/site-packages/numpy -name tests -type d -prune -exec rm -r {} +

# The same with torch. The wheel of the package index includes CUDA. It has no hash, because each index has its own build.
FROM dependencies AS gpu-dependencies
COPY constraints.txt ./
RUN python -m pip --python /venv/bin/python install --no-cache-dir -c constraints.txt torch

# The modules are compiled here, because the file system is read-only at run time.
FROM ${BASE} AS service
WORKDIR /service
COPY app app
COPY predictor predictor
COPY models models
RUN python -m compileall -q app predictor

# The common part of both images, without the virtual environment. The images contain no installer and no compiler:
# those of the base are removed, and the build fails if one is still found. The build also fails below if the
# virtual environment contains pip or a form parser.
FROM ${BASE} AS runtime
LABEL org.opencontainers.image.title="prediction-service" \
      org.opencontainers.image.description="Serves the predictions of two small neural networks over HTTP" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN rm -rf /usr/local/lib/python3*/site-packages/* /usr/local/lib/python3*/ensurepip /usr/local/bin/pip* \
      /usr/lib/python3/dist-packages/* /usr/lib/python3*/ensurepip /usr/share/python-wheels /usr/bin/pip* \
 && for module in pip setuptools wheel ensurepip; do ! python -c "import $module" 2> /dev/null || exit 1; done \
 && for tool in pip pip3 cc gcc ld make; do ! command -v $tool || exit 1; done
WORKDIR /service
# The server listens on every network, with or without keys: `docker run -p` decides which clients can reach the port.
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    APP_HOST=0.0.0.0 \
    APP_ALLOW_ANONYMOUS=true \
    APP_REQUIRE_MODELS=true
EXPOSE 8000
# A numeric user, so that Kubernetes can verify that it is not root.
USER 10001:10001
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ.get('APP_PORT', '8000') + '/health/ready', timeout=2)"]
CMD ["python", "-m", "app"]

FROM runtime AS gpu
COPY --from=gpu-dependencies /venv /venv
RUN ["python", "-c", "from importlib.util import find_spec as f; assert not any(map(f, ('pip', 'multipart', 'python_multipart')))"]
COPY --from=service /service /service

# The last stage, so that `docker build .` builds it.
FROM runtime AS cpu
COPY --from=dependencies /venv /venv
RUN ["python", "-c", "from importlib.util import find_spec as f; assert not any(map(f, ('pip', 'multipart', 'python_multipart')))"]
COPY --from=service /service /service
