"""Account safety decided without a database: signs of a takeover, and the playbook for a stolen account."""
