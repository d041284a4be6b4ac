"""Signatures of SNAP: HMAC-SHA512 over a request, and RSA over the request for an access token."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from hashlib import sha256
from pathlib import Path

from desk.wallet.errors import WalletSetUpError


def signature(secret: str, method: str, path: str, token: str, body: bytes, timestamp: str) -> str:
    """X-SIGNATURE of a request, base64: HMAC-SHA512 over `METHOD:path:token:sha256(body) in hex:timestamp`.

    `body` is the JSON exactly as it is sent, without white space between its parts.
    """
    words = ":".join((method.upper(), path, token, sha256(body).hexdigest().lower(), timestamp))
    return b64encode(hmac.digest(secret.encode(), words.encode(), "sha512")).decode("ascii")


def is_signed(given: str, secret: str, method: str, path: str, token: str, body: bytes, timestamp: str) -> bool:
    """Whether that is the signature; the time that it takes tells nothing."""
    return hmac.compare_digest(given.encode(), signature(secret, method, path, token, body, timestamp).encode())


def token_signature(private_key: bytes, client: str, timestamp: str) -> str:
    """X-SIGNATURE of a request for a token, base64: SHA256withRSA over `client|timestamp`, by a key in PEM.

    Raises `WalletSetUpError`.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    try:
        key = serialization.load_pem_private_key(private_key, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise WalletSetUpError(f"Setting wallet.private_key_file names no private key in PEM: {error}.") from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise WalletSetUpError("Setting wallet.private_key_file names a key that is not RSA's. SNAP asks for RSA.")
    return b64encode(key.sign(f"{client}|{timestamp}".encode(), padding.PKCS1v15(), hashes.SHA256())).decode("ascii")


def is_token_signed(given: str, public_key: bytes, client: str, timestamp: str) -> bool:
    """Whether the owner of that public key (PEM) signed the request for a token."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    key = serialization.load_pem_public_key(public_key)
    if not isinstance(key, rsa.RSAPublicKey):
        return False
    try:
        key.verify(
            b64decode(given, validate=True), f"{client}|{timestamp}".encode(), padding.PKCS1v15(), hashes.SHA256()
        )
    except (InvalidSignature, Base64Error):
        return False
    return True


def make_keys(folder: Path) -> tuple[Path, Path]:
    """A pair of RSA keys in a folder (made if missing): `private.pem` for the desk, `public.pem` for the wallet."""
    import os

    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    private, public = folder / "private.pem", folder / "public.pem"
    if not (private.exists() and public.exists()):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        with os.fdopen(os.open(private, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(pem)
        public.write_bytes(
            key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        )
    return private, public
