"""Sealing: the public key to which a client's browser seals what he types, so that nobody on the way can read it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class SealingKey:
    """A public key, and the form in which the browser writes what it sealed: compact JWE with A256GCM (RFC 7516)."""

    algorithm: str
    """`ECDH-ES` (P-256), `RSA-OAEP` or `RSA-OAEP-256`: how the key of the content travels (RFC 7518)."""
    jwk: Mapping[str, str]
    """The key as a JWK, its public members only."""
    each_value: bool = False
    """Each value is sealed by itself, and its JWE stands in its place; else all in one, with the link's id."""
