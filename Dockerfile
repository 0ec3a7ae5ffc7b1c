ARG BASE=python:3.11-slim

# Serving dependencies in a virtual environment without pip. numpy's tests are a fifth of it.
FROM ${BASE} AS dependencies
WORKDIR /build
RUN python -m venv --without-pip /venv
COPY pyproject.toml constraints.txt ./
RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" > serving.txt \
 && python -m pip --python /venv/bin/python install --no-cache-dir -r serving.txt -c constraints.txt \
 && find /venv/lib/python3*/site-packages/numpy -name tests -type d -prune -exec rm -r {} +

# The same and torch. The registry's wheel brings CUDA with it.
FROM dependencies AS gpu-dependencies
RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']['gpu'], sep='\n')" > gpu.txt \
 && python -m pip --python /venv/bin/python install --no-cache-dir -r gpu.txt -c constraints.txt

# Compiled here, because nothing can be written at run time.
FROM ${BASE} AS service
WORKDIR /service
COPY app app
COPY predictor predictor
COPY models models
RUN python -m compileall -q app predictor

# What both images share but for the virtual environment.
FROM ${BASE} AS runtime
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
COPY --from=service /service /service

# Last, so that it is what a plain `docker build .` makes.
FROM runtime AS cpu
COPY --from=dependencies /venv /venv
COPY --from=service /service /service
