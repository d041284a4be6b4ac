"""A stolen account on screen: the playbook's steps, the transactions to own or disown, and the signs on a case."""
