ARG BASE=python:3.11-slim
# A name can be given to another image; what a build must be able to repeat names the digest, too:
# docker build --build-arg BASE=python:3.11-slim@sha256:...

# Serving dependencies, each checked against its hash, in a virtual environment without pip.
# numpy's tests are a fifth of it.
FROM ${BASE} AS dependencies
WORKDIR /build
RUN python -m venv --without-pip /venv
COPY requirements/serving.txt ./
RUN python -m pip --python /venv/bin/python install --no-cache-dir --require-hashes -r serving.txt \
 && find /venv/lib/python3*/site-packages/numpy -name tests -type d -prune -exec rm -r {} +

# The same and torch. The registry's wheel brings CUDA with it. Which wheel it is depends on the registry, so it has no hash.
FROM dependencies AS gpu-dependencies
COPY constraints.txt ./
RUN python -m pip --python /venv/bin/python install --no-cache-dir -c constraints.txt torch

# Compiled here, because nothing can be written at run time.
FROM ${BASE} AS service
WORKDIR /service
COPY app app
COPY predictor predictor
COPY models models
RUN python -m compileall -q app predictor

# What both images share but for the virtual environment. Nothing in them can install or compile:
# what the base brings for that is removed, and the build ends if any of it is still found. It ends
# below, too, if the virtual environment brings pip back, or what parses forms.
FROM ${BASE} AS runtime
LABEL org.opencontainers.image.title="prediction-service" \
      org.opencontainers.image.description="Serves the predictions of two small neural networks over HTTP" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN rm -rf /usr/local/lib/python3*/site-packages/* /usr/local/lib/python3*/ensurepip /usr/local/bin/pip* \
      /usr/lib/python3/dist-packages/* /usr/lib/python3*/ensurepip /usr/share/python-wheels /usr/bin/pip* \
 && for module in pip setuptools wheel ensurepip; do ! python -c "import $module" 2> /dev/null || exit 1; done \
 && for tool in pip pip3 cc gcc ld make; do ! command -v $tool || exit 1; done
WORKDIR /service
# Listens on every network, keys or none: what is published (-p) decides who can reach the port.
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    APP_HOST=0.0.0.0 \
    APP_ALLOW_ANONYMOUS=true
EXPOSE 8000
# A number, so that Kubernetes can see it is not root.
USER 10001:10001
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ.get('APP_PORT', '8000') + '/health/ready', timeout=2)"]
CMD ["python", "-m", "app"]

FROM runtime AS gpu
COPY --from=gpu-dependencies /venv /venv
RUN ["python", "-c", "from importlib.util import find_spec as f; assert not any(map(f, ('pip', 'multipart', 'python_multipart')))"]
COPY --from=service /service /service

# Last, so that it is what a plain `docker build .` makes.
FROM runtime AS cpu
COPY --from=dependencies /venv /venv
RUN ["python", "-c", "from importlib.util import find_spec as f; assert not any(map(f, ('pip', 'multipart', 'python_multipart')))"]
COPY --from=service /service /service
