"""What the screens of inburgering need, as frozen dataclasses in a fixed number of queries."""
