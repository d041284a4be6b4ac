"""The wallet over HTTP: Bank Indonesia's SNAP where it has a service, and our own contract in its manner for the rest.

`docs/wallet-openapi.json` describes it; `contract` holds what both its sides share, `adapter` asks, `server` answers.
"""
