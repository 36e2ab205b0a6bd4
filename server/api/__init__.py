"""HTTP and WebSocket under `/api/v1` (docs/api.md), and the web application's files."""
