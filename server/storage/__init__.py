"""Adapters to Redis and SQL: the only place that knows either."""
