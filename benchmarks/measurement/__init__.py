"""How a figure is measured: load, rounds, the machine, and the tables that report it."""
