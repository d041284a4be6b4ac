"""The template language of canned answers: what support people write, and what may be put into it."""
