"""Servers and other programs in processes of their own, and what is installed for them."""
