"""What we are measured against: each module is a server, or a run, in an environment of its own."""
