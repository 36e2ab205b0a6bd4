"""The search in SQL: what is written into its index, and how it is asked. `reader.py` is the port."""
