"""An ASGI application under uvicorn, with the settings of this service: MODULE PORT."""

import sys

import uvicorn

from app.server.startup import server_config
from app.settings import Settings

if __name__ == "__main__":
    config = server_config(f"{sys.argv[1]}:app", Settings(port=int(sys.argv[2]), log_level="warning"))
    config.port = int(sys.argv[2])
    uvicorn.Server(config).run()
