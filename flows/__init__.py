"""Sentences, one file a kind of run."""
