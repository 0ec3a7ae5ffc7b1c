"""A task, its features and the errors about them. Every package may import it; it imports none."""
