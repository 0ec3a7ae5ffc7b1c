"""An ASGI application under uvicorn with the very settings of our own server: MODULE PORT."""

import sys

import uvicorn

from app.__main__ import server_config
from app.settings import Settings

if __name__ == "__main__":
    config = server_config(Settings(port=int(sys.argv[2]), log_level="warning"))
    config.app = f"{sys.argv[1]}:app"
    config.port = int(sys.argv[2])
    uvicorn.Server(config).run()
