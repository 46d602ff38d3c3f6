"""What the screens of mentoring need, as frozen values from a fixed number of queries."""
