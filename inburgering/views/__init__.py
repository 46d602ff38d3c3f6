"""The pages of inburgering."""
