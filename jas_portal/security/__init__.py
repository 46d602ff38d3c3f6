"""What stands around every answer of the portal: headers, limits, and where to tell of a hole."""
