"""The command line, one file a command; each has its click object in `command`."""
