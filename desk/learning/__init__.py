"""What is learned from past cases: which answer fits a text. It needs numpy, the extra `desk[suggest]`."""
