"""A certificate for this machine alone, made at the start and gone at the end.

botocore sends a Bedrock API key over HTTPS only (facts amazon-bedrock 1.4), so `emulate --tls`
needs one; clients trust it by `AWS_CA_BUNDLE`.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from runthrough.emulator.serving import Certificate

LIFE = timedelta(days=30)
_EARLIER = timedelta(minutes=5)


def make_certificate(folder: Path, *, address: str, now: datetime) -> Certificate:
    """Write a certificate for an address such as `127.0.0.1`, and for `localhost`.

    Only the owner may read the key.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "runthrough emulator")])
    hosts = [x509.IPAddress(ipaddress.ip_address(address)), x509.DNSName("localhost")]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = Certificate(folder / "emulator-ca.pem", folder / "emulator-key.pem")
    files.path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files.key_path.touch(mode=0o600)
    files.key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files
