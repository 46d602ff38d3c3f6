"""The suite; it mirrors the apps, with journeys, a browser and the conventions beside them."""
