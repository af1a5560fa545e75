"""The command `hookline`: one module a group of commands."""
