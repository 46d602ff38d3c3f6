"""A believable municipality for visitors: invented people, dates relative to today, made through the services."""
