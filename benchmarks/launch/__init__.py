"""How a server is specified, installed, started and stopped, and the versions of its packages."""
