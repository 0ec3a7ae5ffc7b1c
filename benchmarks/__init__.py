"""The service measured against others that do the same work, on this machine, in one run."""
