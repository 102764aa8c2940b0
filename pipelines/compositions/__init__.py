"""A coloured shape a picture: a set whose truth is known, and what is measured on it."""
